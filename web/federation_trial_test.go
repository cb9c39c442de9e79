package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

const trialPage = web.TrialPath

// testLink is what an administrator is given for a provider.
func (h house) testLink(name string) string {
	h.Helper()
	settings := identity.Settings{Core: h.Core}
	link, _, err := settings.NewProviderTrial(identity.WithActor(h.Context(), "cli"), webtest.PoolID, name)
	if err != nil {
		h.Fatal(err)
	}
	return trialPage + "?link=" + link
}

// begins presses the button of a test and answers where that leads.
func (h house) begins(page *webtest.Answer) string {
	h.Helper()
	to, ok := strings.CutPrefix(page.Press(trialPage).Is(http.StatusOK).Header.Get("Refresh"), "0; url=")
	if !ok {
		h.Fatal("the button leads nowhere")
	}
	return to
}

// tries is a whole test of Up by somebody with these claims.
func (h house) tries(b *webtest.Browser, page *webtest.Answer, claims map[string]any) *webtest.Answer {
	h.Helper()
	return b.ComesBack(h.approves(h.begins(page), claims))
}

func (h house) approves(target string, claims map[string]any) url.Values {
	h.Helper()
	h.up.UserInfo = map[string]any{"sub": claims["sub"]}
	return h.up.Approve(target, claims)
}

// records answers what the store holds, but for what a test may leave.
func (h house) records() map[string]string {
	h.Helper()
	all := map[string]string{}
	err := h.Core.Store.View(h.Context(), func(r storage.Reader) error {
		for from := storage.Key(nil); ; {
			page, err := r.Scan(storage.Range{Start: from})
			for _, e := range page {
				if from = append(slices.Clone(e.Key), 0); !strings.Contains(string(e.Key), "audit") && !strings.Contains(string(e.Key), "trial_link") && !strings.Contains(string(e.Key), "spent") {
					all[string(e.Key)] = string(e.Value)
				}
			}
			if err != nil || len(page) == 0 {
				return err
			}
		}
	})
	if err != nil {
		h.Fatal(err)
	}
	return all
}

// rows answers the page's tables and lists of facts by their names.
func rows(page *webtest.Answer) map[string]string {
	all := map[string]string{}
	page.Doc.Find("main tr, main dl > div").Each(func(_ int, s *goquery.Selection) {
		var parts []string
		s.Find("td, dd").Contents().Each(func(_ int, part *goquery.Selection) { parts = append(parts, part.Text()) })
		heading := s.Closest("section").Find("h2").Text()
		all[heading+"/"+s.Find("th, dt").Text()] = strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
	})
	return all
}

// tells fails unless the page says so under these headings.
func (h house) tells(page *webtest.Answer, want map[string]string) {
	h.Helper()
	got := rows(page)
	for name, text := range want {
		if got[name] != text {
			h.Errorf("%s is %q, want %q", name, got[name], text)
		}
	}
}

func TestATestShowsTheClaimsAndTheMappedUserAndKeepsNothing(t *testing.T) {
	h := withUp(t, func(p *identity.IdentityProvider) {
		p.Mapping = map[string]string{"email": "email", "name": "name", "phone_number": "tel", "nickname": "missing", "birthdate": "born", "website": "odd"}
	})
	h.takes("COGNITO") // no app needs to take it
	before := h.records()
	b := h.Browser()
	page := b.Get(h.testLink("Up")).At(trialPage).Says("Test sign-in with Up").Says("Nobody is signed in, and nothing is kept").SaysNot("switched off")
	if page.URL.Query().Has("link") {
		t.Error("the link stands in the address bar")
	}
	claims := vouched("s-1", ann)
	maps.Copy(claims, map[string]any{
		"tel": "+4930123", "born": "yesterday", "odd": map[string]any{"deep": 1}, "address": map[string]any{"country": "DE"}, "groups": []string{"staff", "cooks"},
		"client_secret": "do-not-show", "safe": map[string]any{"refresh_token": "nor-this"}, "sid": "their-session",
	})
	page = h.tries(b, page, claims).Is(http.StatusOK).Has("Cache-Control", "no-store")
	page.Says("On a real sign-in they get a new account, with the address confirmed").Says("Nobody is signed in, and nothing was kept")
	h.tells(page, map[string]string{
		"The account as it would stand/Username": "Up_s-1", "The account as it would stand/Status": "EXTERNAL_PROVIDER", "The account as it would stand/Address": ann,
		"What Up answered/Subject": "s-1", "What Up answered/Session there": "their-session", "What Up answered/Issuer": h.up.Issuer,
		"What Up answered/Address": "Up vouches for it", "What Up answered/Tokens": "received, hidden: access_token, id_token, refresh_token",
		"Everything that Up said/address.country": "DE", "Everything that Up said/groups": "staff cooks", "Everything that Up said/odd.deep": "1",
		"Everything that Up said/client_secret": "hidden", "Everything that Up said/safe.refresh_token": "hidden", "Everything that Up said/nonce": "hidden",
		"Attributes taken over/email": ann + " from email Kept", "Attributes taken over/nickname": "from missing Not said",
		"Attributes taken over/phone_number": "+4930123 from tel Not kept Nobody has proven the number.",
		"Attributes taken over/birthdate":    "yesterday from born Not kept The pool does not take this value. it must be a date such as 2001-12-31",
		"Attributes taken over/website":      "from odd Not kept It could not be read. is neither text nor a list of texts there",
	})
	page.SaysNot("do-not-show").SaysNot("nor-this")
	h.nobody(b)
	if left := h.records(); !maps.Equal(before, left) {
		t.Errorf("a test left something behind: %d records before, %d after", len(before), len(left))
	}
	events := h.events("test_identity_provider")
	if len(events) != 1 || events[0].Outcome != "ok" || events[0].Detail["outcome"] != "new" || events[0].Detail["actor"] != "cli" {
		t.Errorf("%+v", events)
	}
	for name := range b.Cookies() {
		if name != "__Host-ph_trip" && name != "__Host-ph_flow" {
			t.Errorf("the test leaves the cookie %s", name)
		}
	}
	h.tries(b, page, vouched("s-2", "bob@example.test")).Says("Up_s-2") // "Test again"
}

