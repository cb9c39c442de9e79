package federation

import (
	"net/url"
	"testing"

	"golang.org/x/oauth2"

	"poolhouse.dev/test/kit"
)

func TestSigningOutHereSignsOutThere(t *testing.T) {
	w := openSAML(t, kit.NewSimpleSAML(t, kit.SAMLOptions{}), kit.Map{"IDPSignout": "true"})
	b := w.browse(t)
	w.signIn(t, b, "bob", bob)
	b.Open(t, w.URL+"/logout?client_id="+kit.WebClient+"&logout_uri="+url.QueryEscape(w.App.URL+"/"))
	b.See(t, "You are signed out.")
	b.Open(t, w.saml.URL+whoIsThere)
	b.Field(t, "username") // nobody is
	w.signIn(t, b, "bob", bob)
}

// whoIsThere is a page of the provider that tells who is signed in there.
const whoIsThere = "/module.php/core/authenticate.php?as=people"

func TestSigningOutThereSignsOutHere(t *testing.T) {
	w := openSAML(t, kit.NewSimpleSAML(t, kit.SAMLOptions{}), kit.Map{"IDPSignout": "true"})
	b := w.browse(t)
	w.signIn(t, b, "bob", bob)
	b.Open(t, w.URL+"/account")
	b.See(t, "Sign out")
	b.Open(t, w.saml.URL+"/saml2/idp/initSLO.php?RelayState="+url.QueryEscape(w.saml.URL+"/logout.php"))
	b.See(t, "You have been logged out")
	b.Open(t, w.URL+"/account")
	b.See(t, "Continue with Works") // nobody is signed in
	w.signIn(t, b, "bob", bob)
}

func TestWithoutSignOutTheSessionThereStays(t *testing.T) {
	w := openSAML(t, kit.NewSimpleSAML(t, kit.SAMLOptions{}), nil)
	b := w.browse(t)
	w.signIn(t, b, "bob", bob)
	b.Open(t, w.URL+"/logout?client_id="+kit.WebClient+"&logout_uri="+url.QueryEscape(w.App.URL+"/"))
	b.See(t, "You are signed out.")
	b.Open(t, w.saml.URL+whoIsThere)
	b.See(t, "bob-1")
	w.signIn(t, b, "bob", bob) // who signed out here is asked there who they are
}

// unasked has the provider send a response by itself, from its own list of apps.
func (w works) unasked(t *testing.T, b *kit.Browser) {
	t.Helper()
	begin, err := w.App.Begin(oauth2.SetAuthURLParam("identity_provider", "Works"))
	if err != nil {
		t.Fatal(err)
	}
	request, err := url.Parse(begin)
	if err != nil {
		t.Fatal(err)
	}
	b.Open(t, w.saml.URL+"/saml2/idp/SSOService.php?spentityid="+url.QueryEscape("urn:amazon:cognito:sp:"+kit.PoolID)+"&RelayState="+url.QueryEscape(request.RawQuery))
	w.saml.SignIn(t, b, "bob")
}

func TestAResponseNobodyAskedForIsTakenWhereThatIsOpen(t *testing.T) {
	w := openSAML(t, kit.NewSimpleSAML(t, kit.SAMLOptions{}), kit.Map{"IDPInit": "true"})
	b := w.browse(t)
	w.unasked(t, b)
	b.See(t, "Hello, "+bob)
}

func TestAResponseNobodyAskedForIsRefusedWhereThatIsShut(t *testing.T) {
	w := openSAML(t, kit.NewSimpleSAML(t, kit.SAMLOptions{}), nil)
	b := w.browse(t)
	w.unasked(t, b)
	b.See(t, "Signing in with Works did not work", "could not be confirmed")
	b.Open(t, w.URL+"/account")
	b.See(t, "Continue with Works")
	if len(w.App.Arrivals()) != 0 {
		t.Error("the app was reached")
	}
}
