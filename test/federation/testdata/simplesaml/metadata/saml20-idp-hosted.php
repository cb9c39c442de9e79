<?php

$is = fn (string $name): bool => getenv('UPSTREAM_' . $name) === 'true';

$metadata[getenv('UPSTREAM_URL') . '/idp'] = [
    'host' => '__DEFAULT__',
    'privatekey' => 'idp.key',
    'certificate' => 'idp.crt',
    'auth' => 'people',
    'saml20.sign.response' => $is('SIGN_RESPONSE'),
    'saml20.sign.assertion' => true,
    'assertion.encryption' => $is('ENCRYPT'),
    'validate.authnrequest' => $is('VALIDATE'),
    'sign.logout' => true,
    'validate.logout' => true,
    'redirect.sign' => true,
    'redirect.validate' => $is('VALIDATE'),
    'SingleSignOnServiceBinding' => ['urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'],
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    'authproc' => [
        10 => ['class' => 'saml:AttributeNameID', 'attribute' => 'uid', 'Format' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'],
    ],
];

// The next key is told of while it is there, and signs once it is the present one.
// SimpleSAMLphp's own new_privatekey would sign at once, so that the present one
// stands in its place.
if (file_exists(getenv('UPSTREAM_FOLDER') . '/next.crt')) {
    $metadata[getenv('UPSTREAM_URL') . '/idp'] = [
        'new_privatekey' => 'idp.key',
        'new_certificate' => 'idp.crt',
        'privatekey' => 'next.key',
        'certificate' => 'next.crt',
    ] + $metadata[getenv('UPSTREAM_URL') . '/idp'];
}
