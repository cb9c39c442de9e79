package federation

import (
	"net/url"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"poolhouse.dev/test/kit"
)

// asks begins a sign-in of the app with prompt=login.
func asks(t *testing.T, b *kit.Browser, s *kit.Server, provider string) {
	t.Helper()
	to, err := s.App.Begin(oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "600"))
	if err != nil {
		t.Fatal(err)
	}
	b.Open(t, to)
	b.Press(t, "Continue with "+provider)
}

// authTime is when the app is told that the person signed in.
func authTime(t *testing.T, a kit.Arrival) time.Time {
	t.Helper()
	seconds, ok := a.Claims["auth_time"].(float64)
	if !ok {
		t.Fatalf("auth_time is %v", a.Claims["auth_time"])
	}
	return time.Unix(int64(seconds), 0)
}

func TestANewSignInIsAskedForAtTheOpenIDProvider(t *testing.T) {
	u := open(t)
	b := u.browse(t)
	u.begin(t, b, "Corp")
	u.oidc.SignIn(t, b, "bob")
	first := u.arrives(t, b, bob)
	began := time.Now()
	asks(t, b, u.Server, "Corp")
	if asked := u.oidc.At(t, b); asked != "login" { // the session there is not enough
		t.Errorf("the provider is asked for %s", asked)
	}
	asked := u.oidc.Asked(t, "/auth")
	if p := asked[len(asked)-1].Params; p["prompt"] != "login" || p["max_age"] != "0" {
		t.Errorf("the provider was asked %v", p)
	}
	u.oidc.SignIn(t, b, "bob")
	second := u.arrives(t, b, bob)
	if at := authTime(t, second); at.Before(began.Truncate(time.Second)) || first.ID.Subject != second.ID.Subject {
		t.Errorf("the app is told %v, the new sign-in began at %v", at, began)
	}
}

// Whoever finds the browser unlocked can take the wish out of the address.
func TestANewSignInCannotBeTakenOutOfTheAddress(t *testing.T) {
	u := open(t)
	b := u.browse(t)
	u.begin(t, b, "Corp")
	u.oidc.SignIn(t, b, "bob")
	u.arrives(t, b, bob)
	asks(t, b, u.Server, "Corp")
	u.oidc.At(t, b)
	asked := u.oidc.Asked(t, "/auth")
	query := url.Values{}
	for name, value := range asked[len(asked)-1].Params {
		if name != "prompt" && name != "max_age" {
			query.Set(name, value)
		}
	}
	b.Open(t, u.oidc.URL+"/auth?"+query.Encode())
	b.See(t, "A new sign-in is needed here")
	if n := len(u.App.Arrivals()); n != 1 {
		t.Errorf("the app was reached %d times", n)
	}
	b.Press(t, "Try again")
	u.oidc.SignIn(t, b, "bob")
	u.arrives(t, b, bob)
}

func TestANewSignInIsForcedAtTheSAMLProvider(t *testing.T) {
	w := openSAML(t, kit.NewSimpleSAML(t, kit.SAMLOptions{}), nil)
	b := w.browse(t)
	first := w.signIn(t, b, "bob", bob)
	b.ForgetSession(t, w.URL)
	w.begin(t, b)
	b.See(t, "Hello, "+bob) // without the wish the session there is enough
	began := time.Now()
	asks(t, b, w.Server, "Works")
	w.saml.SignIn(t, b, "bob") // ForceAuthn
	b.See(t, "Hello, "+bob)
	second := w.App.Last(t)
	if at := authTime(t, second); at.Before(began.Truncate(time.Second)) || first.ID.Subject != second.ID.Subject || len(w.App.Arrivals()) != 3 {
		t.Errorf("the app is told %v, the new sign-in began at %v", at, began)
	}
}