func TestATestOfAProviderThatIsSwitchedOff(t *testing.T) {
	h := withUp(t, func(p *identity.IdentityProvider) { p.Disabled = true })
	h.User(ann)
	b := h.Browser()
	page := b.Get(h.testLink("Up")).Says("Up is switched off")
	h.tries(b, page, vouched("s-1", ann)).Is(http.StatusOK).Says("Up is switched off. This would happen if it were on").Says("asked to sign in to " + ann)
	h.nobody(b)
}

func TestATestThatFailsSaysWhy(t *testing.T) {
	h := withUp(t, nil)
	b := h.Browser()
	page := b.Get(h.testLink("Up"))
	h.up.Claims = func(claims map[string]any) { claims["aud"] = "somebody else" }
	page = h.tries(b, page, vouched("s-1", ann)).Is(web.Unprocessable).Says("What Up sent back could not be confirmed")
	page.Says("This is not confirmed")
	h.tells(page, map[string]string{"What failed/Kind": "invalid", "Everything that Up said/aud": "somebody else", "Everything that Up said/nonce": "hidden"})
	h.up.Claims = nil
	page = h.tries(b, page, vouched("s-1", ann)).Is(http.StatusOK)
	back := url.Values{"error": {"access_denied"}, "error_description": {"no thank you"}}
	target, err := url.Parse(h.begins(page))
	if err != nil {
		t.Fatal(err)
	}
	back.Set("state", target.Query().Get("state"))
	page = b.ComesBack(back).Is(web.Unprocessable).Says("You came back from Up without signing in there").Says("access_denied")
	h.Provider(nil, identity.IdentityProvider{Name: "Up", Details: map[string]string{"client_id": "c", "client_secret": "s", "oidc_issuer": "https://203.0.113.9:1"}})
	page.Press(trialPage).Is(web.Unprocessable).Says("Up is not set up right").Says("Test again")
	if all := h.events("sign_in_elsewhere"); len(all) != 0 {
		t.Errorf("a test counts as a sign-in: %+v", all)
	}
	h.nobody(b)
}

func TestATestAtASAMLProvider(t *testing.T) {
	h, idp := withIDP(t, nil)
	b := h.Browser()
	target, err := url.Parse(h.begins(b.Get(h.testLink("Corp"))))
	if err != nil {
		t.Fatal(err)
	}
	id, _ := idp.Asked(target.Query(), "SAMLRequest")
	form := idp.Says(id, "ann-1", ann, target.Query().Get("RelayState"))
	page := b.Post(consumer+"?hop=1", form).Is(http.StatusOK).Says("Test sign-in with Corp").Says("a new account without an address")
	h.tells(page, map[string]string{
		"What Corp answered/Subject": "ann-1", "What Corp answered/Session there": "session-1", "What Corp answered/Issuer": webtest.IDPURL,
		"What Corp answered/Tokens": "none", "What Corp answered/Valid until": "3 May 2026, 12:07 UTC", "Everything that Corp said/NameID": "ann-1",
		"Everything that Corp said/mail": ann, "Attributes taken over/email": ann + " from mail Not kept Corp does not vouch for the address.",
	})
	h.nobody(b)
	if b.Cookies()["__Host-ph_elsewhere"] != "" {
		t.Error("a login is kept for a sign-out")
	}
	b.Post(consumer+"?hop=1", form).Is(web.Unprocessable).Says("This sign-in has ended")
}

