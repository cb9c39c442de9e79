package saml

import (
	"bytes"
	"compress/flate"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"poolhouse.dev/federation"
)

var (
	errField   = errors.New("not one message, or a parameter twice")
	errDeflate = errors.New("the message cannot be unpacked, or is larger than 256 KiB")
)

// algorithms are those of signatures over octets.
var algorithms = map[string]struct{ rsa, ecdsa x509.SignatureAlgorithm }{
	rsaSHA256: {rsa: x509.SHA256WithRSA},
	"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384":   {rsa: x509.SHA384WithRSA},
	"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512":   {rsa: x509.SHA512WithRSA},
	"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256": {ecdsa: x509.ECDSAWithSHA256},
	"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384": {ecdsa: x509.ECDSAWithSHA384},
	"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512": {ecdsa: x509.ECDSAWithSHA512},
}

// logoutMessage is a logout message that holds: signed, fresh, meant for us.
type logoutMessage struct {
	root  *node
	relay string
}

// openLogout verifies a logout message and answers what was signed.
func (p *Provider) openLogout(m *metadata, in Message, field, name string) (logoutMessage, error) {
	e := p.expect(m)
	certificates := m.current(e.now)
	a, err := in.verified(field, name, certificates, e.now)
	if err != nil {
		return logoutMessage{}, p.fail(federation.Invalid, "the logout message cannot be verified", err)
	}
	if !relayed(a.relay) {
		return logoutMessage{}, p.fail(federation.Invalid, "a RelayState that is too long or odd", nil)
	}
	if broken := e.logout(a.root, p.logoutURL()); broken != "" {
		return logoutMessage{}, p.fail(federation.Invalid, "a logout message: "+broken, nil)
	}
	return a, nil
}

// logout holds what every logout message must say (profiles §4.4.4, bindings
// §3.4.5.2 and §3.5.5.2).
func (e expected) logout(root *node, address string) string {
	switch {
	case root.value("Version") != "2.0" || root.value("ID") == "":
		return "a version other than 2.0, or no ID"
	case !e.issuedBy(root.only(assertionNS, "Issuer")):
		return "another issuer"
	case root.value("Destination") != address:
		return "another destination than this, or none"
	}
	return e.fresh(root)
}

// verified answers the message by whichever binding it came.
func (in Message) verified(field, name string, certificates []*x509.Certificate, now time.Time) (logoutMessage, error) {
	raw, relay, signed, err := in.unpack(field)
	if err != nil {
		return logoutMessage{}, err
	}
	root, err := parse(raw, message)
	if err != nil {
		return logoutMessage{}, err
	}
	if err := checkMessage(root, name); err != nil {
		return logoutMessage{}, err
	}
	embedded := root.only(signatureNS, "Signature") != nil
	if signed == nil {
		if !embedded {
			return logoutMessage{}, errUnsigned
		}
		k := keys{certificates: certificates, now: now}
		root, err = k.reread(raw, "", func(n *node) error { return checkMessage(n, name) })
		return logoutMessage{root, relay}, err
	}
	// Bindings §3.4.4.1: a signature within the message is taken out before the
	// parameters are signed. One that is left was made for something else.
	if embedded || !signed.by(certificates, now) {
		return logoutMessage{}, errSignature
	}
	return logoutMessage{root, relay}, nil
}

// unpack answers the XML, RelayState and, by redirect, the signature that must
// hold over it.
func (in Message) unpack(field string) (raw []byte, relay string, signed *octets, err error) {
	if in.Form.Method == "POST" && in.Query == "" {
		if len(in.Form.Values[field]) != 1 || len(in.Form.Values["RelayState"]) > 1 {
			return nil, "", nil, errField
		}
		raw, err = decode(in.Form.Values.Get(field))
		return raw, in.Form.Values.Get("RelayState"), nil, err
	}
	q, err := readQuery(in.Query, field)
	if err != nil {
		return nil, "", nil, err
	}
	if raw, err = inflate(q.value[field]); err != nil {
		return nil, "", nil, err
	}
	signed, err = q.octets(field)
	return raw, q.value["RelayState"], signed, err
}

