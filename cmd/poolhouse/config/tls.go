package config

import (
	"fmt"
	"net/textproto"
	"strings"

	"poolhouse.dev/cmd/poolhouse/certs"
	"poolhouse.dev/identity"
)

// tls checks what the server shows to clients, and how their certificates come to it.
func (c *checker) tls(f *File) {
	if (f.TLS.Certificate == "") != (f.TLS.PrivateKey == "") {
		c.fail("tls", "name both files, certificate and private_key", "one of the two is missing")
	} else if f.TLS.On() {
		c.openable("tls.certificate", f.TLS.Certificate, "name a certificate in PEM with its chain, and in private_key its key", func(string) error {
			_, err := certs.Pair(f.TLS.Certificate, f.TLS.PrivateKey)
			return err
		})
	}
	c.certificates(f.TLS)
	c.oneOf("tls.client_certificates", f.TLS.ClientCertificates, "off", "request")
	if f.TLS.ClientCertificates == "request" && !f.TLS.On() {
		c.fail("tls.client_certificates", "add certificate and private_key, or client_certificate_header for a proxy's", "nobody is asked without TLS")
	}
	if f.TLS.On() && strings.HasPrefix(f.PublicURL, "http://") {
		c.fail("public_url", "write "+strings.Replace(f.PublicURL, "http://", "https://", 1), "the server speaks TLS, and this URL is plain http")
	}
	c.openable("client_authorities", f.ClientAuthorities, "name a file of certificates in PEM", func(path string) error {
		_, err := certs.Pool(path)
		return err
	})
	c.certificateHeader(f)
	for i := range f.Pools {
		for n := range f.Pools[i].Clients {
			path := fmt.Sprintf("pools[%d].clients[%d]", i, n)
			if field, why, fix := f.IdleCertificate(&f.Pools[i].Clients[n].Client); why != "" {
				c.fail(path+"."+field, fix, "%s", why)
			}
		}
	}
}

// certificates are those for further names, beside the one that is always there.
func (c *checker) certificates(t TLS) {
	if len(t.Certificates) > 0 && !t.On() {
		c.fail("tls.certificates", "name one in tls.certificate, for whoever comes by another name", "there is none beside them")
	}
	for i, files := range t.Certificates {
		c.openable(fmt.Sprintf("tls.certificates[%d]", i), files.Certificate, "name a certificate in PEM with its chain, and in private_key its key", func(string) error {
			_, err := certs.Pair(files.Certificate, files.PrivateKey)
			return err
		})
	}
}

// IdleCertificate says why a client can never present the certificate that its
// settings want, in which setting, and what would help; why is "" when it can.
func (f *File) IdleCertificate(client *identity.Client) (field, why, fix string) {
	byTLS := client.AuthMethod == identity.AuthTLS || client.AuthMethod == identity.AuthSelfSignedTLS
	switch {
	case f.TakesCertificates() && client.AuthMethod == identity.AuthTLS && f.ClientAuthorities == "":
		return "token_endpoint_auth_method", "nobody vouches for certificates", "name their authorities in client_authorities"
	case f.TakesCertificates() || !byTLS && !client.CertificateBound:
		return "", "", ""
	case byTLS:
		field = "token_endpoint_auth_method"
	default:
		field = "tls_client_certificate_bound_access_tokens"
	}
	return field, "no certificate of a client comes here", "set tls.client_certificates: request, or client_certificate_header for a proxy's"
}

func (c *checker) certificateHeader(f *File) {
	name := f.ClientCertificateHeader
	switch {
	case name != "" && (strings.Trim(name, headerLetters) != "" || textproto.CanonicalMIMEHeaderKey(name) == ""):
		c.fail("client_certificate_header", "write X-Client-Cert, or Client-Cert as of RFC 9440", "%q is no name of a header", name)
	case name != "" && len(f.TrustedProxies) == 0:
		c.fail("client_certificate_header", "name the proxy's address in trusted_proxies", "no proxy is trusted, so nobody may send it")
	}
	if host := f.ClientCertificateHost; host != "" {
		if !f.TakesCertificates() {
			c.fail("client_certificate_host", "set tls.client_certificates: request, or client_certificate_header", "nobody asks for certificates")
		}
		c.hostNames("client_certificate_host", host)
	}
}

const headerLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
