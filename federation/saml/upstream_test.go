package saml

import (
	"crypto"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"poolhouse.dev/federation"
)

// upstream is an identity provider that nobody here wrote: crewjam's, with our
// own metadata as it is published.
type upstream struct {
	crewjam.IdentityProvider
	services map[string]*crewjam.EntityDescriptor
	format   string
	sessions int
}

// GetServiceProvider implements crewjam's ServiceProviderProvider.
func (u *upstream) GetServiceProvider(_ *http.Request, id string) (*crewjam.EntityDescriptor, error) {
	if s, ok := u.services[id]; ok {
		return s, nil
	}
	return nil, os.ErrNotExist
}

// GetSession implements crewjam's SessionProvider: ann has signed in there.
func (u *upstream) GetSession(http.ResponseWriter, *http.Request, *crewjam.IdpAuthnRequest) *crewjam.Session {
	u.sessions++
	return &crewjam.Session{
		ID: "1", Index: "index-1", NameID: "ann-1", NameIDFormat: u.format, UserName: "ann", UserEmail: "ann@example.test", Groups: []string{"staff", "admins"},
		CreateTime: time.Now(), ExpireTime: time.Now().Add(time.Hour),
	}
}

func startUpstream(t *testing.T, own Own, method string) (*upstream, *httptest.Server) {
	t.Helper()
	now := time.Now()
	s := newSigner(testingKey("idp"), "upstream", now.Add(-time.Hour), now.Add(time.Hour))
	u := &upstream{services: map[string]*crewjam.EntityDescriptor{}, format: formatPersistent}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { u.Handler().ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	at := func(path string) url.URL {
		parsed, err := url.Parse(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		return *parsed
	}
	u.IdentityProvider = crewjam.IdentityProvider{
		Key: s.key.(crypto.PrivateKey), Certificate: s.cert, Logger: log.New(io.Discard, "", 0), MetadataURL: at("/metadata"), SSOURL: at("/sso"),
		SignatureMethod: method, SessionProvider: u, ServiceProviderProvider: u,
	}
	raw, err := Metadata(own)
	if err != nil {
		t.Fatal(err)
	}
	var descriptor crewjam.EntityDescriptor
	if err := xml.Unmarshal(raw, &descriptor); err != nil {
		t.Fatal(err)
	}
	u.services[descriptor.EntityID] = &descriptor
	return u, server
}

var formField = regexp.MustCompile(`name="(\w+)" value="([^"]*)"`)

// walk goes to the identity provider and answers the form it sends back.
func walk(t *testing.T, trip federation.Trip) federation.Return {
	t.Helper()
	var answer *http.Response
	var err error
	if trip.Post != "" {
		answer, err = http.PostForm(trip.Post, trip.Fields)
	} else {
		answer, err = http.Get(trip.URL)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status, err)
	}
	values := url.Values{}
	for _, field := range formField.FindAllStringSubmatch(string(page), -1) {
		values.Set(field[1], html.UnescapeString(field[2]))
	}
	return federation.Return{Method: "POST", Values: values}
}

func TestAnotherHandsIdentityProviderSignsIn(t *testing.T) {
	for _, row := range []struct {
		name    string
		details map[string]string
	}{
		{"signed, by redirect", nil},
		{"signed requests", map[string]string{DetailSigning: "rsa-sha256"}},
		{"by post", map[string]string{DetailBinding: "post"}},
		{"signed requests by post", map[string]string{DetailBinding: "post", DetailSigning: "rsa-sha256"}},
		{"encrypted", map[string]string{DetailEncrypted: "true"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			own := Own{Pool: pool, Base: base, Callback: consumer, Key: poolKey(), Encrypted: row.details[DetailEncrypted] != ""}
			u, server := startUpstream(t, own, dsig.RSASHA256SignatureMethod)
			p := upstreamProvider(t, server, row.details)
			trip, err := p.Begin(t.Context(), federation.Start{State: state})
			if err != nil {
				t.Fatal(err)
			}
			back := walk(t, trip)
			if back.Values.Get("RelayState") != state {
				t.Error(back.Values)
			}
			answer, err := p.Finish(t.Context(), trip.Pending, back)
			if err != nil {
				t.Fatal(err)
			}
			mail, _ := answer.Claims["urn:oid:0.9.2342.19200300.100.1.3"].([]string)
			if answer.Subject != "ann-1" || !slices.Equal(mail, []string{"ann@example.test"}) || answer.Session != "index-1" || u.sessions != 1 {
				t.Errorf("%+v", answer)
			}
		})
	}
}

func upstreamProvider(t *testing.T, server *httptest.Server, details map[string]string) *Provider {
	t.Helper()
	s := federation.Settings{Pool: pool, Name: "Corp", Type: federation.SAML, Callback: consumer, Base: base, Details: map[string]string{DetailMetadataURL: server.URL + "/metadata"}}
	for key, value := range details {
		s.Details[key] = value
	}
	p, err := Open(s, federation.Deps{Client: loopbackOpen()}, Options{Key: poolKey()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAnotherHandsWeakOrTransientAnswerIsRefused(t *testing.T) {
	own := Own{Pool: pool, Base: base, Callback: consumer, Key: poolKey()}
	for name, bend := range map[string]func(*upstream){
		"SHA-1":     func(u *upstream) { u.SignatureMethod = "" }, // crewjam's default
		"transient": func(u *upstream) { u.format = "" },          // and this
	} {
		t.Run(name, func(t *testing.T) {
			u, server := startUpstream(t, own, dsig.RSASHA256SignatureMethod)
			bend(u)
			p := upstreamProvider(t, server, nil)
			trip, err := p.Begin(t.Context(), federation.Start{State: state})
			if err != nil {
				t.Fatal(err)
			}
			answer, err := p.Finish(t.Context(), trip.Pending, walk(t, trip))
			refused(t, answer, err)
		})
	}
}

// theirs is crewjam's own service provider for the same pool.
func theirs(t *testing.T, w *world) *crewjam.ServiceProvider {
	t.Helper()
	var descriptor crewjam.EntityDescriptor
	if err := xml.Unmarshal([]byte(w.idp.metadata()), &descriptor); err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(consumer)
	if err != nil {
		t.Fatal(err)
	}
	private, certificate, err := poolKey().open()
	if err != nil {
		t.Fatal(err)
	}
	return &crewjam.ServiceProvider{EntityID: audience, Key: private, Certificate: certificate, AcsURL: *address, IDPMetadata: &descriptor}
}

// What we take, crewjam's service provider takes too: the guard is never kinder
// than the library it stands before. Its clock is a global.
func TestTheGuardIsNeverKinderThanTheLibrary(t *testing.T) {
	clock, digital := crewjam.TimeNow, crewjam.Clock
	t.Cleanup(func() { crewjam.TimeNow, crewjam.Clock = clock, digital })
	crewjam.TimeNow, crewjam.Clock = func() time.Time { return noon }, dsig.NewFakeClockAt(noon)
	w := fuzzWorld(t)
	address, err := url.Parse(consumer)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for name, text := range corpus(t, "response") {
		answer, err := w.finish(text)
		if err != nil {
			continue
		}
		assertion, err := parseTheirs(theirs(t, w), text, w.request, *address)
		if lacking(err) {
			continue
		}
		if err != nil {
			t.Errorf("%s: taken here, refused there: %v", name, err)
			continue
		}
		compared++
		if got := strings.TrimSpace(assertion.Subject.NameID.Value); got != answer.Subject && len(answer.Subject) < 100 {
			t.Errorf("%s: %q here, %q there", name, answer.Subject, got)
		}
	}
	if compared < 4 {
		t.Errorf("only %d compared", compared)
	}
}

// lacking says that the library does not know how: AES-GCM of 256 bits, keys
// beside the data, OAEP of 2009, base64 with tabs.
func lacking(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "is not implemented") || strings.Contains(err.Error(), "Could not decode signature"))
}

func parseTheirs(sp *crewjam.ServiceProvider, text, request string, address url.URL) (a *crewjam.Assertion, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	a, err = sp.ParseXMLResponse([]byte(text), []string{request}, address)
	if invalid, ok := err.(*crewjam.InvalidResponseError); ok {
		err = invalid.PrivateErr
	}
	return a, err
}
