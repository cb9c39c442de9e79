package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// withTwo is a house with two providers, Up and Second, of which Second made ann's
// account.
func withTwo(t *testing.T) (house, *federationtest.Upstream) {
	t.Helper()
	h := withUp(t, nil)
	second := h.Upstream()
	h.Provider(second, identity.IdentityProvider{Name: "Second"})
	h.takes("COGNITO", "Up", "Second")
	b := h.Browser()
	b.ComesBack(b.Get(webtest.AuthorizeURL()).Follow("Continue with Second").Approve(second, vouched("second-1", ann))).Lands(webtest.Callback)
	return h, second
}

func (h house) joinedTo(name string, want int) {
	h.Helper()
	all, err := h.Admin().Identities(h.Context(), webtest.PoolID, name)
	if err != nil || len(all) != want {
		h.Errorf("%s is joined to %+v, %v; want %d", name, all, err, want)
	}
}

func TestTheOwnerProvesThemselvesByTheProviderThatMadeTheAccount(t *testing.T) {
	h, second := withTwo(t)
	b := h.Browser()
	page := h.signIn(b, vouched("s-1", ann)).Is(http.StatusOK).Says("You already have an account with " + ann).SaysNot("Continue with Up")
	out := page.Follow("Continue with Second")
	if got := out.Lands(second.At("/authorize")).Get("login_hint"); got != ann {
		t.Errorf("login_hint=%q", got)
	}
	b.ComesBack(out.Approve(second, vouched("second-1", ann))).Lands(webtest.Callback)
	h.joinedTo(ann, 2)
	h.signIn(h.Browser(), vouched("s-1", ann)).Lands(webtest.Callback)
}

// Where no message resets a password, who has none is not asked for it: they could
// only fail.
func TestTheOwnerWithNothingElseIsShownTheirProviderAlone(t *testing.T) {
	h, second := withTwo(t)
	h.Pool(identity.Pool{
		ID: webtest.PoolID, Name: "Notes", UsernameAttributes: []string{"email"},
		AccountRecovery: identity.AccountRecovery{RecoveryMechanisms: []identity.RecoveryMechanism{{Name: "admin_only", Priority: 1}}},
	})
	b := h.Browser()
	page := h.signIn(b, vouched("s-1", ann)).Is(http.StatusOK).Says("You already have an account with " + ann).SaysNot(`name="password"`).SaysNot("Forgot")
	if strings.Contains(page.Body, `<p class="hint">or</p>`) {
		t.Error("an only way stands behind a word between two")
	}
	b.ComesBack(page.Follow("Continue with Second").Approve(second, vouched("second-1", ann))).Lands(webtest.Callback)
	h.joinedTo(ann, 2)
}

func TestAttackProofBySomebodyElseAtTheProvider(t *testing.T) {
	h, second := withTwo(t)
	b := h.Browser()
	page := h.signIn(b, vouched("s-1", ann))
	other := b.ComesBack(page.Follow("Continue with Second").Approve(second, vouched("second-2", "eve@example.test"))).Is(web.Unprocessable)
	other.Says("not the one that your account here is connected to").SaysNot("eve@example.test")
	h.joinedTo(ann, 1)
	h.nobody(b)
	other.Follow("Sign in another way").Says("You already have an account with " + ann)
	b.ComesBack(other.Follow("Try again").Approve(second, vouched("second-1", ann))).Lands(webtest.Callback)
	h.joinedTo(ann, 2)
}

func TestTurningBackFromProofLeadsToTheStep(t *testing.T) {
	h, second := withTwo(t)
	b := h.Browser()
	out := h.signIn(b, vouched("s-1", ann)).Follow("Continue with Second")
	state := out.Lands(second.At("/authorize")).Get("state")
	back := b.ComesBack(url.Values{"error": {"access_denied"}, "state": {state}})
	back.Says("You already have an account with " + ann).Says("Continue with Second")
}

func TestAttackTheAttemptOfAnotherBrowserIsProven(t *testing.T) {
	h, second := withTwo(t)
	eve, b := h.Browser(), h.Browser()
	page := h.signIn(eve, vouched("eve", ann)) // a provider that is lax about addresses
	away := regexp.MustCompile(`/login/provider\?[^"]*attempt=[^"]*`).FindString(page.Body)
	b.ComesBack(b.Get(html.UnescapeString(away)).Approve(second, vouched("second-1", ann))).Is(web.Unprocessable).Says("This sign-in has ended")
	h.joinedTo(ann, 1)
	eve.Get(page.URL.RequestURI()).Says("You already have an account with " + ann)
}
