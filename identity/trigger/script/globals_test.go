package script_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/script"
)

// says wants what an expression is, as JSON.
func says(t *testing.T, before, expression, want string) {
	t.Helper()
	answers(t, before+"\nexports.handler = async (event) => { event.response = { is: "+expression+" }; return event; };", `{"is":`+want+`}`)
}

func TestWhatHandlersFind(t *testing.T) {
	for expression, want := range map[string]string{
		`Buffer.from("héllo").toString("base64")`:                                            `"aMOpbGxv"`,
		`Buffer.from("aMOpbGxv", "base64").toString()`:                                       `"héllo"`,
		`Buffer.from("_-8", "base64url").toString("hex")`:                                    `"ffef"`,
		`Buffer.from("ffef", "hex").toString("base64url")`:                                   `"_-8"`,
		`Buffer.concat([Buffer.from("a"), Buffer.from("b")]).toString("utf-8")`:              `"ab"`,
		`[Buffer.isBuffer(Buffer.alloc(1)), Buffer.byteLength("é"), Buffer.alloc(2).length]`: `[true,2,2]`,
		`Buffer.from("abc").subarray(1).toString()`:                                          `"bc"`,
		`Buffer.from("abc").slice(1).equals(Buffer.from("bc"))`:                              `true`,
		`Buffer.from([1, 2])`:       `{"type":"Buffer","data":[1,2]}`,
		`atob("aGk=") + btoa("hi")`: `"hiaGk="`,
		`JSON.parse(Buffer.from("eyJhIjoxfQ.x".split(".")[0], "base64").toString()).a`:                                                         `1`,
		`new TextDecoder().decode(new TextEncoder().encode("grüß"))`:                                                                           `"grüß"`,
		`new TextEncoder().encode("ü").length`:                                                                                                 `2`,
		`new URL("/a/b?x=1#h", "https://Example.test:443/z").href`:                                                                             `"https://example.test/a/b?x=1#h"`,
		`new URL("https://u:p@e.test:8443/p?q=a%20b").searchParams.get("q")`:                                                                   `"a b"`,
		`(() => { const u = new URL("https://e.test/"); u.searchParams.set("a", "b c&"); return u.href; })()`:                                  `"https://e.test/?a=b+c%26"`,
		`(() => { try { new URL("nonsense"); } catch (e) { return e instanceof TypeError; } })()`:                                              `true`,
		`new URLSearchParams({ a: "1", b: "ä" }).toString()`:                                                                                   `"a=1&b=%C3%A4"`,
		`[...new URLSearchParams("a=1&a=2")].join("|")`:                                                                                        `"a,1|a,2"`,
		`/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())`:                                    `true`,
		`crypto.getRandomValues(new Uint8Array(4)).length`:                                                                                     `4`,
		`require("crypto").createHash("sha256").update("abc").digest("hex").slice(0, 16)`:                                                      `"ba7816bf8f01cfea"`,
		`require("node:crypto").createHmac("sha256", "key").update("The quick brown fox ").update("jumps over the lazy dog").digest("base64")`: `"97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg="`,
		`require("crypto").randomBytes(3).toString("hex").length`:                                                                              `6`,
		`(() => { const n = require("crypto").randomInt(100000, 999999); return n >= 100000 && n < 999999; })()`:                               `true`,
		`require("crypto").timingSafeEqual(Buffer.from("a"), Buffer.from("b"))`:                                                                `false`,
		`Buffer.from(await require("crypto").subtle.digest("SHA-256", new TextEncoder().encode("abc"))).toString("hex").slice(0, 8)`:           `"ba7816bf"`,
		`await require("util").promisify((a, done) => done(null, a + 1))(1)`:                                                                   `2`,
		`require("url").URL === URL`: `true`,
		`structuredClone({ a: [new Date(0)], b: new Map([[1, 2]]) }).a[0].getTime()`:                                                     `0`,
		`[typeof process.env.PATH, typeof process.env.HOME, process.platform, typeof process.exit]`:                                      `["undefined","undefined","linux","undefined"]`,
		`[typeof module, typeof exports, typeof require, typeof globalThis, typeof window, typeof Intl]`:                                 `["object","object","function","object","undefined","undefined"]`,
		`await new Promise((done) => queueMicrotask(() => done(1)))`:                                                                     `1`,
		`await new Promise((done) => setImmediate(done, 2))`:                                                                             `2`,
		`await new Promise((done) => { const t = setTimeout(() => done("late"), 1); clearTimeout(t); setTimeout(done, 3, "right"); })`:   `"right"`,
		`await new Promise((done) => { let n = 0; const t = setInterval(() => { if (++n === 3) { clearInterval(t); done(n); } }, 1); })`: `3`,
		`(() => { try { require(["child", "process"].join("_")); } catch (e) { return e.message; } })()`:                                 `"cannot require \"child_process\": there are files of the handler's folder and Node's buffer, crypto, process, timers, url, util"`,
		`await new Response('{"a":1}', { status: 201 }).json()`:                                                                          `{"a":1}`,
	} {
		says(t, "", expression, want)
	}
}

