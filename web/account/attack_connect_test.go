package account_test

import (
	"net/http"
	"net/url"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// Connecting by CSRF: an attacker lets the victim's browser finish what began in
// their own, so that their account at the provider opens the victim's here.
func TestAttackConnectByACallbackInAnotherBrowser(t *testing.T) {
	h := withUp(t)
	h.User(mal)
	attacker, victim := signedIn(h.House, mal), signedIn(h.House, ann)
	values := h.says(h.setOut(attacker), "mal", mal)
	h.setOut(victim) // the victim is on a trip of their own
	victim.ComesBack(values).Is(web.Unprocessable).Says("This sign-in has ended").SaysNot("is connected")
	signedIn(h.House, ann).ComesBack(values).Is(web.Unprocessable)
	if len(h.joined(ann))+len(h.joined(mal)) != 0 {
		t.Fatal("something is joined")
	}
}

// The same browser, but somebody else is signed in by the time the answer comes.
func TestAttackConnectToTheNextPersonOfTheBrowser(t *testing.T) {
	h := withUp(t)
	h.User(mal)
	b := signedIn(h.House, mal)
	values := h.says(h.setOut(b), "mal", mal)
	b.Get("/account").Press("/account/signout")
	b.SignIn(ann, webtest.Password).At("/account")
	page := b.ComesBack(values).Is(web.Unprocessable).Says("This sign-in has ended")
	page.Follow("Back to your account").At("/account/connections").Says("Nothing is connected yet.")
	if len(h.joined(ann))+len(h.joined(mal)) != 0 {
		t.Fatal("something is joined")
	}
}

func TestAttackConnectAfterSigningOut(t *testing.T) {
	h := withUp(t)
	b := signedIn(h.House, ann)
	values := h.says(h.setOut(b), "s-1", "")
	b.Get("/account").Press("/account/signout")
	b.ComesBack(values).Is(web.Unprocessable).Says("This sign-in has ended")
	if b.Get("/account").At("/login"); len(h.joined(ann)) != 0 {
		t.Fatal("it is joined")
	}
}

// A link or a form elsewhere must not begin it: the browser may be signed in to
// the attacker's account at the provider.
func TestAttackConnectWithoutOurForm(t *testing.T) {
	h := withUp(t)
	b := signedIn(h.House, ann)
	b.Get("/account/connections/connect?provider=Up").Is(http.StatusMethodNotAllowed)
	for _, csrf := range []string{"", token(signedIn(h.House, ann))} {
		answer := b.Post("/account/connections/connect", url.Values{"provider": {"Up"}, "csrf": {csrf}})
		if answer.Header.Get("Refresh") != "" || answer.Header.Get("Location") != "" {
			t.Fatalf("csrf %q: %d %v", csrf, answer.Status, answer.Header)
		}
	}
}

// An answer that signed somebody in, or connected once, does neither again.
func TestAttackConnectTwiceByOneAnswer(t *testing.T) {
	h := withUp(t)
	b := signedIn(h.House, ann)
	values := h.says(h.setOut(b), "s-1", "")
	b.ComesBack(values).Says("It is connected.")
	b.Get("/account/connections").Press("/account/connections/disconnect").Says("It is disconnected")
	b.ComesBack(values).Is(web.Unprocessable).Says("This sign-in has ended")
	if len(h.joined(ann)) != 0 {
		t.Fatal("it is joined again")
	}
}

func TestAttackConnectWhatSomebodyElseHas(t *testing.T) {
	h := withUp(t)
	h.User(mal)
	h.connected()
	b := signedIn(h.House, mal)
	b.ComesBack(h.says(h.setOut(b), "s-1", mal)).Is(web.Unprocessable).Says("is connected to an account here already").Says("Back to your account")
	if len(h.joined(ann)) != 1 || len(h.joined(mal)) != 0 {
		t.Errorf("%v, %v", h.joined(ann), h.joined(mal))
	}
}

func TestAttackDisconnectTheProviderOfSomebodyElse(t *testing.T) {
	h := withUp(t)
	h.User(mal)
	h.connected()
	post(signedIn(h.House, mal), "/account/connections/disconnect", "provider", "Up", "subject", "s-1").At("/account/connections").SaysNot("is disconnected")
	if len(h.joined(ann)) != 1 {
		t.Error("it is gone")
	}
}

// A provider that is not offered cannot be asked for by its name.
func TestAttackConnectAProviderThatIsOff(t *testing.T) {
	h := withUp(t)
	h.Provider(h.up, identity.IdentityProvider{Name: "Off", Disabled: true})
	b := signedIn(h.House, ann)
	for _, name := range []string{"Off", "COGNITO", "", "up", "../Up"} {
		post(b, "/account/connections/connect", "provider", name).At("/account/connections").Is(http.StatusOK)
	}
}
