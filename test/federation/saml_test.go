package federation

import (
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"

	"poolhouse.dev/test/kit"
)

// corpSAML is a provider of SAML whose attributes are SimpleSAMLphp's.
func corpSAML(metadata string, details kit.Map) kit.Map {
	all := kit.Map{"MetadataURL": metadata}
	for key, value := range details {
		all[key] = value
	}
	return kit.Map{"provider_name": "Works", "provider_type": "SAML", "provider_details": all,
		"attribute_mapping": kit.Map{"email": "mail", "name": "displayName"}}
}

// works is a server with SimpleSAMLphp in its pool, as Works.
type works struct {
	*kit.Server
	saml *kit.SimpleSAML
}

// openSAML starts both, and lets the provider know the server by its metadata.
func openSAML(t *testing.T, saml *kit.SimpleSAML, details kit.Map, change ...func(kit.Map)) works {
	t.Helper()
	t.Parallel()
	saml.Run(t)
	changes := append([]func(kit.Map){kit.AtLocalhost, outgoing, providers(corpSAML(saml.MetadataURL(), details))}, change...)
	w := works{kit.Start(t, changes...), saml}
	saml.Knows(t, kit.NewClient().Open(t, w.URL+"/saml2/metadata").Body)
	return w
}

func (w works) browse(t *testing.T) *kit.Browser {
	t.Helper()
	b := kit.NewBrowser(t, w.URL, w.App.URL, w.saml.URL)
	b.Expect("status of 422")
	b.Expect("/favicon.ico") // which some of the provider's pages lack
	return b
}

// signIn is a whole sign-in at Works; it answers what the app was told.
func (w works) signIn(t *testing.T, b *kit.Browser, name, email string) kit.Arrival {
	t.Helper()
	w.begin(t, b)
	w.saml.SignIn(t, b, name)
	b.See(t, "Hello, "+email)
	return w.App.Last(t)
}

// begin opens the app's sign-in and goes to Works.
func (w works) begin(t *testing.T, b *kit.Browser) {
	t.Helper()
	b.Open(t, w.App.URL+"/start")
	b.Press(t, "Continue with Works")
}

func TestSAML(t *testing.T) {
	for _, row := range []struct {
		name    string
		saml    kit.SAMLOptions
		details kit.Map
	}{
		{"assertion signed", kit.SAMLOptions{}, nil},
		{"response signed too", kit.SAMLOptions{SignResponse: true}, nil},
		{"encrypted", kit.SAMLOptions{Encrypt: true, SignResponse: true}, kit.Map{"EncryptedResponses": "true"}},
		{"signed request by redirect", kit.SAMLOptions{Validate: true}, kit.Map{"RequestSigningAlgorithm": "rsa-sha256"}},
		{"signed request by post", kit.SAMLOptions{Validate: true, Encrypt: true, SignResponse: true},
			kit.Map{"RequestSigningAlgorithm": "rsa-sha256", "RequestBinding": "post", "EncryptedResponses": "true"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := openSAML(t, kit.NewSimpleSAML(t, row.saml), row.details)
			first := w.signIn(t, w.browse(t), "bob", bob)
			if first.Claims["name"] != "Bob & <Co>" || first.Claims["email"] != bob {
				t.Errorf("the app is told %v", first.Claims)
			}
			if second := w.signIn(t, w.browse(t), "bob", bob); second.ID.Subject != first.ID.Subject {
				t.Errorf("the second sign-in is %s, the first was %s", second.ID.Subject, first.ID.Subject)
			}
		})
	}
}

// SimpleSAMLphp encrypts by AES-CBC, which says nothing of who wrote it: without
// a signature around it anybody could bend it and watch what comes of it.
func TestEncryptionThatNothingVouchesForIsNotOpened(t *testing.T) {
	w := openSAML(t, kit.NewSimpleSAML(t, kit.SAMLOptions{Encrypt: true}), kit.Map{"EncryptedResponses": "true"})
	b := w.browse(t)
	w.begin(t, b)
	w.saml.SignIn(t, b, "bob")
	b.See(t, "Signing in with Works did not work", "could not be confirmed")
	if len(w.App.Arrivals()) != 0 {
		t.Error("the app was reached")
	}
}

func TestAnAddressThatAnIdentityProviderDoesNotVouchForOpensNothing(t *testing.T) {
	w := openSAML(t, kit.NewSimpleSAML(t, kit.SAMLOptions{}), nil, change("Works", kit.Map{"trusted_email_domains": kit.List{"*"}}))
	b := w.browse(t)
	w.begin(t, b)
	w.saml.SignIn(t, b, "mute")
	b.See(t, "Hello, ")
	if got := w.App.Last(t).Claims; got["name"] != "Mute" || got["email"] != nil {
		t.Errorf("the app is told %v", got)
	}
}

func TestSAMLOfAKnownAddressLeadsToLinking(t *testing.T) {
	w := openSAML(t, kit.NewSimpleSAML(t, kit.SAMLOptions{}), nil)
	b := w.browse(t)
	w.begin(t, b)
	w.saml.SignIn(t, b, "ann")
	b.See(t, "You already have an account with "+ann, "connect Works")
	b.Enter(t, "password", kit.AnnPassword)
	b.See(t, "Hello, "+ann)
	hers := w.App.Last(t).ID.Subject
	if again := w.signIn(t, w.browse(t), "ann", ann); again.ID.Subject != hers {
		t.Errorf("the joined identity signs in %s, the account is %s", again.ID.Subject, hers)
	}
}

func TestSAMLInTwoTabsComesBackEachToItsOwn(t *testing.T) {
	w := openSAML(t, kit.NewSimpleSAML(t, kit.SAMLOptions{}), nil)
	b := w.browse(t)
	w.begin(t, b)
	b.Field(t, "username")
	back := b.NewTab(t)
	w.signIn(t, b, "bob", bob)
	second := w.App.Last(t)
	back()
	w.saml.SignIn(t, b, "bob")
	b.See(t, "Hello, "+bob)
	if first := w.App.Last(t); first.Query.Get("state") == second.Query.Get("state") || len(w.App.Arrivals()) != 2 {
		t.Errorf("the tabs brought %v and %v", second.Query, first.Query)
	}
}

func TestAResponseOfAnotherBrowserSignsNobodyIn(t *testing.T) {
	w := openSAML(t, kit.NewSimpleSAML(t, kit.SAMLOptions{}), nil)
	b := w.browse(t)
	b.WithoutScript(t) // so that the response waits for a button
	w.begin(t, b)
	w.saml.SignIn(t, b, "bob")
	b.See(t, "you must press the button")
	fields := url.Values{}
	for _, name := range []string{"SAMLResponse", "RelayState"} {
		fields.Set(name, kit.Ask(t, b, chromedp.Evaluate[string](`document.querySelector('input[name="`+name+`"]').value`)))
	}
	stranger := kit.NewClient()
	page, err := stranger.Post(w.URL+"/saml2/idpresponse?hop=1", fields)
	if err != nil {
		t.Fatal(err)
	}
	page.Want(t, 422, "This sign-in has ended")
	b.Press(t, "Submit")
	b.See(t, "One moment")
	b.Press(t, "Continue")
	b.See(t, "Hello, "+bob) // whose it is may still use it, without script too
}
