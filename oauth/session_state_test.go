package oauth

import (
	"context"
	"testing"

	"poolhouse.dev/identity"
)

func TestOriginsAreSpeltAsBrowsersDo(t *testing.T) {
	for address, want := range map[string]string{
		"https://App.Example.test/callback?x=1": "https://app.example.test", "https://app.example.test:443/": "https://app.example.test",
		"http://app.example.test:80": "http://app.example.test", "http://127.0.0.1:8080/cb": "http://127.0.0.1:8080", "http://[::1]:9/cb": "http://[::1]:9",
		"https://app.example.test:80/": "https://app.example.test:80", "com.example.app:/done": "", "": "", "https:///x": "",
	} {
		if got := originOf(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func TestSessionStateIsThereWhereItIsOn(t *testing.T) {
	k := start(t)
	auth := k.signIn("ann@example.test")
	state := func(changes ...string) string {
		k.Helper()
		return k.ask(request(web, changes...), AuthorizeState{Auth: auth}).Answer.Params.Get("session_state")
	}
	if got := state(); got != "" {
		t.Errorf("it is off, and is %q", got)
	}
	pool, err := k.settings().Pool(context.Background(), testPool)
	k.must(err)
	pool.SessionManagement = "ON"
	_, err = k.settings().PutPool(context.Background(), pool)
	k.must(err)
	if a, b := state(), state(); a == "" || a == b {
		t.Errorf("answers %q and %q", a, b)
	}
	if got := state("redirect_uri", "com.example.app:/done"); got != "" {
		t.Errorf("an app without an origin gets %q", got)
	}
	if got := state("scope", "nonsense"); got == "" {
		t.Error("an error has none")
	}
	other := k.signIn("ann@example.test")
	if k.BrowserState(auth) == k.BrowserState(other) || k.BrowserState(identity.Authentication{}) != "" || k.BrowserState(auth) == auth.Session() {
		t.Errorf("states %q, %q", k.BrowserState(auth), k.BrowserState(other))
	}
}
