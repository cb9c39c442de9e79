// fetch and what belongs to it, and structuredClone for plain data.
const { Buffer, bytesOf } = require("buffer");
const { URLSearchParams } = require("url");
class Headers {
  #fields = new Map();
  constructor(from) {
    if (!from) return;
    const entries = typeof from[Symbol.iterator] === "function" ? from : Object.entries(from);
    for (const [name, value] of entries) this.append(name, value);
  }
  append(name, value) { const key = String(name).toLowerCase(); this.#fields.set(key, this.#fields.has(key) ? this.#fields.get(key) + ", " + value : String(value)); }
  set(name, value) { this.#fields.set(String(name).toLowerCase(), String(value)); }
  get(name) { const value = this.#fields.get(String(name).toLowerCase()); return value === undefined ? null : value; }
  has(name) { return this.#fields.has(String(name).toLowerCase()); }
  delete(name) { this.#fields.delete(String(name).toLowerCase()); }
  forEach(call) { for (const [name, value] of this.#fields) call(value, name, this); }
  keys() { return this.#fields.keys(); }
  values() { return this.#fields.values(); }
  entries() { return this.#fields.entries(); }
  [Symbol.iterator]() { return this.entries(); }
}
class Response {
  #body;
  constructor(body, init = {}) {
    this.#body = body === undefined || body === null ? new ArrayBuffer(0) : bytesOf(body);
    this.status = init.status === undefined ? 200 : init.status;
    this.statusText = init.statusText || "";
    this.headers = new Headers(init.headers);
    this.url = init.url || "";
    this.bodyUsed = false;
  }
  get ok() { return this.status >= 200 && this.status < 300; }
  #take() {
    if (this.bodyUsed) throw new TypeError("the body has been read");
    this.bodyUsed = true;
    return this.#body;
  }
  async arrayBuffer() { return this.#take(); }
  async text() { return native.decode(this.#take(), "utf8"); }
  async json() { return JSON.parse(native.decode(this.#take(), "utf8")); }
  clone() { return new Response(this.#body, this); }
}
const aborted = (reason) => {
  if (reason !== undefined) return reason;
  const error = new Error("This operation was aborted");
  error.name = "AbortError";
  return error;
};
class AbortSignal {
  constructor() { this.aborted = false; this.reason = undefined; this.onabort = null; this.listeners = []; }
  static abort(reason) { const signal = new AbortSignal(); signal.abort(reason); return signal; }
  static timeout(milliseconds) {
    const signal = new AbortSignal();
    setTimeout(() => { const error = new Error("The operation was aborted due to timeout"); error.name = "TimeoutError"; signal.abort(error); }, milliseconds);
    return signal;
  }
  abort(reason) {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = aborted(reason);
    if (this.onabort) this.onabort({ type: "abort", target: this });
    for (const call of this.listeners) call({ type: "abort", target: this });
  }
  throwIfAborted() { if (this.aborted) throw this.reason; }
  addEventListener(name, call) { if (name === "abort") this.listeners.push(call); }
  removeEventListener(name, call) { this.listeners = this.listeners.filter((other) => other !== call); }
}
class AbortController {
  constructor() { this.signal = new AbortSignal(); }
  abort(reason) { this.signal.abort(reason); }
}
const fetch = async (input, init = {}) => {
  const headers = new Headers(init.headers);
  let body = init.body;
  if (body instanceof URLSearchParams) {
    body = body.toString();
    if (!headers.has("content-type")) headers.set("content-type", "application/x-www-form-urlencoded;charset=UTF-8");
  } else if (typeof body === "string" && !headers.has("content-type")) {
    headers.set("content-type", "text/plain;charset=UTF-8");
  }
  const bytes = body === undefined || body === null ? new ArrayBuffer(0) : bytesOf(body);
  if (init.signal) init.signal.throwIfAborted();
  const answered = native.fetch(String(init.method || "GET"), String(input), [...headers], bytes).then((a) => new Response(a.body, a));
  if (!init.signal) return answered;
  return Promise.race([answered, new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason)))]);
};
exports.fetch = fetch;
exports.Headers = Headers;
exports.Response = Response;
exports.AbortController = AbortController;
exports.AbortSignal = AbortSignal;
exports.structuredClone = (value) => {
  const seen = new Map();
  const copy = (v) => {
    if (typeof v === "function" || typeof v === "symbol") throw new TypeError("a function cannot be cloned");
    if (v === null || typeof v !== "object") return v;
    if (seen.has(v)) return seen.get(v);
    if (v instanceof Date) return new Date(v.getTime());
    if (Buffer.isBuffer(v)) return Buffer.from(v);
    const made = Array.isArray(v) ? [] : v instanceof Map ? new Map() : v instanceof Set ? new Set() : {};
    seen.set(v, made);
    if (v instanceof Map) for (const [key, inner] of v) made.set(copy(key), copy(inner));
    else if (v instanceof Set) for (const inner of v) made.add(copy(inner));
    else for (const key of Object.keys(v)) made[key] = copy(v[key]);
    return made;
  };
  return copy(value);
};
