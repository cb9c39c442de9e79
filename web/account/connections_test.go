package account_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// house is a house with a provider, Up.
type house struct {
	*webtest.House
	up *federationtest.Upstream
}

func withUp(t *testing.T, options ...webtest.Option) house {
	t.Helper()
	h := house{House: webtest.Start(t, append([]webtest.Option{webtest.Elsewhere()}, options...)...)}
	h.up = h.Upstream()
	h.Provider(h.up, identity.IdentityProvider{Name: "Up"})
	h.User(ann)
	return h
}

// setOut presses Connect and answers where the browser is led.
func (h house) setOut(b *webtest.Browser) (target string) {
	h.Helper()
	hop := b.Get("/account/connections").Press("/account/connections/connect").Is(http.StatusOK).Says("On to Up")
	target, ok := strings.CutPrefix(hop.Header.Get("Refresh"), "0; url=")
	if !ok || !strings.HasPrefix(target, h.up.At("/authorize")) {
		h.Fatalf("led to %q", target)
	}
	return target
}

// says answers what comes back when this person signs in at the provider.
func (h house) says(target, subject, email string) url.Values {
	h.Helper()
	h.up.Now, h.up.UserInfo = h.Now(), map[string]any{"sub": subject}
	return h.up.Approve(target, map[string]any{"sub": subject, "email": email, "email_verified": true})
}

// connected is Ann's browser after she connected Up.
func (h house) connected() *webtest.Browser {
	h.Helper()
	b := signedIn(h.House, ann)
	b.ComesBack(h.says(h.setOut(b), "s-1", "ann@up.test")).At("/account/connections").Says("It is connected.")
	return b
}

// joined answers what an account is joined to.
func (h house) joined(name string) []identity.Identity {
	h.Helper()
	all, err := h.Admin().Identities(context.Background(), webtest.PoolID, name)
	if err != nil {
		h.Fatal(err)
	}
	return all
}

// byUp signs somebody in by way of the provider alone.
func (h house) byUp(subject, email string) *webtest.Browser {
	h.Helper()
	b := h.Browser()
	out := b.Get("/account").At("/login").Follow("Continue with Up")
	b.ComesBack(h.says(out.Header.Get("Location"), subject, email)).At("/account")
	return b
}

func TestAProviderIsConnectedAndDisconnected(t *testing.T) {
	h := withUp(t)
	b := h.connected()
	page := b.Get("/account/connections").Says("ann@up.test").Says("Connected 3 May 2026").SaysNot("Connect another one")
	m := h.Mail(ann)
	if m.Kind != message.FactorAdded || m.Data["factor"] != "EXTERNAL_PROVIDER" || m.Data["provider"] != "Up" {
		t.Errorf("the owner was told %+v", m.Message)
	}
	h.byUp("s-1", "ann@up.test").Get("/account").Says(ann)
	h.After(time.Second)
	page.Press("/account/connections/disconnect").At("/account/connections").Says("It is disconnected").Says("Nothing is connected yet.").Says("Connect another one")
	if m := h.Mail(ann); m.Kind != message.FactorRemoved || m.Data["provider"] != "Up" {
		t.Errorf("the owner was told %+v", m.Message)
	}
	if len(h.joined(ann)) != 0 {
		t.Error("it is still joined")
	}
}

func TestThePageIsInTheMenuWhereThereAreProviders(t *testing.T) {
	h := withUp(t)
	b := signedIn(h.House, ann)
	here := b.Get("/account/connections").Is(http.StatusOK).Doc.Find(`nav.pages a[aria-current="page"]`)
	if here.Length() != 1 || here.AttrOr("href", "") != "/account/connections" {
		t.Errorf("the menu is at %q", here.AttrOr("href", ""))
	}
	h.Browser().Get("/account/connections").At("/login").Submit("username", ann, "password", webtest.Password).At("/account/connections")
	without := webtest.Start(t)
	without.User(ann)
	signedIn(without, ann).Get("/account").SaysNot("Connected sign-ins")
}

func TestConnectingTakesARecentSignIn(t *testing.T) {
	h := withUp(t)
	b := signedIn(h.House, ann)
	h.After(16 * time.Minute)
	login := b.Get("/account/connections").Press("/account/connections/connect").At("/login")
	login.Submit("username", ann, "password", webtest.Password).At("/account/connections")
	target := h.setOut(b)
	h.After(14 * time.Minute) // a long time at the provider
	b.ComesBack(h.says(target, "s-1", "")).At("/account/connections")
	h.After(16 * time.Minute)
	b.Get("/account/connections").Press("/account/connections/disconnect").At("/login")
	if len(h.joined(ann)) != 1 {
		t.Errorf("joined to %v", h.joined(ann))
	}
}

