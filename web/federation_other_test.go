package web_test

import (
	"net/http"
	"strings"
	"testing"

	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

const operator = "op@corp.example.test"

// withCorp is a house whose provider Up has the mail domain corp.example.test.
func withCorp(t *testing.T, down bool) house {
	t.Helper()
	return withUp(t, func(p *identity.IdentityProvider) {
		p.Identifiers = []string{"corp.example.test"}
		if down {
			p.Details = map[string]string{"client_id": "c", "client_secret": "s", "oidc_issuer": "http://127.0.0.1:9"}
		}
	})
}

func TestAnAddressOfAProviderThatIsDownHasAnotherWayIn(t *testing.T) {
	h := withCorp(t, true)
	h.User(operator)
	b := h.Browser()
	failed := b.Get(webtest.AuthorizeURL()).Submit("username", operator).Is(web.Unprocessable).Says("does not answer at the moment")
	page := failed.Follow("Sign in another way").At("/login").Says("Continue with Up")
	if name, _ := page.Doc.Find("input[name=username]").Attr("value"); name != operator {
		t.Errorf("the name is asked for again, the field holds %q", name)
	}
	page.Submit("password", "wrong").Is(web.Unprocessable).Submit("password", webtest.Password).Lands(webtest.Callback)
	again := b.Get(webtest.AuthorizeURL("prompt", "login")).Submit("username", operator)
	again.Is(web.Unprocessable).Says("does not answer") // it was for that attempt alone
}

func TestThePageThatLeadsToAProviderHasAnotherWay(t *testing.T) {
	h := withCorp(t, false)
	h.User(operator)
	hop := h.Browser().Get(webtest.AuthorizeURL()).Submit("username", operator).Is(http.StatusOK).Says("On to Up")
	hop.Follow("Sign in another way").At("/login").Submit("password", webtest.Password).Lands(webtest.Callback)

	saml, idp := withIDP(t, map[string]string{"RequestBinding": "post"})
	byPost := strings.ReplaceAll(idp.Metadata(), "bindings:HTTP-Redirect", "bindings:HTTP-POST")
	saml.Provider(nil, identity.IdentityProvider{Name: "Corp", Type: "SAML", Details: map[string]string{"MetadataFile": byPost, "RequestBinding": "post"}})
	b := saml.Browser()
	page := b.Get(webtest.AuthorizeURL()).Follow("Continue with Corp").Is(http.StatusOK).Follow("Sign in another way").At("/login")
	if page.URL.Query().Get("request") == "" {
		t.Error("the way back to the app is lost")
	}
}

// Whoever comes back on their own is led on by their name's domain no more.
func TestWhoTurnedBackIsNotSentThereAgain(t *testing.T) {
	h := withCorp(t, false)
	h.User(operator)
	b := h.Browser()
	hop := b.Get(webtest.AuthorizeURL()).Submit("username", operator)
	q := federationtest.Query(t, strings.TrimPrefix(hop.Header.Get("Refresh"), "0; url="))
	page := b.Get("/oauth2/idpresponse?error=access_denied&state=" + q.Get("state")).At("/login").Says("You came back from Up")
	page.Submit("username", operator, "password", webtest.Password).Lands(webtest.Callback)
}

// Nothing tells whose name it is: not the page, nor what follows it.
func TestAttackEnumerationByTheOtherWay(t *testing.T) {
	h := withCorp(t, true)
	h.User(operator)
	h.User(ann)
	var texts []string
	for _, name := range []string{operator, "nobody@corp.example.test", ann, "nobody@example.test"} {
		page := h.Browser().Get("/login?from=Up").Submit("username", name, "password", "wrong").Is(web.Unprocessable)
		texts = append(texts, strings.ReplaceAll(page.Text(), name, "{name}"))
	}
	for _, text := range texts {
		if text != texts[0] {
			t.Errorf("one says\n%s\nanother\n%s", texts[0], text)
		}
	}
}

func TestAttackTheOtherWayAroundAClientOfTheProviderAlone(t *testing.T) {
	h := withCorp(t, true)
	h.takes("Up")
	h.User(operator)
	b := h.Browser()
	page := b.Get(webtest.AuthorizeURL()).Is(web.Unprocessable).Says("does not answer at the moment").SaysNot("Sign in another way")
	to, _ := page.Doc.Find("main a.button").Attr("href")
	login := b.Get("/login?from=Up&" + to[strings.Index(to, "request="):]).At("/login")
	if login.Doc.Find("main form input[name=username]").Length() != 0 {
		t.Fatal("the page asks for a name")
	}
	own := b.Get("/login").Doc.Find("input[name=csrf]").AttrOr("value", "")
	b.Post("/login?from=Up", map[string][]string{"csrf": {own}, "request": {login.URL.Query().Get("request")}, "username": {operator}, "password": {webtest.Password}}).At("/login")
	h.nobody(b)
}

func TestTheOtherWayMayBeAnotherProvider(t *testing.T) {
	h := withCorp(t, true)
	h.User(operator)
	second := h.Upstream()
	h.Provider(second, identity.IdentityProvider{Name: "Second", Identifiers: []string{"second.example.test"}})
	h.takes("Up", "Second")
	page := h.Browser().Get(webtest.AuthorizeURL("identity_provider", "Up")).Is(web.Unprocessable)
	page.Follow("Sign in another way").At("/login").Follow("Continue with Second").Lands(second.At("/authorize"))

	h.takes("COGNITO", "Up", "Second")
	b := h.Browser()
	page = b.Get(webtest.AuthorizeURL()).Submit("username", operator).Follow("Sign in another way")
	if page.Doc.Find("input[name=password]").Length() != 0 {
		t.Error("the password is asked for before the name that may lead elsewhere")
	}
	page.Submit("username", "x@second.example.test").Is(http.StatusOK).Says("On to Second")
	page.Submit("username", operator).At("/login/password").Submit("password", webtest.Password).Lands(webtest.Callback)
	h.Browser().Get("/login?from=Evil").Submit("username", operator).Is(web.Unprocessable) // no name of a provider
}

// The script takes what is here to say which way in was used last.
func TestAFailedTripIsNotTheLastWayIn(t *testing.T) {
	h := withCorp(t, true)
	page := h.Browser().Get(webtest.AuthorizeURL()).Follow("Continue with Up").Is(web.Unprocessable)
	if page.Doc.Find(`.actions[data-turned="idp:Up"] a[data-way="idp:Up"]`).Length() != 1 {
		t.Errorf("the failure does not say what failed: %s", page.Body)
	}
	if page.Follow("Sign in another way").Doc.Find(`[data-turned="idp:Up"]`).Length() != 1 {
		t.Error("the way that failed counts as used")
	}
}
