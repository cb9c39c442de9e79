package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// certified makes a self-signed certificate for this machine and a client alike.
func certified(t *testing.T, name string) (pair tls.Certificate, cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})
	key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	pair, err = tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return pair, cert, key
}

// keySet is a client's key set that holds the certificate, as YAML.
func keySet(t *testing.T, pair tls.Certificate) string {
	t.Helper()
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: leaf.PublicKey, Certificates: []*x509.Certificate{leaf}}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// A client proves itself with its certificate at our own TLS listener, and its tokens
// are bound to it.
func TestServeSpeaksTLSAndTakesCertificates(t *testing.T) {
	folder := shortFolder(t)
	mine, cert, _ := certified(t, "billing")
	_, serverCert, serverKey := certified(t, "login")
	for name, text := range map[string][]byte{
		"server.pem": serverCert, "server.key": serverKey, "clients.pem": cert,
		"poolhouse.yaml": []byte(`
tls: {certificate: server.pem, private_key: server.key, client_certificates: request}
client_authorities: clients.pem
pools:
  - id: local_main
    resource_servers: [{identifier: api, name: API, scopes: [{scope_name: read, scope_description: Read}]}]
    clients:
      - client_name: selfsigned
        client_id: selfsigned
        token_endpoint_auth_method: self_signed_tls_client_auth
        tls_client_certificate_bound_access_tokens: true
        allowed_oauth_flows: [client_credentials]
        allowed_oauth_scopes: [api/read]
        jwks: ` + keySet(t, mine) + `
      - client_name: named
        client_id: named
        token_endpoint_auth_method: tls_client_auth
        tls_client_auth_subject_dn: CN=billing
        allowed_oauth_flows: [client_credentials]
        allowed_oauth_scopes: [api/read]
`)} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := serveOver(t, filepath.Join(folder, "data"), `Sign-in +(https://[\d.:]+/)login`, "--config", filepath.Join(folder, "poolhouse.yaml"))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(serverCert)
	visitor := func(own ...tls.Certificate) *http.Client {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: own}, ForceAttemptHTTP2: true}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
	discovery := asked(t, visitor(), r.url+"/.well-known/openid-configuration", nil)
	if methods, _ := json.Marshal(discovery["token_endpoint_auth_methods_supported"]); !bytes.Contains(methods, []byte("tls_client_auth")) || discovery["issuer"] != r.url {
		t.Errorf("discovery says %s, %v", methods, discovery["issuer"])
	}
	for _, client := range []string{"selfsigned", "named"} {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client}}
		if got := asked(t, visitor(mine), r.url+"/oauth2/token", form); got["access_token"] == nil {
			t.Errorf("%s: answered %v", client, got)
		}
		other, _, _ := certified(t, "billing")
		for _, stranger := range []*http.Client{visitor(), visitor(other)} {
			if got := asked(t, stranger, r.url+"/oauth2/token", form); got["error"] != "invalid_client" {
				t.Errorf("%s: answered %v", client, got)
			}
		}
	}
}

// asked gets an address, or posts the form to it, over HTTP/2.
func asked(t *testing.T, c *http.Client, address string, form url.Values) map[string]any {
	t.Helper()
	ask := func() (*http.Response, error) { return c.Get(address) }
	if form != nil {
		ask = func() (*http.Response, error) { return c.PostForm(address, form) }
	}
	res, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.ProtoMajor != 2 {
		t.Errorf("%s speaks %s", address, res.Proto)
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(raw, &answer); err != nil {
		t.Fatalf("%s answers %s", address, raw)
	}
	return answer
}

func TestTheFlagsOfTLS(t *testing.T) {
	folder := shortFolder(t)
	_, cert, key := certified(t, "login")
	certFile, keyFile := filepath.Join(folder, "c.pem"), filepath.Join(folder, "k.pem")
	for name, text := range map[string][]byte{certFile: cert, keyFile: key} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := serveOver(t, filepath.Join(folder, "data"), `Sign-in +(https://[\d.:]+/)login`, "--tls-certificate", certFile, "--tls-private-key", keyFile)
	if !strings.HasPrefix(r.url, "https://127.0.0.1:") {
		t.Errorf("is at %s", r.url)
	}
}

func TestAWarningNamesAClientWhoseCertificateNeverComes(t *testing.T) {
	folder := shortFolder(t)
	file, data := filepath.Join(folder, "poolhouse.yaml"), filepath.Join(folder, "data")
	text := `
client_certificate_header: Client-Cert
trusted_proxies: [127.0.0.1]
pools:
  - id: local_main
    clients:
      - {client_name: bound, client_id: bound, callback_urls: ['https://a.test/'], client_secret: 0123456789abcdef, tls_client_certificate_bound_access_tokens: true}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	first := serveIn(t, data, "--config", file)
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(first.out.String(), "cannot be met") {
		t.Errorf("warned of what can be met:\n%s", first.out)
	}
	serveIn(t, data).find(`(tls_client_certificate_bound_access_tokens of the client bound in the pool local_main cannot be met)`)
}
