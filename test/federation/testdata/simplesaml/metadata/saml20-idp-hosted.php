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
