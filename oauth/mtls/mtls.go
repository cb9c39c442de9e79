// Package mtls reads the certificates that clients present: whose name they bear,
// and what a proxy in front says of them. It is pure.
//
// Documents: RFC 8705 (OAuth and mutual TLS), RFC 4514 (names as text), RFC 4517
// §4.2.15 (how names compare), RFC 9440 (Client-Cert).
package mtls

import (
	"crypto/x509"
	"net/netip"
	"slices"
	"strings"
)

// Name is the one name that a client's certificate must bear (RFC 8705 §2.1.2):
// exactly one field is set.
type Name struct{ DN, DNS, URI, IP, Email string }

// Matches says that the certificate bears the name. Whether it is to be believed is
// another question.
func Matches(cert *x509.Certificate, want Name) bool {
	switch {
	case want.DN != "":
		return sameDN(cert.RawSubject, want.DN)
	case want.DNS != "":
		return slices.ContainsFunc(cert.DNSNames, func(name string) bool { return strings.EqualFold(name, want.DNS) })
	case want.URI != "":
		for _, uri := range cert.URIs {
			if uri.String() == want.URI {
				return true
			}
		}
		return false
	case want.IP != "":
		return hasIP(cert, want.IP)
	case want.Email != "":
		return slices.Contains(cert.EmailAddresses, want.Email)
	}
	return false
}

func hasIP(cert *x509.Certificate, text string) bool {
	want, err := netip.ParseAddr(text)
	if err != nil {
		return false
	}
	for _, each := range cert.IPAddresses {
		if got, ok := netip.AddrFromSlice(each); ok && got.Unmap() == want.Unmap() {
			return true
		}
	}
	return false
}
