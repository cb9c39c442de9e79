// URL and URLSearchParams, read by Go's net/url.
const escape = (text) => encodeURIComponent(text).replace(/%20/g, "+").replace(/[!'()~]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());
const unescape = (text) => {
  text = text.replace(/\+/g, " ");
  try { return decodeURIComponent(text); } catch (error) { return text; }
};
class URLSearchParams {
  #pairs = [];
  #changed = () => {};
  constructor(from, changed) {
    if (changed) this.#changed = changed;
    if (from === undefined || from === null) return;
    if (typeof from === "string") {
      for (const pair of from.replace(/^\?/, "").split("&")) {
        if (pair === "") continue;
        const at = pair.indexOf("=");
        this.#pairs.push(at < 0 ? [unescape(pair), ""] : [unescape(pair.slice(0, at)), unescape(pair.slice(at + 1))]);
      }
      return;
    }
    const entries = typeof from[Symbol.iterator] === "function" ? from : Object.entries(from);
    for (const [name, value] of entries) this.#pairs.push([String(name), String(value)]);
  }
  get size() { return this.#pairs.length; }
  get(name) { const found = this.#pairs.find(([key]) => key === String(name)); return found ? found[1] : null; }
  getAll(name) { return this.#pairs.filter(([key]) => key === String(name)).map(([, value]) => value); }
  has(name) { return this.#pairs.some(([key]) => key === String(name)); }
  append(name, value) { this.#pairs.push([String(name), String(value)]); this.#changed(); }
  delete(name) { this.#pairs = this.#pairs.filter(([key]) => key !== String(name)); this.#changed(); }
  set(name, value) {
    const at = this.#pairs.findIndex(([key]) => key === String(name));
    if (at < 0) return this.append(name, value);
    this.#pairs = this.#pairs.filter(([key], i) => i <= at || key !== String(name));
    this.#pairs[at] = [String(name), String(value)];
    this.#changed();
  }
  sort() { this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)); this.#changed(); }
  forEach(call) { for (const [name, value] of this.#pairs) call(value, name, this); }
  keys() { return this.#pairs.map(([name]) => name).values(); }
  values() { return this.#pairs.map(([, value]) => value).values(); }
  entries() { return this.#pairs.map((pair) => pair.slice()).values(); }
  [Symbol.iterator]() { return this.entries(); }
  toString() { return this.#pairs.map(([name, value]) => escape(name) + "=" + escape(value)).join("&"); }
}
const special = { "http:": true, "https:": true, "ws:": true, "wss:": true, "ftp:": true };
class URL {
  #parts;
  #query;
  constructor(text, base) {
    this.#parts = native.parseURL(String(text), base === undefined ? "" : String(base));
    if (!this.#parts) throw new TypeError("Invalid URL");
    this.#parts = Object.assign({}, this.#parts);
  }
  static canParse(text, base) { return native.parseURL(String(text), base === undefined ? "" : String(base)) !== null; }
  get protocol() { return this.#parts.protocol; }
  set protocol(v) { this.#parts.protocol = String(v).replace(/:?$/, ":"); }
  get username() { return this.#parts.username; }
  set username(v) { this.#parts.username = encodeURIComponent(v); }
  get password() { return this.#parts.password; }
  set password(v) { this.#parts.password = encodeURIComponent(v); }
  get hostname() { return this.#parts.hostname; }
  set hostname(v) { this.#parts.hostname = String(v).toLowerCase(); }
  get port() { return this.#parts.port; }
  set port(v) { this.#parts.port = String(v); }
  get host() { return this.hostname + (this.port ? ":" + this.port : ""); }
  set host(v) { [this.hostname, this.port] = (String(v) + ":").split(":"); }
  get origin() { return special[this.protocol] ? this.protocol + "//" + this.host : "null"; }
  get pathname() { return this.#parts.pathname; }
  set pathname(v) { this.#parts.pathname = encodeURI(String(v).replace(/^\/?/, "/")).replace(/[?#]/g, encodeURIComponent); }
  get search() { return this.#parts.search; }
  set search(v) { this.#parts.search = String(v).replace(/^\??(?=.)/, "?"); this.#query = undefined; }
  get hash() { return this.#parts.hash; }
  set hash(v) { this.#parts.hash = String(v).replace(/^#?(?=.)/, "#"); }
  get searchParams() {
    if (!this.#query) {
      this.#query = new URLSearchParams(this.search, () => { const text = this.#query.toString(); this.#parts.search = text ? "?" + text : ""; });
    }
    return this.#query;
  }
  get href() {
    const user = this.username || this.password ? this.username + (this.password ? ":" + this.password : "") + "@" : "";
    return this.protocol + this.#parts.slashes + user + this.host + this.pathname + this.search + this.hash;
  }
  toString() { return this.href; }
  toJSON() { return this.href; }
}
exports.URL = URL;
exports.URLSearchParams = URLSearchParams;
