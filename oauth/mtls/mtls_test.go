package mtls

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"
)

func certificate(t testing.TB, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	if change != nil {
		change(template)
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestNamesInTheSubject(t *testing.T) {
	cert := certificate(t, func(c *x509.Certificate) {
		c.Subject = pkix.Name{
			CommonName: "Client, One", Organization: []string{"Acme  GmbH"}, Country: []string{"DE"},
			ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}, Value: "münchen"}},
		}
	})
	t.Log(cert.Subject.String())
	for dn, want := range map[string]bool{
		`UID=münchen,CN=Client\, One,O=Acme  GmbH,C=DE`:                                        true,
		`uid=M\C3\BCNCHEN, cn=client\2C one, o=acme gmbh, c=de`:                                true,
		`0.9.2342.19200300.100.1.1=münchen,2.5.4.3=Client\, One,O=Acme GmbH,C=DE`:              true,
		`OID.0.9.2342.19200300.100.1.1=#0c086dc3bc6e6368656e,CN=Client\, One,O=Acme GmbH,C=DE`: true,
		`CN=Client\, One,UID=münchen,O=Acme GmbH,C=DE`:                                         false, // another order
		`UID=münchen,CN=Client\, One,O=Acme GmbH`:                                              false, // a part of it
		`UID=münchen,CN=Client\, One,O=Acme GmbH,C=DE,L=x`:                                     false,
		`UID=münchen+CN=Client\, One,O=Acme GmbH,C=DE`:                                         false,
		`UID=münchen,CN=Client, One,O=Acme GmbH,C=DE`:                                          false, // not escaped
		`CN=Client\, One`: false, ``: false, `,`: false, `CN`: false, `X=1`: false, `CN=#zz`: false, `CN=\`: false, `CN=#0c01`: false,
	} {
		if Matches(cert, Name{DN: dn}) != want && dn != "" {
			t.Errorf("%s: not %v", dn, want)
		}
	}
}

func TestOtherNames(t *testing.T) {
	at, _ := url.Parse("https://client.example.test/a")
	cert := certificate(t, func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: "client.example.test"}
		c.DNSNames, c.EmailAddresses = []string{"other.example.test", "Client.example.test"}, []string{"ops@example.test"}
		c.URIs, c.IPAddresses = []*url.URL{at}, []net.IP{net.ParseIP("192.0.2.7"), net.ParseIP("2001:db8::7")}
	})
	for name, c := range map[string]struct {
		want Name
		is   bool
	}{
		"dns": {Name{DNS: "client.example.test"}, true}, "another dns": {Name{DNS: "example.test"}, false},
		"a wildcard is a name": {Name{DNS: "*.example.test"}, false},
		"uri":                  {Name{URI: "https://client.example.test/a"}, true}, "another uri": {Name{URI: "https://client.example.test/"}, false},
		"ip": {Name{IP: "192.0.2.7"}, true}, "ip, mapped": {Name{IP: "::ffff:192.0.2.7"}, true}, "ip 6": {Name{IP: "2001:DB8:0::7"}, true},
		"another ip": {Name{IP: "192.0.2.8"}, false}, "no ip": {Name{IP: "x"}, false},
		"email": {Name{Email: "ops@example.test"}, true}, "another email": {Name{Email: "dev@example.test"}, false}, "none": {Name{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if Matches(cert, c.want) != c.is {
				t.Errorf("not %v", c.is)
			}
		})
	}
	t.Run("the common name is no dns name", func(t *testing.T) {
		bare := certificate(t, func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "client.example.test"} })
		if Matches(bare, Name{DNS: "client.example.test"}) {
			t.Error("taken")
		}
	})
}

func TestHeadersOfProxies(t *testing.T) {
	cert := certificate(t, nil)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	bare := base64.StdEncoding.EncodeToString(cert.Raw)
	other := base64.StdEncoding.EncodeToString(certificate(t, nil).Raw)
	for name, value := range map[string]string{
		"RFC 9440":                  ":" + bare + ":",
		"nginx":                     strings.ReplaceAll(url.QueryEscape(text), "+", "%20"),
		"nginx, in lines":           strings.ReplaceAll(text, "\n", "\n\t"),
		"Traefik":                   url.QueryEscape(bare),
		"Traefik, with its chain":   url.QueryEscape(bare) + "," + url.QueryEscape(other),
		"Caddy ({…der_base64})":     bare,
		"HAProxy (%{+Q}[…,base64])": bare,
		"with a chain of PEM":       url.PathEscape(text + string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate(t, nil).Raw}))),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseHeader(value)
			if err != nil || !got.Equal(cert) {
				t.Errorf("read %v", err)
			}
		})
	}
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: cert.Raw}))
	for name, value := range map[string]string{
		"nothing": "", "no base64": "***", "no certificate": "aGVsbG8=", "bad escapes": "%zz", "a colon at one end": ":" + bare, "a private key": url.PathEscape(key),
		"too long": strings.Repeat("A", maxHeader+4), "half of one": bare[:len(bare)/2],
	} {
		t.Run("refused: "+name, func(t *testing.T) {
			if _, err := ParseHeader(value); !errors.Is(err, ErrHeader) {
				t.Errorf("answered %v", err)
			}
		})
	}
}

// FuzzParseHeader: what is read is a certificate, whoever wrote the header.
func FuzzParseHeader(f *testing.F) {
	cert := certificate(f, nil)
	f.Add(":" + base64.StdEncoding.EncodeToString(cert.Raw) + ":")
	f.Add(url.PathEscape(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))))
	f.Add("-----BEGIN%20CERTIFICATE-----")
	f.Fuzz(func(t *testing.T, value string) {
		got, err := ParseHeader(value)
		if (err == nil) != (got != nil) || got != nil && len(got.Raw) == 0 {
			t.Error(got, err)
		}
	})
}

// FuzzDN: a name as text never matches a subject that it was not read from, and
// reading it never fails loudly.
func FuzzDN(f *testing.F) {
	cert := certificate(f, func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "a", Country: []string{"DE"}} })
	f.Add("CN=a,C=DE")
	f.Add(`CN=\2C,C=#0c01`)
	f.Fuzz(func(t *testing.T, dn string) {
		if Matches(cert, Name{DN: dn}) && (!strings.Contains(strings.ToUpper(dn), "=") || strings.Count(dn, ",") != 1) {
			t.Errorf("%q matches", dn)
		}
	})
}
