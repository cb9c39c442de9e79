// Package logout signs people out of the built program and looks at what the
// apps learn of it: real relying parties, a real browser.
package logout

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"poolhouse.dev/test/kit"
)

// ann is who the test configuration knows.
const ann = "ann@example.test"

// works is a server with two apps, both of which want to be told.
type works struct {
	*kit.Server
	second *kit.App // the public client
	ears   map[string]*ear
}

// ear is what an app hears.
type ear struct {
	mu     sync.Mutex
	answer int      // to logout tokens; 200
	tokens []string // that came by back channel
	loads  []url.Values
	hang   chan struct{} // the page waits for it; nil does not
}

func (e *ear) heard() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.tokens...)
}

func (e *ear) loaded() []url.Values {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]url.Values(nil), e.loads...)
}

func (e *ear) says(status int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = status
}

// hangs makes the app's page wait.
func (e *ear) hangs(until chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hang = until
}

// listens serves the app's two addresses.
func (e *ear) listens(a *kit.App) {
	a.Handle("POST /back", func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.tokens = append(e.tokens, r.PostFormValue("logout_token"))
		w.WriteHeader(max(e.answer, 200))
	})
	a.Handle("GET /front", func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		e.loads = append(e.loads, r.URL.Query())
		hang := e.hang
		e.mu.Unlock()
		if hang != nil {
			<-hang
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<!doctype html><html lang=en><title>Out</title>")
	})
}

// open starts the server. wants are the channels the apps ask for: back, front.
func open(t *testing.T, wants string, change ...func(kit.Map)) works {
	t.Helper()
	w := prepare(t, wants, change...)
	w.Run(t)
	return w
}

func prepare(t *testing.T, wants string, change ...func(kit.Map)) works {
	t.Helper()
	w := works{second: kit.NewApp(t), ears: map[string]*ear{kit.WebClient: {}, kit.PublicClient: {}}}
	w.second.Client = kit.PublicClient
	apps := map[string]*kit.App{kit.PublicClient: w.second}
	settle := func(m kit.Map) {
		m["outgoing"] = kit.Map{"allow_networks": kit.List{"127.0.0.0/8"}}
		for _, each := range kit.PoolOf(m)["clients"].(kit.List) {
			c := each.(kit.Map)
			address := strings.TrimSuffix(c["callback_urls"].(kit.List)[0].(string), "/callback")
			if app := apps[c["client_id"].(string)]; app != nil {
				address = app.URL
				c["callback_urls"], c["logout_urls"] = kit.List{address + "/callback"}, kit.List{address + "/"}
			}
			if strings.Contains(wants, "back") {
				c["backchannel_logout_uri"] = address + "/back"
			}
			if strings.Contains(wants, "front") {
				c["frontchannel_logout_uri"] = address + "/front"
			}
		}
	}
	w.Server = kit.Prepare(t, append([]func(kit.Map){settle}, change...)...)
	w.second.At(w.URL)
	w.ears[kit.WebClient].listens(w.App)
	w.ears[kit.PublicClient].listens(w.second)
	return w
}

// signIn signs Ann in to both apps with a client that keeps cookies.
func (w works) signIn(t *testing.T) *kit.Client {
	t.Helper()
	c := kit.NewClient()
	begin, err := w.App.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SignIn(begin, ann, kit.AnnPassword); err != nil {
		t.Fatal(err)
	}
	c.Open(t, w.second.URL+"/start")
	w.App.Last(t)
	w.second.Last(t)
	return c
}

// idToken is the one that an app was given last.
func idToken(t *testing.T, a *kit.App) string {
	t.Helper()
	raw, _ := a.Last(t).Token.Extra("id_token").(string)
	return raw
}

// leave is the address that signs out by way of the first app.
func (w works) leave(t *testing.T) string {
	t.Helper()
	return w.URL + "/logout?" + url.Values{
		"id_token_hint": {idToken(t, w.App)}, "post_logout_redirect_uri": {w.App.URL + "/"}, "state": {"s"},
	}.Encode()
}

