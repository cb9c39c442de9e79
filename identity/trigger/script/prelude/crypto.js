// Node's crypto as far as handlers use it: digests, MACs, randomness.
const { Buffer, bytesOf } = require("buffer");
const take = (value, encoding) => (typeof value === "string" ? native.encode(value, encoding || "utf8") : bytesOf(value));
class Digest {
  constructor(algorithm, key) {
    this.algorithm = algorithm;
    this.key = key;
    this.parts = [];
    native.hash(algorithm, new ArrayBuffer(0), new ArrayBuffer(0), false); // refuses what is not known
  }
  update(value, encoding) { this.parts.push(new Uint8Array(take(value, encoding))); return this; }
  digest(encoding) {
    const data = bytesOf(Buffer.concat(this.parts));
    const sum = Buffer.from(native.hash(this.algorithm, data, this.key === undefined ? new ArrayBuffer(0) : take(this.key), this.key !== undefined));
    return encoding === undefined ? sum : sum.toString(encoding);
  }
}
const randomBytes = (size, callback) => {
  const made = Buffer.from(native.random(size));
  if (callback === undefined) return made;
  queueMicrotask(() => callback(null, made));
};
const randomInt = (low, high, callback) => {
  if (high === undefined || typeof high === "function") [low, high, callback] = [0, low, high];
  const span = high - low;
  if (!Number.isSafeInteger(span) || span <= 0 || span > 2 ** 48) throw new RangeError("randomInt wants two integers, the lower first");
  const limit = 2 ** 48 - (2 ** 48 % span); // beyond it some numbers would come more often
  let drawn;
  do { drawn = new Uint8Array(native.random(6)).reduce((sum, byte) => sum * 256 + byte, 0); } while (drawn >= limit);
  if (callback === undefined) return low + (drawn % span);
  queueMicrotask(() => callback(null, low + (drawn % span)));
};
const getRandomValues = (view) => {
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(new Uint8Array(native.random(view.byteLength)));
  return view;
};
const subtle = {
  digest: async (algorithm, data) => native.hash(typeof algorithm === "string" ? algorithm : algorithm.name, bytesOf(data), new ArrayBuffer(0), false),
};
exports.createHash = (algorithm) => new Digest(algorithm);
exports.createHmac = (algorithm, key) => new Digest(algorithm, key);
exports.randomBytes = randomBytes;
exports.randomInt = randomInt;
exports.randomUUID = () => native.uuid();
exports.getRandomValues = getRandomValues;
exports.timingSafeEqual = (a, b) => {
  if (a.byteLength !== b.byteLength) throw new RangeError("Input buffers must have the same byte length");
  return native.equal(bytesOf(a), bytesOf(b));
};
exports.webcrypto = { randomUUID: exports.randomUUID, getRandomValues, subtle };
exports.subtle = subtle;
