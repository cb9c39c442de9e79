package saml

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity/fetch"
)

// noon is when every test takes place, unless it moves the clock.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const (
	pool     = "local_main"
	base     = "https://login.example.test"
	consumer = base + "/saml2/idpresponse"
	audience = "urn:amazon:cognito:sp:local_main"
	state    = "the-state-of-this-browser"
)

// signer is a key with a certificate.
type signer struct {
	key  crypto.Signer
	cert *x509.Certificate
}

func newSigner(key crypto.Signer, name string, from, to time.Time) signer {
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: to}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		panic(err)
	}
	return signer{key, cert}
}

func rsaSigner(bits int, name string) signer {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return newSigner(key, name, noon.AddDate(-1, 0, 0), noon.AddDate(5, 0, 0))
}

// testingKey reads a key that is no secret: what it signed stays in testdata.
func testingKey(name string) *rsa.PrivateKey {
	text, err := os.ReadFile("testdata/keys/" + name + ".pem")
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode([]byte(strings.ReplaceAll(string(text), "TESTING KEY", "PRIVATE KEY")))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	return key.(*rsa.PrivateKey)
}

func fixedSigner(name string) func() signer {
	return sync.OnceValue(func() signer {
		return newSigner(testingKey(name), name, noon.AddDate(-1, 0, 0), noon.AddDate(5, 0, 0))
	})
}

var (
	idpSigner   = fixedSigner("idp")
	nextSigner  = fixedSigner("next")
	otherSigner = fixedSigner("mallory")
	poolSigner  = fixedSigner("pool")
	curveSigner = sync.OnceValue(func() signer {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		return newSigner(key, "idp, curve", noon.AddDate(-1, 0, 0), noon.AddDate(5, 0, 0))
	})
	poolKey = sync.OnceValue(func() Key {
		private, err := x509.MarshalPKCS8PrivateKey(poolSigner().key)
		if err != nil {
			panic(err)
		}
		return Key{Private: private, Certificate: poolSigner().cert.Raw}
	})
)

// idp is an identity provider of the tests.
type idp struct {
	entity string
	host   string
	sign   []signer // the first signs; all stand in the metadata
}

func newIDP() *idp {
	return &idp{entity: "https://idp.example.test/entity", host: "https://idp.example.test", sign: []signer{idpSigner()}}
}

func b64(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }

