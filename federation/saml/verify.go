package saml

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

var errSignature = errors.New("no certificate of the identity provider verifies the signature")

// verify checks the signature that the root of raw carries, or with child the
// child of the root by that name, and answers the bytes that are signed, without
// the signature. raw has been through parse and the checks of shape.
//
// The certificates are tried one by one with KeyInfo taken out: what stands in a
// message never chooses the key, and an identity provider that changes keys
// without KeyInfo goes on working.
func verify(raw []byte, child string, certificates []*x509.Certificate, now time.Time) ([]byte, error) {
	for _, c := range certificates {
		signed, err := signedPart(raw, child)
		if err != nil {
			return nil, err
		}
		if verified, err := verifyWith(signed, c, now); err == nil {
			return verified, nil
		}
	}
	return nil, errSignature
}

// signedPart answers an element on its own, with the prefixes that hold there.
func signedPart(raw []byte, child string) (*etree.Element, error) {
	document := etree.NewDocument()
	document.ReadSettings.MaxDepth = maxDepth
	if err := document.ReadFromBytes(raw); err != nil {
		return nil, err
	}
	element := document.Root()
	if child != "" {
		element = only(element, child)
	}
	if element == nil {
		return nil, errSignature
	}
	context, err := etreeutils.NSBuildParentContext(element)
	if err != nil {
		return nil, err
	}
	if context, err = context.SubContext(element); err != nil {
		return nil, err
	}
	if element, err = etreeutils.NSDetatch(context, element); err != nil {
		return nil, err
	}
	return element, bareSignature(element)
}

// bareSignature takes KeyInfo out, and the white space that some set around
// base64.
func bareSignature(element *etree.Element) error {
	signature := only(element, "Signature")
	if signature == nil {
		return errSignature
	}
	if info := only(signature, "KeyInfo"); info != nil {
		signature.RemoveChild(info)
	}
	value := only(signature, "SignatureValue")
	if value == nil {
		return errSignature
	}
	value.SetText(strings.Join(strings.Fields(value.Text()), ""))
	return nil
}

// only answers the one child of a local name; the checks of shape have settled
// its namespace.
func only(parent *etree.Element, name string) *etree.Element {
	var found *etree.Element
	for _, c := range parent.ChildElements() {
		if c.Tag == name && found != nil {
			return nil
		}
		if c.Tag == name {
			found = c
		}
	}
	return found
}

func verifyWith(signed *etree.Element, c *x509.Certificate, now time.Time) ([]byte, error) {
	if !strong(c) {
		return nil, errSignature
	}
	derSignature(signed, c)
	context := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{c}})
	context.IdAttribute = "ID"
	context.Clock = dsig.NewFakeClockAt(now)
	verified, err := context.Validate(signed)
	if err != nil {
		return nil, err
	}
	document := etree.NewDocumentWithRoot(verified)
	document.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true, CanonicalEndTags: true}
	return document.WriteToBytes()
}

// derSignature writes an ECDSA signature the way crypto/x509 reads it: XML
// Signature 1.1 §6.4.3 has r and s side by side.
func derSignature(signed *etree.Element, c *x509.Certificate) {
	value := only(only(signed, "Signature"), "SignatureValue")
	raw, err := base64.StdEncoding.DecodeString(value.Text())
	if err == nil {
		value.SetText(base64.StdEncoding.EncodeToString(der(raw, c)))
	}
}

// der answers an ECDSA signature of r and s side by side as ASN.1, and any other
// as it is.
func der(raw []byte, c *x509.Certificate) []byte {
	key, ok := c.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return raw
	}
	size := (key.Curve.Params().BitSize + 7) / 8
	if len(raw) != 2*size {
		return raw
	}
	encoded, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:size]), new(big.Int).SetBytes(raw[size:])})
	if err != nil {
		return raw
	}
	return encoded
}

// strong says that a key is worth verifying with: RSA of 2,048 to 8,192 bits, or
// a NIST curve of 256 bits and more.
func strong(c *x509.Certificate) bool {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen() >= 2048 && key.N.BitLen() <= 8192
	case *ecdsa.PublicKey:
		return key.Curve == elliptic.P256() || key.Curve == elliptic.P384() || key.Curve == elliptic.P521()
	}
	return false
}
