<?php

// SimpleSAMLphp as an identity provider on loopback. What a test decides comes
// by environment: where it is, and the folder for its keys and its log.
$folder = getenv('UPSTREAM_FOLDER') . '/';
$port = parse_url(getenv('UPSTREAM_URL'), PHP_URL_PORT);

$config = [
    'baseurlpath' => getenv('UPSTREAM_URL') . '/',
    'certdir' => $folder,
    'loggingdir' => $folder,
    'datadir' => $folder,
    'tempdir' => $folder . 'tmp',
    'metadatadir' => __DIR__ . '/metadata',
    'attributenamemapdir' => __DIR__,
    'secretsalt' => 'the salt of a test',
    'auth.adminpassword' => 'nobody signs in as admin',
    'technicalcontact_email' => 'admin@example.test',
    'timezone' => 'UTC',
    'admin.checkforupdates' => false,
    'trusted.url.domains' => [],
    'showerrors' => true,
    'errorreporting' => false,
    'logging.level' => SimpleSAML\Logger::DEBUG,
    'logging.handler' => 'file',
    'logging.logfile' => 'simplesaml.log',
    'enable.saml20-idp' => true,
    'module.enable' => ['core' => true, 'saml' => true, 'exampleauth' => true],
    // Cookies go by host, whatever the port.
    'session.cookie.name' => 'saml' . $port,
    'session.cookie.secure' => false,
    'session.cookie.samesite' => 'Lax',
    'session.phpsession.cookiename' => 'phpsaml' . $port,
    'session.phpsession.savepath' => $folder . 'tmp',
    'session.authtoken.cookiename' => 'token' . $port,
    'language.cookie.secure' => false,
    'language.cookie.samesite' => 'Lax',
    'language.available' => ['en'],
    'language.default' => 'en',
    'store.type' => 'phpsession',
    'metadata.sources' => [
        ['type' => 'flatfile'],
        ['type' => 'xml', 'file' => $folder . 'service.xml'],
    ],
];