func TestATestSaysWhenTheAccountIsKnown(t *testing.T) {
	h := withUp(t, nil)
	h.signIn(h.Browser(), vouched("s-1", ann)).Lands(webtest.Callback)
	b := h.Browser()
	h.tries(b, b.Get(h.testLink("Up")), vouched("s-1", "new@example.test")).Says("they are in: new@example.test is connected to this account at Up")
	if h.user(ann).Attributes["email"] != ann {
		t.Error("the test has changed the address")
	}
}

func TestAttackTestLinkTwice(t *testing.T) {
	h := withUp(t, nil)
	b, path := h.Browser(), h.testLink("Up")
	first, second := b.Get(path), h.Browser().Get(path) // opening spends nothing
	h.begins(first)
	second.Press(trialPage).Is(http.StatusGone).Says("This test link is over").Says("poolhouse idp test NAME")
	b.Get(path).Is(http.StatusGone)
	late := h.testLink("Up")
	h.After(10 * time.Minute)
	b.Get(late).Is(http.StatusGone)
	for _, odd := range []string{"", "?link=", "?link=nonsense", "?link=%00", "?link=" + strings.Repeat("a", 400)} {
		h.Browser().Get(trialPage + odd).Is(http.StatusGone)
	}
}

func TestAttackTestLinkOfAnotherPool(t *testing.T) {
	h := withUp(t, nil)
	h.Pool(identity.Pool{ID: "local_second", Name: "Second"})
	b := h.Browser()
	b.Get("/local_second" + h.testLink("Up")).Is(http.StatusGone).SaysNot("Up")
}

func TestAttackResultOfATestInAnotherBrowser(t *testing.T) {
	h := withUp(t, nil)
	b, eve := h.Browser(), h.Browser()
	values := h.approves(h.begins(b.Get(h.testLink("Up"))), vouched("s-1", ann))
	eve.Get(webtest.AuthorizeURL()).Follow("Continue with Up") // has a trip of its own
	eve.ComesBack(values).Is(web.Unprocessable).Says("This sign-in has ended").SaysNot(ann)
	page := b.ComesBack(values).Is(http.StatusOK)
	b.ComesBack(values).Is(web.Unprocessable).SaysNot(ann)
	fields, _ := page.Form("link")
	eve.Get(trialPage + "?link=" + fields.Get("link")).Is(http.StatusGone) // "Test again" is this browser's
}

// Whoever signs in as everybody does never sees the page of a test, and a test
// never signs in, whatever the address says.
func TestAttackTripsOfTwoKinds(t *testing.T) {
	h := withUp(t, nil)
	b := h.Browser()
	normal := b.Get(webtest.AuthorizeURL()).Follow("Continue with Up").Approve(h.up, vouched("s-1", ann))
	values := h.approves(h.begins(b.Get(h.testLink("Up"))), vouched("s-2", "bob@example.test"))
	mixed := maps.Clone(normal)
	mixed.Set("state", values.Get("state"))
	b.ComesBack(mixed).Is(web.Unprocessable).SaysNot(ann)
	h.nobody(b)
	normal = b.Get(webtest.AuthorizeURL()).Follow("Continue with Up").Approve(h.up, vouched("s-1", ann))
	normal.Set("test", "1")
	b.ComesBack(normal).Lands(webtest.Callback)
	h.signIn(h.Browser(), vouched("s-1", ann)).Lands(webtest.Callback)
}

func TestAttackScriptInClaims(t *testing.T) {
	h := withUp(t, nil)
	b := h.Browser()
	const evil = `"><script src=https://evil.example/x.js></script><img src=https://evil.example/y>`
	claims := vouched("s-1", ann)
	claims["name"], claims[evil], claims["picture"], claims["nest"] = evil, "x", "javascript:alert(1)", []any{map[string]any{evil: evil}}
	page := h.tries(b, b.Get(h.testLink("Up")), claims).Is(http.StatusOK)
	if n := page.Doc.Find(`[src*="evil"], [href*="evil"], [href^="javascript"], main script, main img`).Length(); n != 0 {
		t.Errorf("%d elements are the provider's", n)
	}
	page.Says(evil)
}