func keyDescriptor(c *x509.Certificate) string {
	return `<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + b64(c.Raw) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
}

func (i *idp) metadata() string {
	var keys string
	for _, s := range i.sign {
		keys += keyDescriptor(s.cert)
	}
	return `<md:EntityDescriptor xmlns:md="` + metadataNS + `" xmlns:ds="` + signatureNS + `" entityID="` + i.entity + `">` +
		`<md:IDPSSODescriptor protocolSupportEnumeration="` + protocolNS + `">` + keys +
		`<md:SingleLogoutService Binding="` + redirectBinding + `" Location="` + i.host + `/slo"/>` +
		`<md:SingleLogoutService Binding="` + postBinding + `" Location="` + i.host + `/slo" ResponseLocation="` + i.host + `/slo-done"/>` +
		`<md:SingleSignOnService Binding="` + redirectBinding + `" Location="` + i.host + `/sso"/>` +
		`<md:SingleSignOnService Binding="` + postBinding + `" Location="` + i.host + `/sso"/>` +
		`</md:IDPSSODescriptor></md:EntityDescriptor>`
}

// world is a pool with one SAML provider, and a person on the way.
type world struct {
	t        testing.TB
	idp      *idp
	provider *Provider
	now      time.Time
	pending  []byte
	request  string // the id of the request on the way
	own      string // the id that the request itself has
	trips    int
}

type option func(*federation.Settings)

func detail(key, value string) option {
	return func(s *federation.Settings) {
		if value == "" {
			delete(s.Details, key)
			return
		}
		s.Details[key] = value
	}
}

func settings(i *idp, options ...option) federation.Settings {
	s := federation.Settings{
		Pool: pool, Name: "Corp", Type: federation.SAML, Callback: consumer, Base: base,
		Details: map[string]string{DetailMetadataFile: i.metadata()},
	}
	for _, o := range options {
		o(&s)
	}
	return s
}

// loopbackOpen lets the guarded client reach the servers of a test.
func loopbackOpen() *fetch.Client {
	return fetch.New(fetch.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Timeout: 2 * time.Second})
}

func newWorld(t testing.TB, options ...option) *world {
	t.Helper()
	w := &world{t: t, idp: newIDP(), now: noon}
	w.open(options...)
	w.begin()
	return w
}

// open makes the provider from the metadata as it is now.
func (w *world) open(options ...option) {
	w.t.Helper()
	var err error
	deps := federation.Deps{Now: func() time.Time { return w.now }, Client: loopbackOpen()}
	if w.provider, err = Open(settings(w.idp, options...), deps, Options{Key: poolKey()}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) begin() federation.Trip {
	w.t.Helper()
	trip, err := w.provider.Begin(context.Background(), federation.Start{State: state})
	if err != nil {
		w.t.Fatal(err)
	}
	var kept pending
	if err := json.Unmarshal(trip.Pending, &kept); err != nil {
		w.t.Fatal(err)
	}
	// The id is made known beforehand, so that messages can stay in testdata.
	w.trips++
	w.own = kept.ID
	kept.ID = fmt.Sprintf("id-%d", w.trips)
	if w.pending, err = json.Marshal(kept); err != nil {
		w.t.Fatal(err)
	}
	w.request = kept.ID
	return trip
}

func at(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// xml is a right response of the identity provider, not signed.
func (w *world) xml() string {
	return `<samlp:Response xmlns:samlp="` + protocolNS + `" xmlns:saml="` + assertionNS + `" ID="_response" Version="2.0" IssueInstant="` + at(noon) +
		`" Destination="` + consumer + `" InResponseTo="` + w.request + `">` +
		`<saml:Issuer>` + w.idp.entity + `</saml:Issuer>` +
		`<samlp:Status><samlp:StatusCode Value="` + success + `"/></samlp:Status>` + w.assertion() + `</samlp:Response>`
}

func (w *world) assertion() string {
	return `<saml:Assertion xmlns:saml="` + assertionNS + `" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="_assertion" Version="2.0" IssueInstant="` + at(noon) + `">` +
		`<saml:Issuer>` + w.idp.entity + `</saml:Issuer>` +
		`<saml:Subject><saml:NameID Format="` + formatPersistent + `">ann-1</saml:NameID>` +
		`<saml:SubjectConfirmation Method="` + bearer + `"><saml:SubjectConfirmationData Recipient="` + consumer + `" NotOnOrAfter="` + at(noon.Add(5*time.Minute)) + `" InResponseTo="` + w.request + `"/></saml:SubjectConfirmation></saml:Subject>` +
		`<saml:Conditions NotBefore="` + at(noon.Add(-time.Minute)) + `" NotOnOrAfter="` + at(noon.Add(5*time.Minute)) + `"><saml:AudienceRestriction><saml:Audience>` + audience + `</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
		`<saml:AuthnStatement AuthnInstant="` + at(noon.Add(-time.Second)) + `" SessionIndex="session-1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
		`<saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue xsi:type="xs:string">ann@example.test</saml:AttributeValue></saml:Attribute>` +
		`<saml:Attribute Name="groups"><saml:AttributeValue>staff</saml:AttributeValue><saml:AttributeValue>admins</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>` +
		`</saml:Assertion>`
}

// changed answers text with one part replaced; the part must be there.
func changed(t testing.TB, text, from, to string) string {
	t.Helper()
	if !strings.Contains(text, from) {
		t.Fatalf("%q is not in the message", from)
	}
	return strings.Replace(text, from, to, 1)
}

func document(t testing.TB, text string) *etree.Document {
	t.Helper()
	d := etree.NewDocument()
	if err := d.ReadFromString(text); err != nil {
		t.Fatal(err)
	}
	return d
}

