package config

import (
	"net/textproto"
	"strings"

	"poolhouse.dev/cmd/poolhouse/certs"
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
