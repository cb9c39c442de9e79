package script_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/script"
)

const answering = `exports.handler = async (event) => { event.response.from = "%"; return event; };`

func from(name string) string { return strings.Replace(answering, "%", name, 1) }

func TestWhichFileOfAFolderRuns(t *testing.T) {
	all := map[string]string{
		"index.js": from("index"), "pre_sign_up.js": from("pre_sign_up"), "sub/post_confirmation.ts": `export const handler = async (event: any) => { event.response.from = "typed" as string; return event; };`,
		"post_authentication.mjs": `export async function handler(event) { event.response.from = "mjs"; return event; }`,
	}
	dir := folder(t, all)
	for _, c := range []struct {
		path string
		kind trigger.Kind
		want string
	}{
		{dir, trigger.PreSignUp, "pre_sign_up"}, {dir, trigger.CustomMessage, "index"}, {dir, trigger.PostAuthentication, "mjs"},
		{filepath.Join(dir, "index.js"), trigger.PreSignUp, "index"}, {filepath.Join(dir, "sub"), trigger.PostConfirmation, "typed"},
	} {
		got, _, err := askWith(t, script.New(script.Options{}), trigger.Function{Path: c.path}, c.kind, asked)
		if err != nil || member(t, got, "from") != c.want {
			t.Errorf("%s of %s: %s, %v, want %s", c.kind, filepath.Base(c.path), got, err, c.want)
		}
	}
}

func TestWhatCannotBeRunIsSaid(t *testing.T) {
	outside := folder(t, map[string]string{"secret.js": "module.exports = 1;", "data.json": "{}"})
	dir := folder(t, map[string]string{
		"syntax.ts": "export const handler = async (event: any) => {\n  return event +;\n};", "python.py": "x", "empty/readme.md": "x",
		"above.js":    `const x = require("../` + filepath.Base(outside) + `/secret.js"); exports.handler = async (e) => e;`,
		"absolute.js": `import data from "` + outside + `/data.json"; export const handler = async (e) => e;`,
		"sdk.js":      `import { SES } from "@aws-sdk/client-ses"; export const handler = async (e) => e;`, "old.js": `const AWS = require("aws-sdk"); exports.handler = async (e) => e;`,
		"node.js": `const fs = require("fs"); exports.handler = async (e) => e;`, "node2.js": `import http from "node:http"; export const handler = async (e) => e;`,
		"gone.js":   `import "./nothing.js"; export const handler = async (e) => e;`,
		"linked.js": `import x from "./link.json"; export const handler = async (e) => e;`,
		"top.js":    `const x = await fetch("https://example.test/"); export const handler = async (e) => e;`,
	})
	if err := os.Symlink(filepath.Join(outside, "data.json"), filepath.Join(dir, "link.json")); err != nil {
		t.Fatal(err)
	}
	const offered = "handlers import files of their own folder and Node's buffer, crypto, process, timers, url, util; what is elsewhere is asked with fetch"
	for name, want := range map[string]string{
		"syntax.ts": `syntax.ts:2:17: Unexpected ";"`, "python.py": "python.py ends in none of .ts .js .mts .mjs .cts .cjs",
		"empty": "empty has neither pre_sign_up.ts nor index.ts, nor the same in JavaScript", "nowhere": "no such file or directory",
		"above.js": "above.js:1:19: secret.js lies outside of the handler's folder", "absolute.js": "absolute.js:1:18: data.json lies outside of the handler's folder",
		"sdk.js": `sdk.js:1:21: cannot import "@aws-sdk/client-ses": ` + offered, "old.js": `old.js:1:21: cannot import "aws-sdk": ` + offered,
		"node.js": `node.js:1:20: cannot import "fs": ` + offered, "node2.js": `node2.js:1:18: cannot import "node:http": ` + offered,
		"gone.js": `gone.js:1:8: cannot import "./nothing.js": ` + offered, "linked.js": "linked.js:1:15: data.json lies outside of the handler's folder",
		"top.js": `top.js:1:11: Top-level await is not available in the configured target environment ("es2022" + 3 overrides)`,
	} {
		err := script.Check(filepath.Join(dir, name), trigger.PreSignUp)
		if err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", name, err, want)
		}
	}
}

