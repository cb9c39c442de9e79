package mtls

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
)

// maxHeader bounds what a proxy hands on: a certificate, escaped.
const maxHeader = 24 << 10

// ErrHeader refuses a header that holds no certificate.
var ErrHeader = errors.New("the header holds no certificate that can be read")

// ParseHeader reads a client's certificate from the header that a proxy sets. Two
// forms are taken: RFC 9440 §2.1 (":base64:"), and PEM with percent escapes, as
// nginx ($ssl_client_escaped_cert), Traefik and Caddy write it, with or without its
// first and last line, in lines or in one. Of a chain the first is the client's.
func ParseHeader(value string) (*x509.Certificate, error) {
	if len(value) > maxHeader {
		return nil, ErrHeader
	}
	der, err := derOf(strings.TrimSpace(value))
	if err != nil {
		return nil, ErrHeader
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, ErrHeader
	}
	return cert, nil
}

func derOf(value string) ([]byte, error) {
	if inner, ok := strings.CutPrefix(value, ":"); ok {
		inner, ok = strings.CutSuffix(inner, ":")
		if !ok {
			return nil, ErrHeader
		}
		return base64.StdEncoding.DecodeString(inner)
	}
	// A plus sign is a letter of base64 here: proxies escape with %20, if at all.
	text, err := url.PathUnescape(value)
	if err != nil {
		return nil, err
	}
	if inner, ok := strings.CutPrefix(strings.TrimSpace(text), "-----BEGIN CERTIFICATE-----"); ok {
		text, _, _ = strings.Cut(inner, "-----END CERTIFICATE-----") // its lines may be joined by spaces
	}
	bare, _, _ := strings.Cut(text, ",") // Traefik lists a chain so
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(bare), ""))
}