// isTold waits for an app's first logout token and verifies it as the app does.
func (w works) isTold(t *testing.T, a *kit.App, count int) {
	t.Helper()
	e := w.ears[a.Client]
	kit.Eventually(t, fmt.Sprintf("logout token %d for %s", count, a.Client), func() bool { return len(e.heard()) >= count })
	raw := e.heard()[count-1]
	token, err := a.Verify(t.Context(), raw) // issuer, audience, signature, end
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Session string         `json:"sid"`
		Events  map[string]any `json:"events"`
		Nonce   *string        `json:"nonce"`
	}
	if err := token.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	last := a.Last(t)
	_, there := claims.Events["http://schemas.openid.net/event/backchannel-logout"]
	if token.Subject != last.ID.Subject || claims.Session != last.Claims["sid"] || !there || len(claims.Events) != 1 || claims.Nonce != nil {
		t.Errorf("%s is told %+v of %s", a.Client, claims, token.Subject)
	}
	parsed, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || parsed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType] != "logout+jwt" {
		t.Errorf("header %v, %v", parsed, err)
	}
}

func TestAppsAreToldByBackChannel(t *testing.T) {
	w := open(t, "back")
	c := w.signIn(t)
	page := c.Open(t, w.leave(t))
	page.Want(t, http.StatusOK, "You are signed out.")
	w.isTold(t, w.App, 1)
	w.isTold(t, w.second, 1)
	w.signIn(t)
	out, code := w.Command(t, "user", "sign-out", ann)
	if code != 0 {
		t.Fatal(out)
	}
	w.isTold(t, w.App, 2)
	w.isTold(t, w.second, 2)
	out, _ = w.Command(t, "outbox", "list", "--state", "sent")
	if strings.Count(out, "backchannel_logout") != 4 || strings.Contains(out, "eyJ") {
		t.Errorf("the outbox:\n%s", out)
	}
}

func TestALogoutTokenOutlivesOutageAndRestart(t *testing.T) {
	w := open(t, "back")
	w.ears[kit.WebClient].says(http.StatusServiceUnavailable)
	c := w.signIn(t)
	c.Open(t, w.leave(t)).Want(t, http.StatusOK, "You are signed out.")
	w.isTold(t, w.second, 1) // whoever is up waits for nobody
	kit.Eventually(t, "a first try", func() bool { return len(w.ears[kit.WebClient].heard()) > 0 })
	out, _ := w.Command(t, "outbox", "list")
	if !strings.Contains(out, "backchannel_logout") || !strings.Contains(out, "503") {
		t.Errorf("the outbox:\n%s", out)
	}
	w.Kill()
	w.ears[kit.WebClient].says(http.StatusOK)
	before := len(w.ears[kit.WebClient].heard())
	w.Run(t)
	w.isTold(t, w.App, before+1)
	kit.Eventually(t, "an empty outbox", func() bool {
		out, _ := w.Command(t, "outbox", "list")
		return strings.Contains(out, "Nothing waits")
	})
}

func TestAttackLogoutTokenToAPrivateAddress(t *testing.T) {
	w := open(t, "back", func(m kit.Map) { delete(m, "outgoing") })
	c := w.signIn(t)
	c.Open(t, w.leave(t)).Want(t, http.StatusOK, "You are signed out.")
	kit.Eventually(t, "both calls to be given up", func() bool {
		out, _ := w.Command(t, "outbox", "list", "--state", "stuck")
		return strings.Count(out, "not a public address") == 2
	})
	if len(w.ears[kit.WebClient].heard())+len(w.ears[kit.PublicClient].heard()) != 0 {
		t.Error("an app at a private address was called")
	}
}

func TestTwoNodesTellAnAppOnce(t *testing.T) {
	w := prepare(t, "back", func(m kit.Map) { m["storage"] = kit.Postgres(t) })
	w.Env = append(w.Env, kit.SharedKey)
	w.Run(t)
	other := w.Beside(t)
	other.Run(t)
	for i := range 5 {
		w.signIn(t).Open(t, w.leave(t))
		w.isTold(t, w.App, i+1)
		w.isTold(t, w.second, i+1)
	}
	out, _ := w.Command(t, "outbox", "list", "--state", "sent")
	if strings.Count(out, "backchannel_logout") != 10 {
		t.Errorf("the outbox:\n%s", out)
	}
	for id, e := range w.ears {
		if n := len(e.heard()); n != 5 {
			t.Errorf("%s is told %d times of five sessions", id, n)
		}
	}
}

