package pretend

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	crewjam "github.com/crewjam/saml"
)

const (
	keyID      = "pretend"
	rsaSHA256  = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
)

// signing is the key pair of both providers.
type signing struct {
	key         *rsa.PrivateKey
	certificate *x509.Certificate
}

// newSigning makes the key pair when somebody first needs it, and for as long as
// the program runs.
func newSigning() (signing, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return signing{}, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "poolhouse dev, pretend"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return signing{}, err
	}
	certificate, err := x509.ParseCertificate(der)
	return signing{key, certificate}, err
}

// provider answers crewjam's identity provider, for one request.
func (p *Providers) provider() (*crewjam.IdentityProvider, error) {
	s, err := p.signing()
	if err != nil {
		return nil, err
	}
	metadata, err := url.Parse(p.SAMLMetadata())
	if err != nil {
		return nil, err
	}
	return &crewjam.IdentityProvider{
		Key: s.key, Certificate: s.certificate, SignatureMethod: rsaSHA256, Logger: log.New(io.Discard, "", 0),
		MetadataURL: *metadata, SSOURL: *metadata.JoinPath("../sso"), ServiceProviderProvider: p,
	}, nil
}

func (p *Providers) describe(w http.ResponseWriter, req *http.Request) {
	idp, err := p.provider()
	if err != nil {
		p.refuse(w, "The key could not be made: "+err.Error())
		return
	}
	idp.ServeMetadata(w, req)
}

// GetServiceProvider implements crewjam's ServiceProviderProvider: it reads what
// the server says of itself.
func (p *Providers) GetServiceProvider(req *http.Request, entity string) (*crewjam.EntityDescriptor, error) {
	ctx, cancel := context.WithTimeout(req.Context(), 10*time.Second)
	defer cancel()
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Metadata, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(ask)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	found := &crewjam.EntityDescriptor{}
	if err := xml.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(found); err != nil {
		return nil, err
	}
	if found.EntityID != entity {
		return nil, errors.New("the request is of another than " + found.EntityID)
	}
	return found, nil
}

// signOn takes a request by redirect or by post. The person may take their time:
// it is checked now and answered when they have chosen.
func (p *Providers) signOn(w http.ResponseWriter, req *http.Request) {
	idp, err := p.provider()
	if err != nil {
		p.refuse(w, "The key could not be made: "+err.Error())
		return
	}
	asked, err := crewjam.NewIdpAuthnRequest(idp, req)
	if err == nil {
		err = asked.Validate()
	}
	if err != nil {
		p.refuse(w, "The SAML request cannot be answered: "+err.Error())
		return
	}
	p.ask(w, "Pretend SAML", trip{saml: asked})
}

// answerSAML posts the response to the server by way of the browser.
func (p *Providers) answerSAML(w http.ResponseWriter, asked *crewjam.IdpAuthnRequest, who *Person, how string) {
	form := crewjam.IdpAuthnRequestForm{URL: asked.ACSEndpoint.Location, RelayState: asked.RelayState}
	var err error
	switch {
	case how == cancel:
		form.SAMLResponse = p.refusal(asked, "RequestDenied", "The person went back.")
	case how == broken || who == nil:
		form.SAMLResponse = p.refusal(asked, "AuthnFailed", "The pretend provider was told to fail.")
	default:
		form, err = p.assertion(asked, who)
	}
	if err != nil {
		p.refuse(w, "The SAML response could not be made: "+err.Error())
		return
	}
	show(w, http.StatusOK, page{
		Title: "Pretend SAML", Words: "On to the app.", Post: form.URL,
		Fields: []field{{"SAMLResponse", form.SAMLResponse}, {"RelayState", form.RelayState}},
	})
}

func (p *Providers) assertion(asked *crewjam.IdpAuthnRequest, who *Person) (crewjam.IdpAuthnRequestForm, error) {
	asked.Now = p.Now().UTC()
	session := &crewjam.Session{
		ID: rand.Text(), Index: rand.Text(), NameID: who.Subject, NameIDFormat: persistent, CreateTime: asked.Now, ExpireTime: asked.Now.Add(time.Hour),
	}
	for _, pair := range [][2]string{{"name", who.Name}, {"given_name", who.Given}, {"family_name", who.Family}, {"email", who.Email}} {
		session.CustomAttributes = append(session.CustomAttributes, attribute(pair[0], pair[1])...)
	}
	if who.Email != "" {
		session.CustomAttributes = append(session.CustomAttributes, attribute("email_verified", strconv.FormatBool(who.EmailIsVerified))...)
	}
	if err := (crewjam.DefaultAssertionMaker{}).MakeAssertion(asked, session); err != nil {
		return crewjam.IdpAuthnRequestForm{}, err
	}
	return asked.PostBinding()
}

func attribute(name, value string) []crewjam.Attribute {
	if value == "" {
		return nil
	}
	return []crewjam.Attribute{{
		Name: name, NameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
		Values: []crewjam.AttributeValue{{Type: "xs:string", Value: value}},
	}}
}

// refusal answers a response without an assertion (SAML core §3.2.2.2).
func (p *Providers) refusal(asked *crewjam.IdpAuthnRequest, status, words string) string {
	const codes = "urn:oasis:names:tc:SAML:2.0:status:"
	text := fmt.Sprintf(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"`+
		` ID="_%s" Version="2.0" IssueInstant="%s" Destination="%s" InResponseTo="%s"><saml:Issuer>%s</saml:Issuer>`+
		`<samlp:Status><samlp:StatusCode Value="%sResponder"><samlp:StatusCode Value="%s%s"/></samlp:StatusCode>`+
		`<samlp:StatusMessage>%s</samlp:StatusMessage></samlp:Status></samlp:Response>`,
		strings.ToLower(rand.Text()), p.Now().UTC().Format(time.RFC3339), escaped(asked.ACSEndpoint.Location), escaped(asked.Request.ID),
		escaped(p.SAMLMetadata()), codes, codes, status, escaped(words))
	return base64.StdEncoding.EncodeToString([]byte(text))
}

func escaped(text string) string {
	var out strings.Builder
	_ = xml.EscapeText(&out, []byte(text)) // a Builder takes everything
	return out.String()
}
