package federation

import (
	"crypto/rand"
	"crypto/rsa"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/crewjam/saml/samlidp"
	dsig "github.com/russellhaering/goxmldsig"
	"golang.org/x/crypto/bcrypt"

	"poolhouse.dev/test/kit"
)

// startSAMLIDP starts crewjam's samlidp as it comes, but for SHA-256: it signs
// with SHA-1 by itself. Its names for people are transient.
func startSAMLIDP(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	var idp *samlidp.Server
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { idp.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	hashed, err := bcrypt.GenerateFromPassword([]byte("bobpass"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	store := &samlidp.MemoryStore{}
	if err := store.Put("/users/bob", samlidp.User{Name: "bob", HashedPassword: hashed, Email: bob, CommonName: "Bob", Groups: []string{"staff"}}); err != nil {
		t.Fatal(err)
	}
	idp, err = samlidp.New(samlidp.Options{URL: *at, Key: key, Certificate: kit.Certificate(t, key), Store: store, Logger: log.New(io.Discard, "", 0)})
	if err != nil {
		t.Fatal(err)
	}
	idp.IDP.SignatureMethod = dsig.RSASHA256SignatureMethod
	idp.IDP.LoginURL = idp.IDP.SSOURL // its own /login tells the session and forgets the request
	return server.URL
}

// knows tells samlidp the metadata of the server.
func knows(t *testing.T, idp string, s *kit.Server) {
	t.Helper()
	metadata := kit.NewClient().Open(t, s.URL+"/saml2/metadata").Body
	req, err := http.NewRequest(http.MethodPut, idp+"/services/poolhouse", strings.NewReader(metadata))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		t.Fatalf("samlidp answers %s to our metadata:\n%s", res.Status, metadata)
	}
}

func TestSAMLByAnotherProvider(t *testing.T) {
	for name, encrypted := range map[string]string{"signed": "false", "encrypted": "true"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			idp := startSAMLIDP(t)
			works := corpSAML(idp+"/metadata", kit.Map{
				"NameIDFormat": "transient", "SubjectAttribute": "urn:oid:0.9.2342.19200300.100.1.1", "RequestBinding": "post", "EncryptedResponses": encrypted})
			works["attribute_mapping"] = kit.Map{"name": "urn:oid:2.5.4.3"}
			s := kit.Start(t, kit.AtLocalhost, outgoing, providers(works))
			knows(t, idp, s)
			var subjects []string
			for range 2 {
				b := kit.NewBrowser(t, s.URL, s.App.URL, idp)
				b.Expect("/favicon.ico")
				b.Open(t, s.App.URL+"/start")
				b.Press(t, "Continue with Works")
				b.Type(t, "user", "bob")
				b.Type(t, "password", "bobpass")
				b.Do(t, chromedp.Click(chromedp.CSS(`input[type="submit"]`)))
				b.See(t, "Hello, ")
				got := s.App.Last(t)
				if got.Claims["name"] != "Bob" {
					t.Errorf("the app is told %v", got.Claims)
				}
				subjects = append(subjects, got.ID.Subject)
			}
			if subjects[0] != subjects[1] {
				t.Errorf("the same person is %s and %s", subjects[0], subjects[1])
			}
		})
	}
}
