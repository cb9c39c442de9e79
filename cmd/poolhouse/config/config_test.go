package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func environment(pairs ...string) func(string) (string, bool) {
	values := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}
}

// load writes a file, with others beside it, and loads it.
func load(t *testing.T, text string, beside ...string) (*Parsed, error) {
	t.Helper()
	folder := t.TempDir()
	for i := 0; i+1 < len(beside); i += 2 {
		if err := os.WriteFile(filepath.Join(folder, beside[i]), []byte(beside[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(folder, "poolhouse.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path, environment("WEB_SECRET", "a-secret-of-the-test", "PORT", "8443"))
}

func TestFiveLinesAreEnough(t *testing.T) {
	parsed, err := load(t, `public_url: https://login.example.test
pools:
  - pool_name: Acme
    clients:
      - {client_name: web, client_id: web, callback_urls: [https://app.example.test/callback]}
`)
	if err != nil {
		t.Fatal(err)
	}
	pool := parsed.Pools[0]
	if pool.ID != "local_main" || pool.Name != "Acme" || pool.Clients[0].PoolID != "local_main" {
		t.Errorf("the pool is %q called %q, its client in %q", pool.ID, pool.Name, pool.Clients[0].PoolID)
	}
	if got := strings.Join(pool.UsernameAttributes, " ") + "/" + strings.Join(pool.AutoVerifiedAttributes, " "); got != "email/email" {
		t.Errorf("names and verified attributes are %s, want email for both", got)
	}
}

func TestUsernamesOfTheirOwnCanBeAskedFor(t *testing.T) {
	parsed, err := load(t, "pools: [{pool_name: Acme, username_attributes: []}]\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := parsed.Pools[0].UsernameAttributes; len(got) != 0 {
		t.Errorf("an empty list was filled with %v", got)
	}
}

func TestTheExampleFileIsValid(t *testing.T) {
	parsed, err := Load("../../../docs/poolhouse.example.yaml", environment())
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckServer(&parsed.File, parsed, nil); err != nil {
		t.Error(err)
	}
	if len(parsed.Pools) != 1 || len(parsed.Pools[0].Clients) != 1 {
		t.Errorf("it has %d pools", len(parsed.Pools))
	}
}

// TestMistakesNameLineAndFix holds the words: line, what, fix.
func TestMistakesNameLineAndFix(t *testing.T) {
	const client = "pools:\n  - pool_name: Acme\n    clients:\n      - client_name: web\n        client_id: web\n        callback_urls: [https://app.example.test/]\n"
	const user = "pools:\n  - users:\n      - groups: []\n"
	for name, c := range map[string]struct{ text, want string }{
		"an unknown key with a near one":     {"listen: 127.0.0.1:1\npublic_ulr: http://x.test\n", `:2: unknown key "public_ulr" in the file; did you mean "public_url"?`},
		"a key in Cognito's spelling":        {client + "        CallbackURLs: []\n", `:7: unknown key "CallbackURLs" in pools[0].clients[0]; did you mean "callback_urls"?`},
		"a key in the wrong place":           {"callback_urls: []\n", `:1: unknown key "callback_urls" in the file; "callback_urls" belongs under pools.clients`},
		"a key that is the end of one":       {"pools:\n  - name: Acme\n", `:2: unknown key "name" in pools[0]; did you mean "pool_name"?`},
		"a key nobody knows":                 {"email: {colour: blue}\n", `:1: unknown key "colour" in email; known here: allowed_senders, from, transport`},
		"a key set twice":                    {"listen: :1\nlisten: :2\n", `:2: "listen" is set twice in the file, first on line 1; remove one of them`},
		"a key that the server keeps":        {"pools:\n  - creation_date: 2026-01-01\n", `:2: "creation_date" in pools[0] is kept by the server; remove the line`},
		"text for a list":                    {"pools:\n  - username_attributes: email\n", `:2: pools[0].username_attributes must be a list, not a single value; write username_attributes: [email]`},
		"a list for text":                    {"listen: [a]\n", `:1: listen must be text, not a list`},
		"text for keys":                      {"email: log\n", `:1: email must hold keys, not a single value`},
		"words for a number":                 {"pools:\n  - policies: {password_policy: {minimum_length: eight}}\n", `:2: pools[0].policies.password_policy.minimum_length must be a whole number, not "eight"`},
		"a word for a switch":                {"rate_limits: maybe\n", `:1: rate_limits must be true or false, not "maybe"`},
		"a key without a value":              {"listen:\n", `:1: listen is empty; give it a value or remove the line`},
		"a missing environment variable":     {"\nlisten: ${NOWHERE}\n", `:2: listen: the environment has no NOWHERE; set it before starting`},
		"a broken variable":                  {"listen: ${NO-NAME}\n", `:1: listen: "${NO-NAME}" names no environment variable; write ${NAME}, or $${ for a literal ${`},
		"YAML that is none":                  {"listen: [\n", `not valid YAML`},
		"a second document":                  {"listen: :1\n---\nlisten: :2\n", `a second document begins here`},
		"text that is not UTF-8":             {"listen: :1\n# \xff\n", `:2: the text is not UTF-8; save the file as UTF-8`},
		"a merge key":                        {"pools:\n  - &a {pool_name: A}\n  - <<: *a\n", `:3: merge keys are not supported; write the values out`},
		"a second pool without an id":        {"pools:\n  - {}\n  - pool_name: Two\n", `:3: pools[1].id: it is missing; only the first pool has a default; add it`},
		"two pools with one id":              {"pools:\n  - id: a_b\n  - id: a_b\n", `:3: pools[1].id: "a_b" is the id of pools[0] as well`},
		"a pool id that is none":             {"pools:\n  - id: nope\n", `:2: pools[0].id: `},
		"a user in a group that is not":      {"pools:\n  - users:\n      - {username: ann, groups: [staf]}\n", `:3: pools[0].users[0].groups[0]: the pool has no group "staf"`},
		"a callback that is no URL":          {strings.Replace(client, "https://app.example.test/", "nonsense", 1), `:6: pools[0].clients[0].callback_urls`},
		"two clients with one id":            {client + "      - {client_name: other, client_id: web}\n", `:7: pools[0].clients[1].client_id: "web" is already pools[0].clients[0]`},
		"a flow that needs a secret":         {client + "        allowed_oauth_flows: [client_credentials]\n", `:7: pools[0].clients[0].allowed_oauth_flows: client_credentials needs a client secret`},
		"a theme that cannot be read":        {"pools:\n  - theme: {primary: \"#ffff00\"}\n", `the contrast of `},
		"a colour that is none":              {"pools:\n  - theme: {primary: blue}\n", `"blue" is not a colour`},
		"a logo that is not there":           {"pools:\n  - theme: {logo: ./logo.svg}\n", `:2: pools[0].theme.logo: cannot read "./logo.svg": no such file or directory; the path is relative to this file`},
		"a logo of an unknown kind":          {"pools:\n  - theme: {logo: logo.tiff}\n", `pools[0].theme.logo: "logo.tiff" is no kind of file that can be used here; use one that ends in .svg`},
		"a logo that is not what it says":    {"pools:\n  - theme: {logo: text.png}\n", `pools[0].theme.logo: "text.png" does not hold what its name says`},
		"a secret that is too short":         {client + "        client_secret: postsecret\n", `:7: pools[0].clients[0].client_secret: must have 16-128 printable`},
		"a group below zero":                 {"pools:\n  - groups:\n      - {group_name: staff, precedence: -1}\n", `:3: pools[0].groups[0].precedence: must be 0 or more`},
		"a user without a name":              {user + "        password: swim before breakfast\n", `:3: pools[0].users[0].username: it must be the user's email`},
		"a user whose name is no address":    {user + "        username: ann\n", `:4: pools[0].users[0].username: it must be the user's email`},
		"an attribute twice":                 {user + "        username: ann@example.test\n        user_attributes: {name: A, name: B}\n", `:5: "name" is set twice in pools[0].users[0].user_attributes`},
		"an attribute nobody knows":          {user + "        username: ann@example.test\n        user_attributes: {foo: bar}\n", `:5: pools[0].users[0].user_attributes.foo: the pool's schema has no such attribute`},
		"an address that is not the name":    {user + "        username: ann@example.test\n        user_attributes: {email: b@example.test}\n", `:5: pools[0].users[0].user_attributes.email: it must be the username, or left out`},
		"a password the policy refuses":      {user + "        username: ann@example.test\n        password: short\n", `:5: pools[0].users[0].password: the password policy refuses it: too short`},
		"one user in two spellings":          {user + "        username: ann@example.test\n      - username: Ann@EXAMPLE.test\n", `:5: pools[0].users[1].username: "ann@example.test" is a name of pools[0].users[0] as well`},
		"a secret that is no text but a map": {client + "        client_secret: {a: b}\n", `:7: pools[0].clients[0].client_secret must be text, not keys and values`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, c.text, "text.png", "not a picture")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("said:\n%v\nwant it to hold:\n%s", err, c.want)
			}
		})
	}
}

func TestEveryMistakeOfAPoolIsTold(t *testing.T) {
	_, err := load(t, `pools:
  - pool_name: Acme
    session_lifetime: {idle_minutes: 99, absolute_minutes: 5}
    auto_verified_attributes: [name]
    resource_servers:
      - identifier: api
      - identifier: api
    account_recovery_setting: {recovery_mechanisms: [{name: email, priority: 1}]}
    clients:
      - client_name: web
        callback_urls: [https://app.example.test/, nonsense]
        allowed_oauth_scopes: [openid, api/read]
`)
	for _, want := range []string{
		":3: pools[0].session_lifetime.idle_minutes: must not be longer", `:4: pools[0].auto_verified_attributes: takes email and phone_number; "name" is none`,
		":7: pools[0].resource_servers[1].identifier: api stands there twice", ":8: pools[0].account_recovery_setting", ":11: pools[0].clients[0].callback_urls[1]: nonsense",
		`:12: pools[0].clients[0].allowed_oauth_scopes: takes openid`, `"api/read" is none of them`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("does not say %q:\n%v", want, err)
		}
	}
}

func TestAThemesMistakeIsToldOnce(t *testing.T) {
	_, err := load(t, "pools:\n  - theme: {surface: \"#fff\", radius: 99}\n")
	if lines := strings.Count(err.Error(), "\n") + 1; lines != 2 {
		t.Errorf("two mistakes gave %d lines:\n%v", lines, err)
	}
}

func TestAMistakeInTheEnvironmentNamesTheVariable(t *testing.T) {
	parsed, err := load(t, "log_level: info\n")
	if err != nil {
		t.Fatal(err)
	}
	parsed.LogLevel = "loud"
	err = CheckServer(&parsed.File, parsed, map[string]string{"log_level": "POOLHOUSE_LOG_LEVEL", "listen": "default"})
	if err == nil || !strings.HasPrefix(err.Error(), `POOLHOUSE_LOG_LEVEL: log_level: "loud" is not known`) {
		t.Errorf("said: %v", err)
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	_, err := load(t, "listn: x\nrate_limits: maybe\n")
	if lines := strings.Count(err.Error(), "\n"); lines != 1 {
		t.Errorf("two mistakes gave %d lines:\n%v", lines+1, err)
	}
}

func TestTheEnvironmentCannotChangeTheStructure(t *testing.T) {
	parsed, err := Parse("f", []byte("listen: ${X}\n"), environment("X", "a\npools: [{}]"))
	if err != nil {
		t.Fatal(err)
	}
	if len(parsed.Pools) != 0 || parsed.Listen != "a\npools: [{}]" {
		t.Errorf("listen became %q and there are %d pools", parsed.Listen, len(parsed.Pools))
	}
}

func TestAValueFromTheEnvironmentIsNotRepeated(t *testing.T) {
	_, err := Parse("f", []byte("rate_limits: ${X}\n"), environment("X", "hunter2"))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("said: %v", err)
	}
}

func TestServerSettingsAreChecked(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a public URL with a path":      {"public_url: https://x.test/login\n", `:1: public_url: "https://x.test/login" has more than scheme and host; write https://x.test`},
		"a public URL that is none":     {"public_url: x.test\n", `:1: public_url: "x.test" is not the URL of this server`},
		"an address without a port":     {"listen: 127.0.0.1\n", `:1: listen: "127.0.0.1" is not address:port`},
		"a port out of range":           {"listen: :70000\n", `:1: listen: ":70000" has no port that can be used`},
		"an unknown log format":         {"log: xml\n", `:1: log: "xml" is not known; write auto, text, json or leave it out`},
		"a mail server without a name":  {"email: {transport: \"smtp://\"}\n", `:1: email.transport: `},
		"a mail server's port":          {"email: {transport: \"smtp://h.test:99999\"}\n", `:1: email.transport: `},
		"an unknown kind of TLS":        {"email: {transport: \"smtp://h.test?starttls=maybe\"}\n", `:1: email.transport: starttls=maybe; write mandatory`},
		"an unknown setting of SMS":     {"sms: {transport: \"https://h.test/?sms.colour=x\"}\n", `:1: sms.transport: unknown setting sms.colour`},
		"a host that is a pattern":      {"hosts: [\"*\"]\n", `:1: hosts[0]: "*" is no host name`},
		"a host that is a URL":          {"hosts: [\"https://a.test\"]\n", `:1: hosts[0]: "https://a.test" is no host name`},
		"a public URL's port":           {"public_url: https://x.test:99999\n", `:1: public_url: "https://x.test:99999" has no port that can be used`},
		"an unknown transport":          {"email: {transport: carrier-pigeon}\n", `:1: email.transport: this transport is not known; write file:FOLDER, log, or smtp://...`},
		"a sender that is no address":   {"email: {from: Acme}\n", `:1: email.from: "Acme" is no e-mail address`},
		"a storage nobody knows":        {"storage: mysql://x\n", `:1: storage: this is no storage Poolhouse knows`},
		"a proxy that is no network":    {"trusted_proxies: [nginx]\n", `:1: trusted_proxies[0]: "nginx" is no network or address`},
		"a password in what is refused": {"storage: mysql://root:hunter2@x\n", `this is no storage Poolhouse knows`},
	} {
		t.Run(name, func(t *testing.T) {
			parsed, err := load(t, c.text)
			if err != nil {
				t.Fatal(err)
			}
			err = CheckServer(&parsed.File, parsed, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("said:\n%v\nwant it to hold:\n%s", err, c.want)
			}
		})
	}
}