// browse is a browser that may ask the server and both apps.
func (w works) browse(t *testing.T) *kit.Browser {
	b := kit.NewBrowser(t, w.URL, w.App.URL, w.second.URL)
	begin, err := w.App.Begin(oauth2.SetAuthURLParam("ui_locales", "en"))
	if err != nil {
		t.Fatal(err)
	}
	b.Open(t, begin)
	b.Type(t, "username", ann)
	b.Enter(t, "password", kit.AnnPassword)
	b.See(t, "Hello, "+ann)
	b.Open(t, w.second.URL+"/start")
	b.See(t, "Hello, "+ann)
	return b
}

// pagesLoaded fails unless both apps' pages were loaded once, for their session.
func (w works) pagesLoaded(t *testing.T) {
	t.Helper()
	for _, a := range []*kit.App{w.App, w.second} {
		kit.Eventually(t, "the page of "+a.Client, func() bool { return len(w.ears[a.Client].loaded()) > 0 })
		all := w.ears[a.Client].loaded()
		if len(all) != 1 || all[0].Get("iss") != w.URL || all[0].Get("sid") != a.Last(t).Claims["sid"] {
			t.Errorf("the page of %s was loaded as %v", a.Client, all)
		}
	}
}

func TestAppsAreToldByTheBrowser(t *testing.T) {
	w := open(t, "front")
	b := w.browse(t)
	b.Open(t, w.leave(t))
	b.See(t, "You are signed out.") // the app's own page
	if at := b.Location(t); at != w.App.URL+"/?state=s" {
		t.Errorf("the browser is at %s", at)
	}
	w.pagesLoaded(t)
}

func TestAnAppThatHangsHoldsNobodyHere(t *testing.T) {
	w := open(t, "front")
	b := w.browse(t)
	hang := make(chan struct{})
	defer close(hang)
	w.ears[kit.PublicClient].hangs(hang)
	b.Open(t, w.leave(t))
	kit.Eventually(t, "the app's page", func() bool { return b.Location(t) == w.App.URL+"/?state=s" })
	w.pagesLoaded(t)
}

func TestAppsAreToldByABrowserWithoutScript(t *testing.T) {
	w := open(t, "front")
	b := w.browse(t)
	b.WithoutScript(t)
	b.Open(t, w.leave(t))
	kit.Eventually(t, "the app's page", func() bool { return b.Location(t) == w.App.URL+"/?state=s" })
	w.pagesLoaded(t)
}

// watching is a page of an app that asks the check_session_iframe.
const watching = `<!doctype html><html lang=en><title>Watch</title><link rel=icon href=data:,>
<p id=text>asking</p><iframe hidden title=op src="%[1]s/check_session"></iframe>
<script>
const frame = document.querySelector('iframe');
addEventListener('message', e => { if (e.origin === '%[1]s') document.getElementById('text').textContent = e.data; });
frame.addEventListener('load', () => frame.contentWindow.postMessage('web ' + new URLSearchParams(location.search).get('s'), '%[1]s'));
</script>`

func TestAScriptSeesTheSessionChange(t *testing.T) {
	w := open(t, "", func(m kit.Map) { kit.PoolOf(m)["session_management"] = "ON" })
	w.App.Handle("GET /watch", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(rw, watching, w.URL)
	})
	b := w.browse(t)
	state := w.App.Last(t).Query.Get("session_state")
	page := w.App.URL + "/watch?s=" + url.QueryEscape(state)
	b.Open(t, page)
	b.See(t, "unchanged")
	b.Open(t, w.App.URL+"/watch?s=nonsense")
	b.See(t, "error")
	b.Open(t, w.leave(t))
	b.Open(t, page)
	kit.Eventually(t, "a change", func() bool { return b.TextOf(t, "#text") == "changed" })
}