func written(t testing.TB, d *etree.Document) string {
	t.Helper()
	text, err := d.WriteToString()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// signWith signs an element of the message, the first of its local name, and puts
// the signature where SAML wants it.
func signWith(t testing.TB, s signer, method, text, name string) string {
	t.Helper()
	d := document(t, text)
	element := d.FindElement("//" + name)
	parent, err := etreeutils.NSBuildParentContext(element)
	if err != nil {
		t.Fatal(err)
	}
	own, err := parent.SubContext(element)
	if err != nil {
		t.Fatal(err)
	}
	detached, err := etreeutils.NSDetatch(own, element)
	if err != nil {
		t.Fatal(err)
	}
	context, err := dsig.NewSigningContext(s.key, [][]byte{s.cert.Raw})
	if err != nil {
		t.Fatal(err)
	}
	context.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := context.SetSignatureMethod(method); err != nil {
		t.Fatal(err)
	}
	signature, err := context.ConstructSignature(detached, true)
	if err != nil {
		t.Fatal(err)
	}
	place := 0
	if issuer := only(element, "Issuer"); issuer != nil {
		place = issuer.Index() + 1
	}
	element.InsertChildAt(place, signature)
	return written(t, d)
}

// sign signs by the identity provider's present key.
func (w *world) sign(text string, names ...string) string {
	w.t.Helper()
	for _, name := range names {
		w.t.Helper()
		text = signWith(w.t, w.idp.sign[0], rsaSHA256, text, name)
	}
	return text
}

// posted is a response as the browser posts it.
func posted(text string) federation.Return {
	return federation.Return{Method: "POST", Values: url.Values{"SAMLResponse": {b64([]byte(text))}, "RelayState": {state}}}
}

func (w *world) finish(text string) (federation.Answer, error) {
	return w.provider.Finish(context.Background(), w.pending, posted(text))
}

// takes fails the test unless the response signs ann in.
func (w *world) takes(text string) federation.Answer {
	w.t.Helper()
	record(w.t, "ok", text)
	answer, err := w.finish(text)
	if err != nil {
		w.t.Fatal(err)
	}
	if answer.Subject != "ann-1" {
		w.t.Errorf("the subject is %q", answer.Subject)
	}
	return answer
}

// refuses fails the test if the response signs anybody in, or is refused by
// another code than Invalid, or by a panic.
func (w *world) refuses(text string) *federation.Error {
	w.t.Helper()
	record(w.t, "no", text)
	answer, err := w.finish(text)
	return refused(w.t, answer, err)
}

func refused(t testing.TB, answer federation.Answer, err error) *federation.Error {
	t.Helper()
	if err == nil {
		t.Fatalf("taken, as %q", answer.Subject)
	}
	failure, ok := err.(*federation.Error)
	if !ok || failure.Code != federation.Invalid {
		t.Fatalf("refused otherwise: %v", err)
	}
	if strings.Contains(err.Error(), "panic") {
		t.Fatalf("a panic: %v", err)
	}
	if answer.Subject != "" || answer.Claims != nil {
		t.Errorf("an answer beside the error: %v", answer)
	}
	return failure
}

// because fails the test unless the refusal says why in these words.
func because(t testing.TB, failure *federation.Error, words string) {
	t.Helper()
	if !strings.Contains(fmt.Sprint(failure), words) {
		t.Errorf("refused, but for another reason: %v", failure)
	}
}

// sideBySide writes an ECDSA signature as XML Signature has it.
func sideBySide(t testing.TB, text string) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(raw, &pair); err != nil {
		t.Fatal(err)
	}
	return b64(append(pair.R.FillBytes(make([]byte, 32)), pair.S.FillBytes(make([]byte, 32))...))
}

func certificates(all ...signer) []*x509.Certificate {
	var out []*x509.Certificate
	for _, s := range all {
		out = append(out, s.cert)
	}
	return out
}

type ctx = context.Context

// sent answers the message in one of our own queries.
func sent(t testing.TB, query, field, relay string) string {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil || values.Get("RelayState") != relay {
		t.Fatal(query, err)
	}
	raw, err := inflate(values.Get(field))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func postedBack(t testing.TB, value string) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// reread answers one of our own messages by our own reader.
func reread(t testing.TB, text string) *node {
	t.Helper()
	root, err := parse([]byte(text), message)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// ownSignature fails the test unless the pool's key signed the message within.
func ownSignature(t testing.TB, text string) {
	t.Helper()
	_, certificate, err := poolKey().open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify([]byte(text), "", []*x509.Certificate{certificate}, noon); err != nil {
		t.Error(err)
	}
}