func TestThemeFilesAreNamedByTheirContent(t *testing.T) {
	parsed, err := load(t, "pools: [{theme: {logo: logo.svg, css: extra.css}}]\n", "logo.svg", "<svg/>", "extra.css", "main{}")
	if err != nil {
		t.Fatal(err)
	}
	request := parsed.Request()
	if len(request.Assets) != 2 || len(request.Pools[0].Theme.Logo) != 64 {
		t.Errorf("%d files, logo %q", len(request.Assets), request.Pools[0].Theme.Logo)
	}
	if parsed.Pools[0].Theme.Logo != "logo.svg" {
		t.Errorf("the file's own words became %q", parsed.Pools[0].Theme.Logo)
	}
}

func TestNoSecretIsShown(t *testing.T) {
	parsed, err := load(t, `storage: postgres://acme:hunter2@db.test/acme
email: {transport: "smtp://login:hunter2@mail.test:587?starttls=on"}
sms: {transport: "https://sms.test/send?api_key=hunter2"}
pools:
  - clients: [{client_name: web, client_id: web, client_secret: "${WEB_SECRET}", callback_urls: [https://app.example.test/]}]
    users: [{username: ann@example.test, password: hunter2hunter2}]
`)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := Shown(parsed.File)
	if err != nil {
		t.Fatal(err)
	}
	text := textOf(t, shown)
	for _, secret := range []string{"hunter2", "a-secret-of-the-test"} {
		if strings.Contains(text, secret) {
			t.Errorf("shows %q:\n%s", secret, text)
		}
	}
	if !strings.Contains(text, "mail.test:587") || !strings.Contains(text, "ann@example.test") {
		t.Errorf("hides too much:\n%s", text)
	}
}

func TestAliasesCannotMultiplyWithoutEnd(t *testing.T) {
	text := "pools:\n  - groups: &all [" + strings.Repeat("{group_name: a},", 1000) + "]\n" + strings.Repeat("  - groups: *all\n", 1000)
	_, err := Parse("f", []byte(text), environment())
	if err == nil || !strings.Contains(err.Error(), "the file unfolds to too much") {
		t.Errorf("said: %.200v", err)
	}
}

func TestAClientsThemeIsCheckedOverItsPools(t *testing.T) {
	_, err := load(t, `pools:
  - theme: {surface: "#0a2540", background: "#0a2540", text: "#ffffff", primary: "#9cc9ff"}
    clients:
      - client_name: web
        callback_urls: [https://app.example.test/]
        theme: {primary: "#0f5fc2"}
`)
	if err == nil || !strings.Contains(err.Error(), ":6: pools[0].clients[0].theme.primary: in the light scheme the contrast of") {
		t.Errorf("said: %v", err)
	}
}
