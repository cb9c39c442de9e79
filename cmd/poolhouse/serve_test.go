package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage/bolt"
	"poolhouse.dev/web"
)

// running is `poolhouse serve` in this process.
type running struct {
	*testing.T
	url    string
	folder string
	out    *output
	stop   func() error
}

// serveIn starts a server over a folder and waits until it says where it is.
func serveIn(t *testing.T, data string, args ...string) *running {
	t.Helper()
	return serveOver(t, data, `Sign-in +(http://[\d.:]+/)login`, args...)
}

// serveOver is serveIn for a server that says otherwise where it is.
func serveOver(t *testing.T, data, where string, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, ended := &output{}, make(chan error, 1)
	args = append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0"}, args...)
	go func() { ended <- run(ctx, args, nil, strings.NewReader(""), out, out) }()
	r := &running{T: t, folder: data, out: out}
	r.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("serve ended with %v", err)
		}
	})
	r.url = strings.TrimSuffix(r.find(where), "/")
	return r
}

// find waits for a line and answers what stands in its brackets.
func (r *running) find(pattern string) string {
	r.Helper()
	line := regexp.MustCompile(pattern)
	for range 1000 {
		if found := line.FindStringSubmatch(r.out.String()); found != nil {
			return found[1]
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.Fatalf("nothing like %s was said:\n%s", pattern, r.out.String())
	return ""
}

func dataFolder(t *testing.T) string {
	t.Helper()
	return filepath.Join(shortFolder(t), "data")
}

func TestServeAnswersDiscovery(t *testing.T) {
	r := serveIn(t, dataFolder(t))
	res, err := http.Get(r.url + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("discovery answers %s", res.Status)
	}
}

func TestTheStartSaysLittle(t *testing.T) {
	r := serveIn(t, dataFolder(t))
	r.find(`Set-up +(http\S+)`)
	if lines := strings.Count(r.out.String(), "\n"); lines > 15 {
		t.Errorf("%d lines:\n%s", lines, r.out.String())
	}
}

func TestTheSetUpLinkMakesOneUser(t *testing.T) {
	data := dataFolder(t)
	r := serveIn(t, data)
	v := newVisitor(t)
	v.open(r.find(`Set-up +(http\S+)`))
	v.send(map[string]string{"username": "ann@example.test", "password": "short"})
	v.sees("at least 8")
	v.send(map[string]string{"username": "ann@example.test", "password": "ladders and apples"})
	v.open(r.find(`Set-up +(http\S+)`))
	if v.page.Find(`[name=password]`).Length() != 0 {
		t.Error("the link works a second time")
	}
	v.open(r.url + "/account")
	v.send(map[string]string{"username": "ann@example.test", "password": "ladders and apples"})
	v.sees("ann@example.test")
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if again := serveIn(t, data); strings.Contains(again.out.String(), "/setup") {
		t.Error("a server with a user prints a set-up link")
	}
}

func TestTheSetUpLinkIsSpentOnceHoweverManyCome(t *testing.T) {
	r := serveIn(t, dataFolder(t))
	token := r.find(`Set-up +http\S+token=(\S+)`)
	h, err := (&app{env: lookup(nil), errs: r.out}).openHouse(t.Context(), devLike(t), inMemory)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	srv := &server{house: h}
	if err := srv.applyFile(t.Context(), devLike(t)); err != nil {
		t.Fatal(err)
	}
	s := &setup{admin: &identity.Admin{Core: h.core}, pool: h.first, token: token}
	var made sync.WaitGroup
	results := make(chan error, 8)
	for i := range 8 {
		made.Go(func() {
			results <- s.Create(t.Context(), web.SetupForm{Token: token, Username: string(rune('a'+i)) + "@example.test", Password: "ladders and apples"})
		})
	}
	made.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else if code, _ := identity.CodeOf(err); code != identity.NotAllowed {
			t.Errorf("a latecomer is told %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d first users", won)
	}
	// Deleting the user does not open the link again.
	users, _, err := s.admin.Users(t.Context(), h.first, identity.Page{})
	if err != nil || len(users) != 1 {
		t.Fatalf("%d users, %v", len(users), err)
	}
	if err := s.admin.Delete(t.Context(), h.first, string(users[0].ID)); err != nil {
		t.Fatal(err)
	}
	late := web.SetupForm{Token: token, Username: "late@example.test", Password: "ladders and apples"}
	if s.Valid(token) || s.Create(t.Context(), late) == nil {
		t.Error("the token is still open")
	}
}

// devLike are settings with the default pool and nothing on disk but the key.
func devLike(t *testing.T) *settings {
	t.Helper()
	s := &settings{origin: map[string]string{}}
	s.Data = t.TempDir()
	s.defaults()
	return s
}

func TestAStartThatWasCutShortIsTakenUp(t *testing.T) {
	data := dataFolder(t)
	store, err := bolt.Create(filepath.Join(data, "poolhouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	// As after a kill between store and key.
	r := serveIn(t, data)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	// As after a kill between seal and marker.
	if err := os.Remove(filepath.Join(data, "initialised")); err != nil {
		t.Fatal(err)
	}
	serveIn(t, data)
	if !exists(filepath.Join(data, "initialised")) {
		t.Error("the marker was not set again")
	}
}

func TestTheAdminSocketIsItsOwnersAlone(t *testing.T) {
	r := serveIn(t, dataFolder(t))
	info, err := os.Stat(filepath.Join(r.folder, "admin.sock"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %s", info.Mode().Perm())
	}
}

func TestALeftOverSocketIsReplaced(t *testing.T) {
	data := dataFolder(t)
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "admin.sock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	serveIn(t, data)
	if !alive(filepath.Join(data, "admin.sock")) {
		t.Error("nobody answers on the socket")
	}
}

func TestAWarningSaysThatLimitsAreOff(t *testing.T) {
	folder := shortFolder(t)
	file := filepath.Join(folder, "poolhouse.yaml")
	if err := os.WriteFile(file, []byte("rate_limits: off\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := serveIn(t, filepath.Join(folder, "data"), "--config", file)
	r.find(`(RATE LIMITS ARE OFF)`)
}

func TestAWarningSaysThatLinksLeadHereAlone(t *testing.T) {
	r := serveIn(t, dataFolder(t), "--listen", "0.0.0.0:0")
	r.find(`(public_url is not set: links lead to http://127.0.0.1:\d+, which only this machine can open)`)
}

func TestAWarningSaysThatNobodyCanSignInByPasskeyAlone(t *testing.T) {
	folder := shortFolder(t)
	file := filepath.Join(folder, "poolhouse.yaml")
	text := "pools: [{policies: {sign_in_policy: {allowed_first_auth_factors: [WEB_AUTHN]}}}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := serveIn(t, filepath.Join(folder, "data"), "--config", file)
	r.find(`(nobody can sign in to the pool local_main: passkeys are its only way in, and browsers make none for http://127.0.0.1:\d+)`)
}

func TestAWarningNamesSettingsThatDoNothing(t *testing.T) {
	folder := shortFolder(t)
	file := filepath.Join(folder, "poolhouse.yaml")
	text := `pools:
  - id: local_idle
    disposable_email_addresses: refuse
    device_configuration: {device_only_remembered_on_user_prompt: true}
    risk_configuration:
      account_takeover_risk_configuration: {actions: {high_action: {event_action: BLOCK}}}
      compromised_credentials_risk_configuration: {event_filter: [SIGN_IN]}
  - {id: local_other, user_pool_add_ons: {advanced_security_mode: ENFORCED}, risk_configuration: {account_takeover_risk_configuration: {actions: {low_action: {notify: true}}}}}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := serveIn(t, filepath.Join(folder, "data"), "--config", file)
	for _, want := range []string{
		`disposable_email_addresses: refuse does nothing in the pool local_idle`, `device_only_remembered_on_user_prompt does nothing in the pool local_idle`,
		`account_takeover_risk_configuration does nothing in the pool local_idle`, `event_filter does nothing in the pool local_idle`,
	} {
		r.find("(" + want + ")")
	}
	if strings.Contains(r.out.String(), "in the pool local_other") {
		t.Errorf("it warns of a pool where all is well:\n%s", r.out)
	}
}

func TestAWarningNamesAPoolThatDoesNotFitItsURL(t *testing.T) {
	folder := shortFolder(t)
	file, data := filepath.Join(folder, "poolhouse.yaml"), filepath.Join(folder, "data")
	for _, text := range []string{
		"public_url: https://login.example.com\npools: [{id: local_main}, {id: local_two, web_authn_configuration: {relying_party_id: example.com}}]\n",
		"public_url: https://login.example.net\npools: [{id: local_main}]\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		out, ended := &output{}, make(chan error, 1)
		go func() {
			ended <- run(ctx, []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--config", file}, nil, strings.NewReader(""), out, out)
		}()
		(&running{T: t, out: out}).find(`Sign-in +(https://login)`)
		warned := strings.Contains(text, "example.net")
		if warned {
			(&running{T: t, out: out}).find(`(the pool local_two does not fit public_url)`)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if !warned && strings.Contains(out.String(), "does not fit") {
			t.Errorf("said:\n%s", out)
		}
	}
}