// query is a query with the parameters of the redirect binding, each as it was
// sent and as it reads.
type query struct{ raw, value map[string]string }

func readQuery(text, field string) (query, error) {
	q := query{map[string]string{}, map[string]string{}}
	if len(text) > maxResponse {
		return q, errField
	}
	for _, pair := range strings.Split(text, "&") {
		name, raw, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil {
			return q, errField
		}
		value, err := url.QueryUnescape(raw)
		if err != nil {
			return q, errField
		}
		if _, twice := q.raw[plain]; twice || plain != name && bindingParameter(plain) {
			return q, errField
		}
		q.raw[plain], q.value[plain] = raw, value
	}
	_, request := q.raw["SAMLRequest"]
	_, response := q.raw["SAMLResponse"]
	if request == response || q.value[field] == "" || q.raw["SAMLEncoding"] != "" && q.value["SAMLEncoding"] != "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE" {
		return q, errField
	}
	return q, nil
}

// bindingParameter says that a name has a meaning here, so that it must be
// written plainly.
func bindingParameter(name string) bool {
	return strings.HasPrefix(name, "SAML") || name == "RelayState" || name == "SigAlg" || name == "Signature"
}

// octets are a signature over octets and what it is over.
type octets struct {
	signed    []byte
	algorithm string
	signature []byte
}

// octets answers what the signature is over: the parameters as they were sent,
// in the order of bindings §3.4.4.1.
func (q query) octets(field string) (*octets, error) {
	if q.value["Signature"] == "" || q.value["SigAlg"] == "" {
		return nil, errUnsigned
	}
	signed := field + "=" + q.raw[field]
	if relay, present := q.raw["RelayState"]; present {
		signed += "&RelayState=" + relay
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(strings.NewReplacer("\r", "", "\n", "").Replace(q.value["Signature"]))
	if err != nil {
		return nil, errEncoding
	}
	return &octets{signed: []byte(signed + "&SigAlg=" + q.raw["SigAlg"]), algorithm: q.value["SigAlg"], signature: signature}, nil
}

// by says that one of the certificates made the signature.
func (o *octets) by(certificates []*x509.Certificate, now time.Time) bool {
	for _, c := range certificates {
		algorithm := algorithms[o.algorithm].rsa
		if _, ok := c.PublicKey.(*ecdsa.PublicKey); ok {
			algorithm = algorithms[o.algorithm].ecdsa
		}
		if algorithm == x509.UnknownSignatureAlgorithm || !strong(c) || now.Before(c.NotBefore) || now.After(c.NotAfter) {
			continue
		}
		if c.CheckSignature(algorithm, o.signed, der(o.signature, c)) == nil {
			return true
		}
	}
	return false
}

// inflate unpacks a message of the redirect binding, up to what any message may
// have.
func inflate(value string) ([]byte, error) {
	packed, err := decode(value)
	if err != nil {
		return nil, err
	}
	r := flate.NewReader(bytes.NewReader(packed))
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, int64(message.bytes)+1))
	if err != nil || len(raw) > message.bytes {
		return nil, errDeflate
	}
	return raw, nil
}

// LogoutIssuerOf answers who says to have sent a logout message, unverified, and
// whether it is a request: which provider TakeLogout or FinishLogout is to be
// asked of.
func LogoutIssuerOf(in Message) (issuer string, request bool, err error) {
	defer func() {
		if recover() != nil {
			issuer, request, err = "", false, errXML
		}
	}()
	field, name := "SAMLRequest", "LogoutRequest"
	if in.Form.Values.Has("SAMLResponse") || strings.HasPrefix(in.Query, "SAMLResponse=") || strings.Contains(in.Query, "&SAMLResponse=") {
		field, name = "SAMLResponse", "LogoutResponse"
	}
	raw, _, _, err := in.unpack(field)
	if err != nil {
		return "", false, err
	}
	root, err := parse(raw, message)
	if err == nil {
		err = checkMessage(root, name)
	}
	if err != nil {
		return "", false, err
	}
	n := root.only(assertionNS, "Issuer")
	if n == nil {
		return "", false, errors.New("the message names no issuer")
	}
	return n.text, name == "LogoutRequest", nil
}
