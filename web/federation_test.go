package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// house is a house with a provider, Up, that its app takes.
type house struct {
	*webtest.House
	up *federationtest.Upstream
}

func withUp(t *testing.T, change func(*identity.IdentityProvider), options ...webtest.Option) house {
	t.Helper()
	h := house{House: webtest.Start(t, append([]webtest.Option{webtest.Elsewhere()}, options...)...)}
	h.up = h.Upstream()
	p := identity.IdentityProvider{Name: "Up"}
	if change != nil {
		change(&p)
	}
	h.Provider(h.up, p)
	h.takes("COGNITO", "Up")
	return h
}

// takes says which providers the app lists.
func (h house) takes(names ...string) {
	h.Helper()
	h.Client(identity.Client{ID: "app", Name: "Notes", IdentityProviders: names}, webtest.Secret)
}

// vouched are the claims of a person with a verified address.
func vouched(subject, email string) map[string]any {
	return map[string]any{"sub": subject, "email": email, "email_verified": true, "name": "Ann"}
}

// signIn is a whole sign-in by way of Up.
func (h house) signIn(b *webtest.Browser, claims map[string]any) *webtest.Answer {
	h.Helper()
	out := b.Get(webtest.AuthorizeURL()).Follow("Continue with Up")
	return b.ComesBack(out.Approve(h.up, claims))
}

func (h house) user(name string) identity.User {
	h.Helper()
	u, err := h.Admin().User(h.Context(), webtest.PoolID, name)
	if err != nil {
		h.Fatal(err)
	}
	return u
}

func TestFirstSignInMakesTheAccountAndTheSecondFindsIt(t *testing.T) {
	h := withUp(t, nil)
	h.signIn(h.Browser(), vouched("s-1", ann)).Lands(webtest.Callback)
	first := h.user(ann)
	if first.Status != identity.ExternalProvider || first.Username != "Up_s-1" || first.Attributes["email_verified"] != "true" || first.Attributes["name"] != "Ann" {
		t.Fatalf("made %+v", first)
	}
	h.After(time.Minute)
	h.signIn(h.Browser(), vouched("s-1", ann)).Lands(webtest.Callback)
	if again := h.user(ann); again.ID != first.ID {
		t.Errorf("the second sign-in came to %s, the first to %s", again.ID, first.ID)
	}
}

func TestAKnownAddressIsLinkedOnceItsOwnerSignsIn(t *testing.T) {
	h := withUp(t, nil)
	h.User(ann)
	b := h.Browser()
	page := h.signIn(b, vouched("s-1", ann)).Is(http.StatusOK).At("/login/password")
	page.Says("You already have an account with " + ann + ". Sign in to it once to connect Up.").SaysNot("Not you?")
	page.Follow("Go back without connecting").At("/login").Says("Continue with Up")
	page.Submit("password", "wrong").Is(web.Unprocessable).Says("connect Up").Submit("password", webtest.Password).Lands(webtest.Callback)
	h.signIn(h.Browser(), vouched("s-1", ann)).Lands(webtest.Callback)
}

func TestGoingBackLinksNothing(t *testing.T) {
	h := withUp(t, nil)
	h.User(ann)
	b := h.Browser()
	h.signIn(b, vouched("s-1", ann)).Follow("Go back without connecting").Submit("username", ann, "password", webtest.Password).Lands(webtest.Callback)
	all, err := h.Admin().Identities(h.Context(), webtest.PoolID, ann)
	if err != nil || len(all) != 0 {
		t.Fatalf("%v, joined to %v", err, all)
	}
}

func TestAnUnverifiedAddressLeadsToNobodysAccount(t *testing.T) {
	h := withUp(t, nil)
	mine := h.User(ann)
	claims := vouched("s-1", ann)
	claims["email_verified"] = false
	h.signIn(h.Browser(), claims).Lands(webtest.Callback)
	if u := h.user("Up_s-1"); u.ID == mine.ID || u.Attributes["email"] != "" {
		t.Errorf("%+v", u)
	}
}

func TestAnotherClaimMappedToTheAddressIsNotVouchedFor(t *testing.T) {
	h := withUp(t, func(p *identity.IdentityProvider) {
		p.Mapping, p.TrustedDomains = map[string]string{"email": "upn", "email_verified": "email_verified"}, []string{"*"}
	})
	mine := h.User(ann)
	claims := vouched("s-1", "eve@example.test")
	claims["upn"] = ann
	h.signIn(h.Browser(), claims).Lands(webtest.Callback)
	if u := h.user("Up_s-1"); u.ID == mine.ID || u.Attributes["email"] != "" || u.Attributes["email_verified"] != "" {
		t.Errorf("%+v", u)
	}
}

func TestATrustedDomainLinksAtOnce(t *testing.T) {
	h := withUp(t, func(p *identity.IdentityProvider) { p.TrustedDomains = []string{"example.test"} })
	mine := h.User(ann)
	h.signIn(h.Browser(), vouched("s-1", ann)).Lands(webtest.Callback)
	all, err := h.Admin().Identities(h.Context(), webtest.PoolID, ann)
	if err != nil || len(all) != 1 || all[0].UserID != mine.ID {
		t.Fatalf("%v, %v", err, all)
	}
}

func TestComingBackWithoutSigningIn(t *testing.T) {
	h := withUp(t, nil)
	b := h.Browser()
	q := b.Get(webtest.AuthorizeURL()).Follow("Continue with Up").Lands(h.up.At("/authorize"))
	page := b.ComesBack(url.Values{"error": {"access_denied"}, "state": {q.Get("state")}}).At("/login")
	page.Says("You came back from Up without signing in.").Says("Sign in to Notes")
	b.Get("/login?notice=came_back&from=Evil").SaysNot("Evil")
}

func TestAProvidersErrorIsAPageWithAWayOnAndAnEvent(t *testing.T) {
	h := withUp(t, nil)
	b := h.Browser()
	h.up.Claims = func(claims map[string]any) { claims["aud"] = "somebody else" }
	page := h.signIn(b, vouched("s-1", ann)).Is(web.Unprocessable)
	page.Says("Signing in with Up did not work").Says("could not be confirmed").Says("Reference").SaysNot("aud").SaysNot("somebody else")
	page.Follow("Sign in another way").At("/login").Says("Continue with Up")
	h.up.Claims = nil
	b.ComesBack(page.Follow("Try again").Approve(h.up, vouched("s-1", ann))).Lands(webtest.Callback)
	events := h.events("sign_in_elsewhere")
	if len(events) != 1 || events[0].Reason != "invalid" || events[0].Detail["provider"] != "Up" || events[0].Detail["claim.email"] != ann || events[0].Detail["claim.nonce"] != "" {
		t.Errorf("%+v", events)
	}
}

func TestAnAccountWithoutAnAddressGoesByAName(t *testing.T) {
	h := withUp(t, nil)
	for subject, row := range map[string]struct{ name, shown string }{"1001": {"Ann Lee", "Ann Lee"}, "1002": {"", "Up"}} {
		b := h.Browser()
		h.signIn(b, map[string]any{"sub": subject, "name": row.name}).Lands(webtest.Callback)
		b.Get("/account/connections").Is(http.StatusOK).Says(row.shown).SaysNot("Up_" + subject)
	}
}
