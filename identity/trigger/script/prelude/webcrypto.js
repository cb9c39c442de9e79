exports.crypto = require("crypto").webcrypto;
