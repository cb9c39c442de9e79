// Node 18 has what the clients need behind a flag.
const { webcrypto } = require('node:crypto');

globalThis.crypto ??= webcrypto;
globalThis.CryptoKey ??= webcrypto.CryptoKey;
