package webtest

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"strings"
	"time"
)

// SAML's names.
const (
	assertionNS = "urn:oasis:names:tc:SAML:2.0:assertion"
	protocolNS  = "urn:oasis:names:tc:SAML:2.0:protocol"
	signatureNS = "http://www.w3.org/2000/09/xmldsig#"
	metadataNS  = "urn:oasis:names:tc:SAML:2.0:metadata"
	exclusive   = "http://www.w3.org/2001/10/xml-exc-c14n#"
	redirect    = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	rsaSHA256   = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
)

// IDP is a SAML identity provider that has no server: a test carries its messages.
type IDP struct {
	h    *House
	key  *rsa.PrivateKey
	cert []byte
}

// IDP makes an identity provider.
func (h *House) IDP() *IDP {
	h.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	h.must(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "idp"}, NotBefore: h.Now().AddDate(-1, 0, 0), NotAfter: h.Now().AddDate(1, 0, 0)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	h.must(err)
	return &IDP{h, key, cert}
}

// IDPURL is where the identity provider is.
const IDPURL = "https://idp.example.test"

// Metadata describes the identity provider.
func (i *IDP) Metadata() string {
	at := func(name string) string {
		return `<md:` + name + ` Binding="` + redirect + `" Location="` + IDPURL + `/` + name + `"/>`
	}
	return `<md:EntityDescriptor xmlns:md="` + metadataNS + `" xmlns:ds="` + signatureNS + `" entityID="` + IDPURL + `"><md:IDPSSODescriptor protocolSupportEnumeration="` + protocolNS + `">` +
		`<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + base64.StdEncoding.EncodeToString(i.cert) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>` +
		at("SingleLogoutService") + at("SingleSignOnService") + `</md:IDPSSODescriptor></md:EntityDescriptor>`
}

// Asked reads the message of a redirect to the identity provider, and answers its
// id; "" where there is none.
func (i *IDP) Asked(q url.Values, field string) (id, text string) {
	i.h.Helper()
	packed, err := base64.StdEncoding.DecodeString(q.Get(field))
	i.h.must(err)
	raw, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	i.h.must(err)
	var root struct {
		ID string `xml:"ID,attr"`
	}
	i.h.must(xml.Unmarshal(raw, &root))
	return root.ID, string(raw)
}

// Says answers the form that signs a person in: the answer to the request id, or
// to none.
func (i *IDP) Says(id, subject, email, relay string) url.Values {
	i.h.Helper()
	now, answers := i.h.Now().UTC(), ""
	at := func(d time.Duration) string { return now.Add(d).Format("2006-01-02T15:04:05Z") }
	if id != "" {
		answers = ` InResponseTo="` + id + `"`
	}
	consumer := elsewhereURL + "/saml2/idpresponse"
	// Written as exclusive canonicalization leaves it, so that what is signed is what stands here.
	open := `<saml:Assertion xmlns:saml="` + assertionNS + `" ID="_a` + fmt.Sprint(now.UnixNano()) + `" IssueInstant="` + at(0) + `" Version="2.0"><saml:Issuer>` + IDPURL + `</saml:Issuer>`
	rest := `<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">` + subject + `</saml:NameID>` +
		`<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData` + answers + ` NotOnOrAfter="` + at(5*time.Minute) + `" Recipient="` + consumer + `"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>` +
		`<saml:Conditions NotBefore="` + at(-time.Minute) + `" NotOnOrAfter="` + at(5*time.Minute) + `"><saml:AudienceRestriction><saml:Audience>urn:amazon:cognito:sp:` + string(PoolID) + `</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
		`<saml:AuthnStatement AuthnInstant="` + at(-time.Second) + `" SessionIndex="session-1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
		`<saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue>` + email + `</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>`
	name := open[strings.Index(open, `ID="`)+4:]
	name = name[:strings.IndexByte(name, '"')]
	response := `<samlp:Response xmlns:samlp="` + protocolNS + `" xmlns:saml="` + assertionNS + `" ID="_r` + fmt.Sprint(now.UnixNano()) + `" Version="2.0" IssueInstant="` + at(0) + `" Destination="` + consumer + `"` + answers + `>` +
		`<saml:Issuer>` + IDPURL + `</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>` +
		open + i.signature(name, open+rest) + rest + `</samlp:Response>`
	return url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString([]byte(response))}, "RelayState": {relay}}
}

