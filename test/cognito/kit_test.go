// Package cognito lets the clients that people have written for Amazon Cognito
// meet the built program: AWS SDKs, Amplify, the aws command. Nothing stands
// between them and it, and none of them knows that it is not Cognito, but for the
// address they are given.
package cognito

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"poolhouse.dev/test/kit"
)

// What the configuration of these tests says: a key of the whole server, one that
// only reads, and who may sign in through the API.
const (
	keyID      = "AKIDOFTHETEST0000001"
	keySecret  = "the+secret/of+the+test+0123456789abcdefg"
	readID     = "AKIDOFTHETEST0000002"
	readSecret = "another+secret/of+the+test+0123456789abc"
	region     = "local"

	apiClient    = "api"    // public, every flow
	secretClient = "server" // with a secret
	strictClient = "strict" // wants two factors, and changes refresh tokens with each use
	clientSecret = "secret0of0the0server0client0123"
	password     = "Correct-Horse-9"
)

// start runs a server whose pool lets clients sign in through the API.
func start(t testing.TB, change ...func(kit.Map)) *kit.Server {
	t.Helper()
	return kit.Start(t, append([]func(kit.Map){forAPI}, change...)...)
}

// flows are all that an app client can allow.
var flows = kit.List{"ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH", "ALLOW_CUSTOM_AUTH",
	"ALLOW_REFRESH_TOKEN_AUTH"}

func forAPI(config kit.Map) {
	config["access_keys"] = kit.List{
		kit.Map{"access_key_id": keyID, "secret_access_key": keySecret, "scope": "all"},
		kit.Map{"access_key_id": readID, "secret_access_key": readSecret, "scope": "read-only"},
	}
	config["rate_limits"] = false // all of these people come from one address
	pool := kit.PoolOf(config)
	pool["clients"] = append(pool["clients"].(kit.List),
		kit.Map{"client_name": "App", "client_id": apiClient, "explicit_auth_flows": flows, "callback_urls": kit.List{"https://localhost:9/"}},
		kit.Map{"client_name": "Server", "client_id": secretClient, "client_secret": clientSecret, "explicit_auth_flows": flows,
			"callback_urls": kit.List{"https://localhost:9/"}})
}

// callers counts people, so that tests which share a server share nobody.
var callers atomic.Int64

// somebody answers an address that nobody has used, somePhone a number.
func somebody() string  { return fmt.Sprintf("p%d@example.test", callers.Add(1)) }
func somePhone() string { return fmt.Sprintf("+49151%08d", callers.Add(1)) }

// authenticator is an app with the secret. Towards the end of a step its first code
// is not the one before, which would be too old by the time it arrives.
func authenticator(t testing.TB, secret string) *kit.TOTPApp {
	t.Helper()
	app := &kit.TOTPApp{Secret: secret}
	if time.Now().Unix()%30 > 20 {
		app.Code(t)
	}
	return app
}

// nodeModules says what is missing when npm's modules are not here.
func nodeModules(t testing.TB, module string) string {
	t.Helper()
	folder := filepath.Join(kit.Root(t), "test", "node_modules")
	if _, err := os.Stat(filepath.Join(folder, module, "package.json")); err != nil {
		t.Fatalf("npm's module %s is not in test/node_modules; `make deps` installs it: %v", module, err)
	}
	return folder
}

// talk is an app that is told what a person does in it, and says what its client
// made of it: a Node program of testdata, or a page in a browser.
type talk struct {
	say func(t testing.TB, do string, args []any) said
}

// said is what the app answers.
type said struct {
	OK    json.RawMessage `json:"ok"`
	Error *struct {
		Name, Message, Stack string
	} `json:"error"`
}

// node starts testdata/NAME with the variables given.
func node(t testing.TB, name, module string, env ...string) *talk {
	t.Helper()
	nodeModules(t, module)
	return program(t, filepath.Join("testdata", name), env...)
}

// program starts a Node program that answers lines with lines.
func program(t testing.TB, path string, env ...string) *talk {
	t.Helper()
	cmd := exec.Command("node", path)
	cmd.Env, cmd.Stderr = append(append(os.Environ(), "NODE_NO_WARNINGS=1"), env...), os.Stderr
	to, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	from, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("node does not start (run `make deps`): %v", err)
	}
	t.Cleanup(func() {
		_ = to.Close() // the program ends with its input
		_ = cmd.Wait()
	})
	in, out := json.NewEncoder(to), json.NewDecoder(from)
	return &talk{say: func(t testing.TB, do string, args []any) (s said) {
		t.Helper()
		if err := in.Encode(map[string]any{"do": do, "args": args}); err != nil {
			t.Fatalf("%s: %v", do, err)
		}
		if err := out.Decode(&s); err != nil {
			t.Fatalf("%s: the program said nothing: %v", do, err)
		}
		return s
	}}
}

// ask lets the app do something and answers what came of it.
func (n *talk) ask(t testing.TB, do string, args ...any) said {
	t.Helper()
	if args == nil {
		args = []any{}
	}
	return n.say(t, do, args)
}

// does is ask for something that must work.
func (n *talk) does(t testing.TB, do string, args ...any) answer {
	t.Helper()
	s := n.ask(t, do, args...)
	if s.Error != nil {
		t.Fatalf("%s %v: %s: %s\n%s", do, args, s.Error.Name, s.Error.Message, s.Error.Stack)
	}
	return answer(s.OK)
}

// fails is ask for something that must be refused under that name.
func (n *talk) fails(t testing.TB, name, do string, args ...any) {
	t.Helper()
	s := n.ask(t, do, args...)
	if s.Error == nil {
		t.Fatalf("%s %v answers %s, want %s", do, args, s.OK, name)
	}
	if s.Error.Name != name {
		t.Fatalf("%s %v: %s: %s, want %s", do, args, s.Error.Name, s.Error.Message, name)
	}
}

// answer is what a program answered, as JSON.
type answer json.RawMessage

// at answers the text at the end of a path of members; "" where there is none.
func (a answer) at(t testing.TB, path ...string) string {
	t.Helper()
	var now any
	if err := json.Unmarshal(a, &now); err != nil {
		t.Fatalf("%s: %v", a, err)
	}
	for _, name := range path {
		members, _ := now.(map[string]any)
		now = members[name]
	}
	switch v := now.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text, _ := json.Marshal(now)
	return string(text)
}

// is fails unless what stands at the path is the text.
func (a answer) is(t testing.TB, want string, path ...string) answer {
	t.Helper()
	if got := a.at(t, path...); got != want {
		t.Fatalf("%s is %q, want %q, in %s", strings.Join(path, "."), got, want, a)
	}
	return a
}

// list answers the members of a list.
func (a answer) list(t testing.TB, path ...string) (all []answer) {
	t.Helper()
	var members []json.RawMessage
	if err := json.Unmarshal([]byte(a.at(t, path...)), &members); err != nil {
		t.Fatalf("%v is no list in %s: %v", path, a, err)
	}
	for _, m := range members {
		all = append(all, answer(m))
	}
	return all
}

// first answers the first member of a list.
func (a answer) first(t testing.TB, path ...string) answer {
	t.Helper()
	all := a.list(t, path...)
	if len(all) == 0 {
		t.Fatalf("%v is empty in %s", path, a)
	}
	return all[0]
}
