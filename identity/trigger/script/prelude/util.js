const { TextEncoder, TextDecoder } = require("buffer");
exports.inspect = (value) => native.inspect(value);
exports.format = (...parts) => parts.map((part) => (typeof part === "string" ? part : native.inspect(part))).join(" ");
exports.promisify = (fn) => (...args) => new Promise((resolve, reject) => {
  fn(...args, (error, value) => (error ? reject(error) : resolve(value)));
});
exports.TextEncoder = TextEncoder;
exports.TextDecoder = TextDecoder;
