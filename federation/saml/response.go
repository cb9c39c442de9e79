package saml

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"time"
)

// maxResponse bounds a message in base64: 256 KiB of XML, and line breaks.
const maxResponse = 360 << 10

var (
	errEncoding  = errors.New("the message is not base64")
	errSize      = errors.New("the message is empty, or more than 256 KiB")
	errUnsigned  = errors.New("nothing in it is signed")
	errEncrypted = errors.New("an encrypted assertion, which the settings do not expect")
	errAssertion = errors.New("the response holds no assertion")
)

// verified is a response that holds up: signed is every byte of the assertion,
// and of the response when whole is true.
type verified struct {
	response  *node
	assertion *node
	whole     bool
}

// keys are what responses of one identity provider are opened with.
type keys struct {
	certificates []*x509.Certificate
	private      *rsa.PrivateKey // nil: encrypted assertions are not expected
	now          time.Time
}

// decode answers the XML of a form value. White space is let pass where RFC 2045
// has it; anything else that is not base64 is not.
func decode(value string) ([]byte, error) {
	if value == "" || len(value) > maxResponse {
		return nil, errSize
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.NewReplacer("\r", "", "\n", "").Replace(value))
	if err != nil {
		return nil, errEncoding
	}
	return raw, nil
}

// openResponse verifies a response that has the shape of one, and answers what
// may be believed of it. Both signatures are verified where both are there.
func (k keys) openResponse(raw []byte, root *node) (verified, error) {
	v := verified{response: root}
	if root.only(signatureNS, "Signature") != nil {
		signed, err := k.reread(raw, "", checkResponse)
		if err != nil {
			return verified{}, err
		}
		v.response, v.whole = signed, true
	}
	var err error
	if encrypted := v.response.only(assertionNS, "EncryptedAssertion"); encrypted != nil {
		v.assertion, err = k.openEncrypted(encrypted, v.whole)
	} else {
		v.assertion, err = k.openPlain(raw, root, v)
	}
	return v, err
}

// openPlain answers the assertion of a response that is not encrypted.
func (k keys) openPlain(raw []byte, root *node, v verified) (*node, error) {
	arrived := root.only(assertionNS, "Assertion")
	if arrived == nil {
		return nil, errAssertion
	}
	if arrived.only(signatureNS, "Signature") != nil {
		return k.reread(raw, "Assertion", checkAssertion)
	}
	if !v.whole {
		return nil, errUnsigned
	}
	return v.response.only(assertionNS, "Assertion"), nil
}

// openEncrypted answers the assertion within an encrypted one. Whatever is wrong,
// its signature included, is errDecrypt.
func (k keys) openEncrypted(encrypted *node, whole bool) (*node, error) {
	if k.private == nil {
		return nil, errEncrypted
	}
	raw, err := decrypt(encrypted, k.private, whole)
	if err != nil {
		return nil, errDecrypt
	}
	assertion, err := parse(raw, message)
	if err != nil || checkAssertion(assertion) != nil {
		return nil, errDecrypt
	}
	if assertion.only(signatureNS, "Signature") != nil {
		if assertion, err = k.reread(raw, "", checkAssertion); err != nil {
			return nil, errDecrypt
		}
		return assertion, nil
	}
	if !whole {
		return nil, errDecrypt
	}
	return assertion, nil
}

// reread verifies an element and reads it again from the bytes that were signed.
func (k keys) reread(raw []byte, child string, check func(*node) error) (*node, error) {
	signed, err := verify(raw, child, k.certificates, k.now)
	if err != nil {
		return nil, errSignature
	}
	root, err := parse(signed, message)
	if err != nil {
		return nil, err
	}
	return root, check(root)
}
