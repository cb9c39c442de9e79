<?php

$config = [
    'people' => [
        'exampleauth:UserPass',
        'ann:annpass' => ['uid' => ['ann-1'], 'mail' => ['ann@example.test'], 'displayName' => ['Ann'], 'groups' => ['staff', 'admins']],
        'bob:bobpass' => ['uid' => ['bob-1'], 'mail' => ['bob@corp.test'], 'displayName' => ['Bob & <Co>'], 'groups' => ['staff']],
    ],
];
