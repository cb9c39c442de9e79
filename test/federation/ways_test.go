package federation

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/oauth2"

	"poolhouse.dev/test/kit"
)

// answered is a browser's address bar when the provider has answered, before
// the answer is taken: the redirect of the provider, kept from the server.
func (u up) answered(t *testing.T, c *kit.Client, provider, name string) (callback string) {
	t.Helper()
	page := c.Open(t, u.App.URL+"/start").Click(t, "Continue with "+provider)
	stop := c.WithoutRedirects()
	next, err := stop.Post(page.URL.String(), url.Values{"login": {name}, "do": {"go"}})
	for ; err == nil && next.Status/100 == 3; next, err = stop.Get(callback) {
		callback = u.to(t, next)
		if strings.HasPrefix(callback, u.URL) {
			return callback
		}
	}
	t.Fatalf("the provider does not answer: %v, %s", err, callback)
	return ""
}

func (u up) to(t *testing.T, p *kit.Page) string {
	t.Helper()
	to, err := p.URL.Parse(p.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return to.String()
}

func TestTheCallbackInAnotherBrowserSignsNobodyIn(t *testing.T) {
	u := open(t)
	eve := kit.NewClient()
	callback := u.answered(t, eve, "Google", "carl")
	b := u.browse(t)
	b.Open(t, callback)
	b.See(t, "This sign-in has ended", "Nothing has happened to your account")
	b.Open(t, u.URL+"/account")
	b.Field(t, "username") // nobody is signed in
	eve.Open(t, callback).Want(t, 200, "Hello, "+carl)
	eve.ForgetSession(t, u.URL)
	eve.Open(t, callback).Want(t, 422, "This sign-in has ended")
}

func TestAnAccountPickerAfterSigningOut(t *testing.T) {
	u := open(t)
	b := u.browse(t)
	u.begin(t, b, "Google")
	u.oidc.SignIn(t, b, "carl")
	u.arrives(t, b, carl)
	b.Open(t, u.URL+"/logout?client_id="+kit.WebClient+"&logout_uri="+url.QueryEscape(u.App.URL+"/"))
	b.See(t, "You are signed out.")
	u.begin(t, b, "Google")
	if asked := u.oidc.At(t, b); asked != "select_account" {
		t.Errorf("the provider is asked for %s", asked)
	}
	u.oidc.SignIn(t, b, "bob") // the next person
	u.arrives(t, b, bob)
	b.ForgetSession(t, u.URL)
	u.begin(t, b, "Google")
	u.arrives(t, b, bob) // the session there is enough again
	asked := u.oidc.Asked(t, "/auth")
	if len(asked) != 3 || asked[0].Params["prompt"] != "" || asked[1].Params["prompt"] != "select_account" || asked[2].Params["prompt"] != "" {
		t.Errorf("the provider was asked %+v", asked)
	}
}

func TestTwoTabsComeBackEachToItsOwn(t *testing.T) {
	u := open(t)
	b := u.browse(t)
	u.begin(t, b, "Corp")
	u.oidc.At(t, b)
	back := b.NewTab(t)
	u.begin(t, b, "Corp")
	u.oidc.SignIn(t, b, "bob")
	second := u.arrives(t, b, bob)
	back()
	u.oidc.SignIn(t, b, "bob")
	first := u.arrives(t, b, bob)
	if first.Query.Get("state") == second.Query.Get("state") {
		t.Error("both tabs brought the same request")
	}
}

func TestTwoTabsMayComeBackInTheOrderTheyLeft(t *testing.T) {
	u := open(t)
	b := u.browse(t)
	u.begin(t, b, "Google")
	u.oidc.At(t, b)
	change := b.NewTab(t)
	u.begin(t, b, "Corp")
	u.oidc.At(t, b)
	change()
	u.oidc.SignIn(t, b, "carl")
	first := u.arrives(t, b, carl)
	change()
	u.oidc.SignIn(t, b, "bob")
	second := u.arrives(t, b, bob)
	if first.Query.Get("state") == second.Query.Get("state") || first.ID.Subject == second.ID.Subject {
		t.Errorf("the tabs brought %v and %v", first.Query, second.Query)
	}
}

func TestIdentityProviderLeadsStraightThrough(t *testing.T) {
	u := open(t)
	for _, straight := range []struct{ name, value, client string }{
		{"identity_provider", "Google", "by-secret"}, {"idp_identifier", "corp.test", "by-key"},
	} {
		b := u.browse(t)
		to, err := u.App.Begin(oauth2.SetAuthURLParam(straight.name, straight.value), oauth2.SetAuthURLParam("login_hint", carl))
		if err != nil {
			t.Fatal(err)
		}
		b.Open(t, to)
		u.oidc.SignIn(t, b, "carl")
		b.See(t, "carl@gmail.com") // the app, or the page that links the account of the first row
		asked := u.oidc.Asked(t, "/auth")
		if last := asked[len(asked)-1].Params; last["client_id"] != straight.client || last["login_hint"] != carl {
			t.Errorf("%s: the provider was asked %v", straight.name, last)
		}
	}
}

func TestTheDomainOfATypedAddressLeadsToItsProvider(t *testing.T) {
	u := open(t)
	b := u.browse(t)
	b.Open(t, u.App.URL+"/start")
	b.Enter(t, "username", "Bob@Corp.test")
	u.oidc.SignIn(t, b, "bob")
	u.arrives(t, b, bob)
	if hint := u.oidc.Asked(t, "/auth")[0].Params["login_hint"]; !strings.EqualFold(hint, bob) {
		t.Errorf("the provider was given %q", hint)
	}
	b.Forget(t)
	b.Open(t, u.App.URL+"/start")
	b.Enter(t, "username", ann) // of another domain
	b.Enter(t, "password", kit.AnnPassword)
	u.arrives(t, b, ann)
}

func TestAnAddressNobodyVouchesForOpensNothing(t *testing.T) {
	u := open(t, change("Corp", kit.Map{"trusted_email_domains": kit.List{"*"}}))
	u.oidc.Accounts["ann"].(kit.Map)["email_verified"] = false
	u.oidc.Kill()
	u.oidc.Run(t)
	hers := u.subject(t, ann)
	b := u.browse(t)
	u.begin(t, b, "Corp")
	u.oidc.SignIn(t, b, "ann")
	b.See(t, "Hello, ")
	if got := u.App.Last(t); got.ID.Subject == hers || got.Claims["email"] != nil {
		t.Errorf("the app is told %v, Ann is %s", got.Claims, hers)
	}
}

func TestConnectAndDisconnectOnTheAccount(t *testing.T) {
	u := open(t)
	hers := u.subject(t, ann)
	b := u.browse(t)
	b.Open(t, u.URL+"/account/connections")
	b.Enter(t, "username", ann)
	b.Enter(t, "password", kit.AnnPassword)
	b.See(t, "Nothing is connected yet.")
	b.Do(t, chromedp.Click(chromedp.CSS(`form:has(input[value="Google"]) button`)))
	u.oidc.SignIn(t, b, "carl") // her account there has another address
	b.See(t, "It is connected.", carl)
	if got := u.whoever(t, "Google", "carl").ID.Subject; got != hers {
		t.Errorf("the connected identity signs in %s, Ann is %s", got, hers)
	}
	b.Press(t, "Disconnect")
	b.See(t, "It is disconnected", "Nothing is connected yet.")
	if got := u.whoever(t, "Google", "carl").ID.Subject; got == hers {
		t.Error("the disconnected identity signs in Ann")
	}
}

// whoever is signIn where the address that the app is told is not the provider's.
func (u up) whoever(t *testing.T, provider, name string) kit.Arrival {
	t.Helper()
	b := u.browse(t)
	u.begin(t, b, provider)
	u.oidc.SignIn(t, b, name)
	b.See(t, "Hello, ")
	return u.App.Last(t)
}

func TestTheLastWayInCannotBeDisconnected(t *testing.T) {
	u := open(t)
	b := u.browse(t)
	u.begin(t, b, "Google")
	u.oidc.SignIn(t, b, "carl")
	u.arrives(t, b, carl)
	b.Open(t, u.URL+"/account/connections")
	b.See(t, "Google", carl)
	if !b.Shows(t, `main button[type="button"][disabled]`) || b.Shows(t, `form[action*="/disconnect"]`) {
		t.Errorf("the only way in can be disconnected:\n%s", b.Text(t))
	}
}
