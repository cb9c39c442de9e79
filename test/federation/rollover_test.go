package federation

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"poolhouse.dev/test/kit"
)

func TestSAMLGoesOnWhileTheProviderChangesItsCertificate(t *testing.T) {
	w := openSAML(t, kit.NewSimpleSAML(t, kit.SAMLOptions{}), nil)
	first := w.signIn(t, w.browse(t), "bob", bob)
	w.saml.PublishNext(t)
	w.signIn(t, w.browse(t), "bob", bob)
	w.saml.Roll(t)
	if last := w.signIn(t, w.browse(t), "bob", bob); last.ID.Subject != first.ID.Subject {
		t.Errorf("after the roll-over it is %s, it was %s", last.ID.Subject, first.ID.Subject)
	}
	w.Server.Kill()
	w.saml.Kill() // and its metadata with it
	w.Server.Run(t)
	b := w.browse(t)
	b.Open(t, w.App.URL+"/start")
	b.Press(t, "Continue with Works") // it knows where to go
	if got := b.Location(t); got == w.URL {
		t.Errorf("stays at %s", got)
	}
}

// The metadata is remembered over a restart, with the certificate that signs, so
// that the provider's answers still hold while the place of it is down.
func TestAWholeSignInAfterARestartWithoutTheMetadata(t *testing.T) {
	saml := kit.NewSimpleSAML(t, kit.SAMLOptions{Encrypt: true, SignResponse: true})
	place := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		io.WriteString(out, kit.NewClient().Open(t, saml.MetadataURL()).Body)
	}))
	defer place.Close()
	w := openSAML(t, saml, kit.Map{"MetadataURL": place.URL, "EncryptedResponses": "true"})
	first := w.signIn(t, w.browse(t), "bob", bob)
	w.Server.Kill()
	place.Close()
	w.Server.Run(t)
	if last := w.signIn(t, w.browse(t), "bob", bob); last.ID.Subject != first.ID.Subject {
		t.Errorf("after the restart it is %s, it was %s", last.ID.Subject, first.ID.Subject)
	}
}

func TestOpenIDGoesOnWhileTheProviderChangesItsKeys(t *testing.T) {
	u := open(t)
	first := u.signIn(t, "Corp", "bob", bob)
	u.oidc.Kill()
	u.oidc.Run(t) // it makes its keys anew
	if last := u.signIn(t, "Corp", "bob", bob); last.ID.Subject != first.ID.Subject {
		t.Errorf("with new keys it is %s, it was %s", last.ID.Subject, first.ID.Subject)
	}
}

// A provider that is behind issues tokens that hold for less; one that is ahead
// issues them in our future.
func TestAProviderWithAWrongClock(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"five minutes ahead": 5 * time.Minute, "five minutes behind": -5 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			u := prepare(t)
			u.oidc.InIDToken, u.oidc.ClockAhead = true, ahead
			u.oidc.Run(t)
			u.Server.Run(t)
			if ahead < 0 {
				u.signIn(t, "Google", "carl", carl)
				return
			}
			b := u.browse(t)
			u.begin(t, b, "Google")
			u.oidc.SignIn(t, b, "carl")
			b.See(t, "Signing in with Google did not work", "could not be confirmed")
			if log := u.Log(); !strings.Contains(log, "a sign-in at a provider failed") || !strings.Contains(log, "future") {
				t.Error("the log does not tell of the clock")
			}
		})
	}
}

// The provider's logout is brought by the browser that signed in there last; the
// session in question is in another's cookies.
func TestSigningOutThereSignsOutASessionThatTheBrowserHasNoCookieOf(t *testing.T) {
	w := openSAML(t, kit.NewSimpleSAML(t, kit.SAMLOptions{}), kit.Map{"IDPSignout": "true"})
	b := w.browse(t)
	w.signIn(t, b, "bob", bob)
	session := b.Cookies(t, w.URL)
	b.ForgetSession(t, w.URL)
	b.Open(t, w.saml.URL+"/saml2/idp/initSLO.php?RelayState="+url.QueryEscape(w.saml.URL+"/logout.php"))
	b.See(t, "You have been logged out")
	other := kit.NewClient()
	at, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	other.HTTP.Jar.SetCookies(at, session)
	other.Open(t, w.URL+"/account").Want(t, 200, "Continue with Works")
}

func TestSigningOutHereSignsOutAtTheOpenIDProvider(t *testing.T) {
	u := prepare(t, func(m kit.Map) {
		for _, p := range kit.PoolOf(m)["identity_providers"].(kit.List) {
			if p := p.(kit.Map); p["provider_name"] == "Corp" {
				p["provider_details"].(kit.Map)["IDPSignout"] = "true"
			}
		}
	})
	u.oidc.InIDToken = true
	for _, c := range u.oidc.Clients {
		c.(kit.Map)["post_logout_redirect_uris"] = kit.List{u.URL + "/oauth2/idplogout"}
	}
	u.oidc.Run(t)
	u.Server.Run(t)
	b := u.browse(t)
	u.begin(t, b, "Corp")
	u.oidc.SignIn(t, b, "bob")
	u.arrives(t, b, bob)
	b.Open(t, u.URL+"/logout?client_id="+kit.WebClient+"&logout_uri="+url.QueryEscape(u.App.URL+"/"))
	b.See(t, "Sign out at the upstream") // the provider asks, too
	b.Do(t, chromedp.Click(chromedp.CSS(`button[value="yes"]`)))
	b.See(t, "You are signed out.") // the app
	u.begin(t, b, "Corp")
	u.oidc.At(t, b) // nobody is signed in there
}
