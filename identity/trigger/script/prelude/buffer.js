// Buffer as far as handlers use it, over Uint8Array.
const encodingOf = (encoding) => (encoding === undefined ? "utf8" : String(encoding));
const raw = (view) => view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
class Buffer extends Uint8Array {
  static from(value, encoding, length) {
    if (typeof value === "string") return new Buffer(native.encode(value, encodingOf(encoding)));
    if (value instanceof ArrayBuffer) return length === undefined ? new Buffer(value, encoding) : new Buffer(value, encoding, length);
    if (value && value.type === "Buffer" && Array.isArray(value.data)) value = value.data;
    const made = new Buffer(value.length);
    made.set(value);
    return made;
  }
  static alloc(size, fill) { const made = new Buffer(size); return fill === undefined ? made : made.fill(fill); }
  static allocUnsafe(size) { return new Buffer(size); }
  static isBuffer(value) { return value instanceof Buffer; }
  static isEncoding(name) { return /^(utf-?8|hex|base64|base64url|latin1|binary|ascii)$/i.test(name); }
  static byteLength(value, encoding) { return typeof value === "string" ? Buffer.from(value, encoding).length : value.byteLength; }
  static concat(list, size) {
    const made = new Buffer(size === undefined ? list.reduce((sum, part) => sum + part.length, 0) : size);
    let at = 0;
    for (const part of list) { made.set(part, at); at += part.length; }
    return made;
  }
  static compare(a, b) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
    return Math.sign(a.length - b.length);
  }
  toString(encoding, start, end) { return native.decode(raw(this.subarray(start, end)), encodingOf(encoding)); }
  toJSON() { return { type: "Buffer", data: Array.from(this) }; }
  equals(other) { return Buffer.compare(this, other) === 0; }
  compare(other) { return Buffer.compare(this, other); }
  write(text, at) { const bytes = Buffer.from(text); this.set(bytes, at || 0); return bytes.length; }
  slice(start, end) { return this.subarray(start, end); }
  fill(value, start, end) { return super.fill(typeof value === "string" ? value.charCodeAt(0) : value, start, end); }
  readUInt8(at) { return this[at || 0]; }
  readUInt16BE(at) { at = at || 0; return this[at] * 256 + this[at + 1]; }
  readUInt32BE(at) { at = at || 0; return this.readUInt16BE(at) * 65536 + this.readUInt16BE(at + 2); }
}
const bytesOf = (value) => {
  if (typeof value === "string") return native.encode(value, "utf8");
  if (value instanceof ArrayBuffer) return value;
  if (ArrayBuffer.isView(value)) return raw(value);
  throw new TypeError("text, a Buffer or an ArrayBuffer is wanted");
};
class TextEncoder {
  get encoding() { return "utf-8"; }
  encode(text) { return new Uint8Array(native.encode(text === undefined ? "" : String(text), "utf8")); }
}
class TextDecoder {
  constructor(encoding) {
    if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) throw new RangeError("utf-8 alone is known here");
  }
  get encoding() { return "utf-8"; }
  decode(value) { return value === undefined ? "" : native.decode(bytesOf(value), "utf8"); }
}
exports.Buffer = Buffer;
exports.bytesOf = bytesOf;
exports.TextEncoder = TextEncoder;
exports.TextDecoder = TextDecoder;
exports.atob = (text) => native.decode(native.encode(String(text), "base64"), "latin1");
exports.btoa = (text) => {
  text = String(text);
  if (/[^\u0000-\u00ff]/.test(text)) throw new RangeError("btoa takes characters up to U+00FF");
  return native.decode(native.encode(text, "latin1"), "base64");
};