func TestHandlersImportFromTheirFolder(t *testing.T) {
	dir := folder(t, map[string]string{
		"index.ts":       `import { blocked } from "./lib/domains"; import list from "./data/domains.json"; import twice from "twice"; export const handler = async (e: any) => { e.response = { n: twice(list.length), blocked: blocked("evil.test") }; return e; };`,
		"lib/domains.ts": `import list from "../data/domains.json"; export function blocked(name: string): boolean { return (list as string[]).includes(name); }`, "data/domains.json": `["evil.test"]`,
		"node_modules/twice/package.json": `{"name": "twice", "main": "main.js"}`, "node_modules/twice/main.js": `module.exports = (n) => 2 * n;`,
	})
	if got, _, err := ask(t, script.New(script.Options{}), dir); err != nil || got != `{"n":2,"blocked":true}` {
		t.Errorf("%s, %v", got, err)
	}
}

func TestTodaysLanguageRuns(t *testing.T) {
	answers(t, `class Counter { #n = 0; static made = 0; add(by = 1) { this.#n += by; return this; } get n() { return this.#n; } static { Counter.made++; } }
	async function* numbers() { yield 1; yield 2; }
	exports.handler = async (event) => {
		let sum = 0; for await (const n of numbers()) sum += n;
		const { response: _, ...rest } = event; const big = 2n ** 64n;
		event.response = { n: new Counter().add(4).n, sum, keys: Object.keys(rest).length, deep: event?.request?.none?.at ?? "none", big: String(big), at: [1, 2].at(-1),
			named: "2026-11".match(/(?<y>\d+)-(?<m>\d+)/).groups.m, all: (await Promise.allSettled([Promise.reject(1)]))[0].status, map: [...new Map([[1, 2]])], tag: `+"`a${1 + 1}`"+` };
		return event;
	};`, `{"n":4,"sum":3,"keys":7,"deep":"none","big":"18446744073709551616","at":2,"named":"11","all":"rejected","map":[[1,2]],"tag":"a2"}`)
}

func TestErrorsNameTheLineThatTheAuthorWrote(t *testing.T) {
	dir := folder(t, map[string]string{
		"index.ts": "import { check } from \"./check\";\n\ninterface Event { userName: string }\n\nexport const handler = async (event: Event) => check(event);\n",
		"check.ts": "type T = { userName: string };\nexport function check(event: T) {\n\n  throw new Error(\"no \" + event.userName);\n}\n",
	})
	_, console, err := ask(t, script.New(script.Options{}), dir)
	if err == nil || len(console) == 0 || !strings.Contains(console[0], "check.ts:4:") || !strings.Contains(console[0], "index.ts:5:") {
		t.Errorf("%v, printed %q", err, console)
	}
}

func TestChangesAreTakenWhenWatched(t *testing.T) {
	dir := folder(t, map[string]string{"index.js": `const { name } = require("./name.js"); exports.handler = async (e) => { e.response.from = name; return e; };`, "name.js": `exports.name = "one";`})
	wants := func(e *script.Engine, want string) {
		t.Helper()
		got, _, err := ask(t, e, dir)
		if want == "" && err == nil || want != "" && (err != nil || member(t, got, "from") != want) {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
	changes := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "name.js"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	watched, still := script.New(script.Options{Watch: true}), script.New(script.Options{})
	wants(watched, "one")
	wants(still, "one")
	changes(`exports.name = "second";`)
	wants(watched, "one") // it looks once a second
	watched.Pass(2 * time.Second)
	wants(watched, "second")
	changes(`exports.name = ;`)
	watched.Pass(2 * time.Second)
	wants(watched, "")
	changes(`exports.name = "fourth";`)
	watched.Pass(2 * time.Second)
	wants(watched, "fourth")
	wants(still, "one")
	still.Reload()
	wants(still, "fourth")
}