// signature signs an element that is canonical already (XML Signature §4).
func (i *IDP) signature(id, element string) string {
	digest := sha256.Sum256([]byte(element))
	info := `<ds:SignedInfo xmlns:ds="` + signatureNS + `"><ds:CanonicalizationMethod Algorithm="` + exclusive + `"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="` + rsaSHA256 + `"></ds:SignatureMethod>` +
		`<ds:Reference URI="#` + id + `"><ds:Transforms><ds:Transform Algorithm="` + signatureNS + `enveloped-signature"></ds:Transform><ds:Transform Algorithm="` + exclusive + `"></ds:Transform></ds:Transforms>` +
		`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod><ds:DigestValue>` + base64.StdEncoding.EncodeToString(digest[:]) + `</ds:DigestValue></ds:Reference></ds:SignedInfo>`
	inner := strings.Replace(info, ` xmlns:ds="`+signatureNS+`"`, "", 1) // it stands on the parent
	return `<ds:Signature xmlns:ds="` + signatureNS + `">` + inner + `<ds:SignatureValue>` + base64.StdEncoding.EncodeToString(i.sign([]byte(info))) + `</ds:SignatureValue></ds:Signature>`
}

func (i *IDP) sign(octets []byte) []byte {
	i.h.Helper()
	sum := sha256.Sum256(octets)
	signed, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, sum[:])
	i.h.must(err)
	return signed
}

// Query answers the query of a logout message by redirect, signed (bindings §3.4.4.1).
func (i *IDP) Query(field, message, relay string) string {
	i.h.Helper()
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	i.h.must(err)
	_, err = w.Write([]byte(message))
	i.h.must(err)
	i.h.must(w.Close())
	query := field + "=" + url.QueryEscape(base64.StdEncoding.EncodeToString(packed.Bytes()))
	if relay != "" {
		query += "&RelayState=" + url.QueryEscape(relay)
	}
	query += "&SigAlg=" + url.QueryEscape(rsaSHA256)
	return query + "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(i.sign([]byte(query))))
}

// LoggedOut answers the query of the answer to a logout request.
func (i *IDP) LoggedOut(id, relay string) string {
	now := i.h.Now().UTC()
	return i.Query("SAMLResponse", `<samlp:LogoutResponse xmlns:samlp="`+protocolNS+`" xmlns:saml="`+assertionNS+`" ID="_o`+fmt.Sprint(now.UnixNano())+`" Version="2.0" IssueInstant="`+now.Format("2006-01-02T15:04:05Z")+
		`" Destination="`+elsewhereURL+`/saml2/logout" InResponseTo="`+id+`"><saml:Issuer>`+IDPURL+`</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:LogoutResponse>`, relay)
}

// LogsOutByPost is LogsOut as the form that a browser posts, signed within.
func (i *IDP) LogsOutByPost(subject string) url.Values {
	now := i.h.Now().UTC()
	at := func(d time.Duration) string { return now.Add(d).Format("2006-01-02T15:04:05Z") }
	name := "_p" + fmt.Sprint(now.UnixNano())
	// Written as exclusive canonicalization leaves it.
	open := `<samlp:LogoutRequest xmlns:samlp="` + protocolNS + `" Destination="` + elsewhereURL + `/saml2/logout" ID="` + name + `" IssueInstant="` + at(0) + `" NotOnOrAfter="` + at(5*time.Minute) + `" Version="2.0">` +
		`<saml:Issuer xmlns:saml="` + assertionNS + `">` + IDPURL + `</saml:Issuer>`
	rest := `<saml:NameID xmlns:saml="` + assertionNS + `" Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">` + subject + `</saml:NameID></samlp:LogoutRequest>`
	return url.Values{"SAMLRequest": {base64.StdEncoding.EncodeToString([]byte(open + i.signature(name, open+rest) + rest))}}
}

// LogsOut answers the query of its own request to end a person's session.
func (i *IDP) LogsOut(subject string) string {
	now := i.h.Now().UTC()
	return i.Query("SAMLRequest", `<samlp:LogoutRequest xmlns:samlp="`+protocolNS+`" xmlns:saml="`+assertionNS+`" ID="_q`+fmt.Sprint(now.UnixNano())+`" Version="2.0" IssueInstant="`+now.Format("2006-01-02T15:04:05Z")+
		`" NotOnOrAfter="`+now.Add(5*time.Minute).Format("2006-01-02T15:04:05Z")+`" Destination="`+elsewhereURL+`/saml2/logout"><saml:Issuer>`+IDPURL+
		`</saml:Issuer><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">`+subject+`</saml:NameID><samlp:SessionIndex>session-1</samlp:SessionIndex></samlp:LogoutRequest>`, "their-state")
}