func TestTheLastWayInSaysWhyItStays(t *testing.T) {
	h := withUp(t)
	b := h.byUp("s-7", "eve@up.test")
	page := b.Get("/account/connections").Says("This is your only way to sign in")
	button := page.Doc.Find("main .rows button[disabled]")
	if button.Length() != 1 || page.Doc.Find(`form[action$="/disconnect"]`).Length() != 0 {
		t.Fatalf("%s", page.Body)
	}
	for _, id := range strings.Fields(button.AttrOr("aria-describedby", "")) {
		if page.Doc.Find("#"+id).Length() != 1 {
			t.Errorf("the button is described by #%s", id)
		}
	}
	post(b, "/account/connections/disconnect", "provider", "Up", "subject", "s-7").Is(web.Unprocessable).Says("This is your only way to sign in")
	b.Get("/account/factors").Says("You sign in with Up alone.").Follow("Set a password").Submit("new_password", "a password of her own").Says("Your password is set.")
	b.Get("/account/factors").Says("You can also sign in with Up.").SaysNot("alone")
	b.Get("/account/connections").Press("/account/connections/disconnect").Says("It is disconnected")
}

func TestAProviderThatIsOffIsSaidToBe(t *testing.T) {
	h := withUp(t)
	b := h.connected()
	h.Provider(h.up, identity.IdentityProvider{Name: "Up", Disabled: true})
	b.Get("/account/connections").Says("Switched off").SaysNot("Connect another one")
	b.Get("/account/factors").SaysNot("sign in with Up")
	post(b, "/account/connections/connect", "provider", "Up").At("/account/connections").Is(http.StatusOK)
}

func TestComingBackWithoutConnecting(t *testing.T) {
	h := withUp(t)
	b := signedIn(h.House, ann)
	state := federationtest.Query(t, h.setOut(b)).Get("state")
	b.ComesBack(url.Values{"error": {"access_denied"}, "state": {state}}).At("/account/connections").Says("You came back without connecting anything.")
	h.up.Claims = func(claims map[string]any) { claims["aud"] = "somebody else" }
	page := b.ComesBack(h.says(h.setOut(b), "s-1", "")).Is(web.Unprocessable).Says("Up was not connected").SaysNot("Try again in a minute")
	page.Follow("Back to your account").At("/account/connections").Says("Nothing is connected yet.")
}

func TestAProviderThatDoesNotAnswerIsSaidToBeAway(t *testing.T) {
	h := withUp(t)
	h.Provider(h.up, identity.IdentityProvider{Name: "Away", Details: map[string]string{
		"client_id": "c", "client_secret": "s", "oidc_issuer": "http://127.0.0.1:1", // nobody listens there
	}})
	b := signedIn(h.House, ann)
	page := b.Get("/account/connections").Press("/account/connections/connect", "provider", "Away").Is(web.Unprocessable)
	page.Says("Away cannot be asked at the moment.").Press("/account/connections/connect", "provider", "Up").Says("On to Up")
	if !strings.Contains(h.Log.String(), "a sign-in at a provider failed") {
		t.Error("the administrator is told nothing")
	}
}

func TestSignInsByAProviderAreInTheHistory(t *testing.T) {
	h := withUp(t)
	h.byUp("s-7", "eve@up.test").Get("/account/history").Says("With Up")
	h.Provider(h.up, identity.IdentityProvider{Name: "Search", Type: "Google"})
	b := h.Browser()
	out := b.Get("/account").Follow("Continue with Google")
	b.ComesBack(h.says(out.Header.Get("Location"), "s-8", "")).At("/account")
	b.Get("/account/history").Says("With Google")
}

func TestConnectingGoogleFromWithinAnAppIsNotBegun(t *testing.T) {
	h := withUp(t)
	details := map[string]string{"client_id": federationtest.Client, "client_secret": federationtest.Secret}
	h.Provider(h.up, identity.IdentityProvider{Name: "Google", Type: "Google", Details: details})
	b := signedIn(h.House, ann)
	b.Send.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148")
	fields := url.Values{"csrf": {token(b)}, "provider": {"Google"}}
	b.Post("/account/connections/connect", fields).Is(web.Unprocessable).Says("Google signs nobody in on a page that an app shows").Says("Open auth.example.test in Safari")
	fields.Set("provider", "Up")
	b.Post("/account/connections/connect", fields).Is(http.StatusOK).Says("On to Up")
	b.Send.Del("User-Agent")
	fields.Set("provider", "Google")
	b.Post("/account/connections/connect", fields).Is(http.StatusOK).Says("On to Google")
}
