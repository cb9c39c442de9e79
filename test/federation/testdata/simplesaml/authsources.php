<?php

$config = [
    'people' => [
        'exampleauth:UserPass',
        'ann:annpass' => ['uid' => ['ann-1'], 'mail' => ['ann@example.test'], 'email_verified' => ['true'], 'displayName' => ['Ann'], 'groups' => ['staff', 'admins']],
        'bob:bobpass' => ['uid' => ['bob-1'], 'mail' => ['bob@corp.test'], 'email_verified' => ['true'], 'displayName' => ['Bob & <Co>'], 'groups' => ['staff']],
        'mute:mutepass' => ['uid' => ['mute-1'], 'mail' => ['ann@example.test'], 'displayName' => ['Mute']], // nobody vouches for the address
    ],
];