func TestTheContextOfAHandler(t *testing.T) {
	got, _, err := ask(t, script.New(script.Options{}), handler(t, `exports.handler = async function (event, context) {
		const left = context.getRemainingTimeInMillis();
		event.response = { left: left > 3000 && left <= 5000, id: context.awsRequestId, name: context.functionName, waits: context.callbackWaitsForEmptyEventLoop };
		return event;
	};`))
	if err != nil || got != `{"left":true,"id":"0198","name":"poolhouse-pre_sign_up","waits":true}` {
		t.Errorf("%s, %v", got, err)
	}
	// Lambda answers at once then.
	answers(t, `exports.handler = (event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; setTimeout(() => { for (;;) {} }, 60000); callback(null, event); };`, `{}`)
	answers(t, `exports.handler = (event, context, callback) => { setTimeout(() => { event.response.late = true; }, 5); callback(null, event); };`, `{}`)
}

func TestTheEnvironmentIsTheConfigurations(t *testing.T) {
	if err := os.Setenv("POOLHOUSE_TEST_SECRET", "x"); err != nil {
		t.Fatal(err)
	}
	defer os.Unsetenv("POOLHOUSE_TEST_SECRET")
	path := handler(t, `exports.handler = async (event) => { event.response = { ...process.env }; return event; };`)
	got, _, err := askWith(t, script.New(script.Options{}), trigger.Function{Path: path, Environment: map[string]string{"API_URL": "https://api.example.test"}}, trigger.PreSignUp, asked)
	if err != nil || got != `{"API_URL":"https://api.example.test"}` {
		t.Errorf("%s, %v", got, err)
	}
}

func TestWhatIsPrinted(t *testing.T) {
	_, console, err := ask(t, script.New(script.Options{}), handler(t, `exports.handler = async (event) => {
		console.log("a", 1, true, null, undefined, [1, { b: 2 }], { c: "d" });
		console.error("%s is %d, %j and %%", "x", 3, { y: 1 }, "left");
		console.warn(new Error("careful").message, () => 1); console.info(); const self = {}; self.self = self; console.debug(self);
		for (let i = 0; i < 500; i++) console.log("x".repeat(10000)); return event;
	};`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`a 1 true null undefined [1,{"b":2}] {"c":"d"}`, `x is 3, {"y":1} and % left`, "careful [Function]", "", "[object Object]"}
	if !slices.Equal(console[:5], want) || len(console) != 200 || len(console[199]) != 4096 {
		t.Errorf("%d lines, the first %q", len(console), console[:5])
	}
}

func TestHandlersFetchUnderGuard(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		w.Header().Set("X-Seen", req.Method+" "+req.URL.Path+" "+req.Header.Get("Content-Type")+" "+req.Header.Get("Authorization"))
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(body)
	}))
	defer server.Close()
	open := script.New(script.Options{Fetch: fetch.New(fetch.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})})
	path := handler(t, `exports.handler = async (event) => {
		const r = await fetch("`+server.URL+`/a", { method: "POST", headers: { "Content-Type": "application/json", Authorization: "Bearer x" }, body: JSON.stringify({ n: 1 }) });
		const form = await fetch(new URL("`+server.URL+`/b"), { method: "put", body: new URLSearchParams({ a: "b" }) });
		event.response = { ok: r.ok, status: r.status, seen: r.headers.get("x-seen"), json: await r.json(), form: form.headers.get("X-Seen"), text: await form.text() };
		return event;
	};`)
	got, _, err := ask(t, open, path)
	if want := `{"ok":false,"status":418,"seen":"POST /a application/json Bearer x","json":{"n":1},"form":"PUT /b application/x-www-form-urlencoded;charset=UTF-8","text":"a=b"}`; err != nil || got != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
	_, _, err = ask(t, script.New(script.Options{Fetch: fetch.New(fetch.Options{})}), path)
	if err == nil || !strings.Contains(err.Error(), "fetch failed: fetch: forbidden") {
		t.Errorf("a private address: %v", err)
	}
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() }))
	defer slow.Close()
	got, _, err = ask(t, open, handler(t, `exports.handler = async (event) => {
		try { await fetch("`+slow.URL+`", { signal: AbortSignal.timeout(20) }); } catch (e) { event.response.name = e.name; } return event;
	};`))
	if err != nil || got != `{"name":"TimeoutError"}` {
		t.Errorf("%s, %v", got, err)
	}
}
