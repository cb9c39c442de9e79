package oauth

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/identity"
)

// authority signs certificates of clients.
type authority struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

func (k *kit) certificate(by *authority, change func(*x509.Certificate)) (*x509.Certificate, *ecdsa.PrivateKey) {
	k.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	k.must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: k.clock().Add(-time.Hour), NotAfter: k.clock().Add(24 * time.Hour),
		Subject: pkix.Name{CommonName: "machine", Organization: []string{"Acme"}}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.Certificate, by.key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	k.must(err)
	cert, err := x509.ParseCertificate(raw)
	k.must(err)
	return cert, key
}

func (k *kit) authority() *authority {
	k.Helper()
	cert, key := k.certificate(nil, func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.ExtKeyUsage = true, true, x509.KeyUsageCertSign, nil
		c.Subject.CommonName = "Authority"
	})
	return &authority{cert, key}
}

func (k *kit) trust(a *authority) {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	k.Authorities = func() *x509.CertPool { return pool }
}

func (k *kit) presents(id identity.ClientID, cert *x509.Certificate) error {
	_, _, err := k.authenticate(context.Background(), testPool, ClientAuth{ID: id, Method: identity.AuthNone, Certificate: cert})
	return err
}

func TestTLSClientAuth(t *testing.T) {
	k := start(t)
	good, other := k.authority(), k.authority()
	k.trust(good)
	k.change(machine, func(c *identity.Client) { c.AuthMethod, c.TLSSubjectDN = identity.AuthTLS, "CN=machine,O=Acme" })
	cert, _ := k.certificate(good, nil)
	k.must(k.presents(machine, cert))
	for name, change := range map[string]func(*x509.Certificate){
		"of another subject":    func(c *x509.Certificate) { c.Subject.CommonName = "web" },
		"that has expired":      func(c *x509.Certificate) { c.NotAfter = k.clock().Add(-time.Minute) },
		"that is not valid yet": func(c *x509.Certificate) { c.NotBefore = k.clock().Add(time.Minute) },
		"of a server":           func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} },
	} {
		t.Run("a certificate "+name, func(t *testing.T) {
			cert, _ := k.certificate(good, change)
			refused(t, k.presents(machine, cert), InvalidClient)
		})
	}
	t.Run("a certificate of another authority", func(t *testing.T) {
		cert, _ := k.certificate(other, nil)
		refused(t, k.presents(machine, cert), InvalidClient)
	})
	t.Run("a self-signed certificate of the same name", func(t *testing.T) {
		cert, _ := k.certificate(nil, nil)
		refused(t, k.presents(machine, cert), InvalidClient)
	})
	t.Run("no certificate", func(t *testing.T) { refused(t, k.presents(machine, nil), InvalidClient) })
	t.Run("the client's secret instead", func(t *testing.T) {
		_, _, err := k.authenticate(context.Background(), testPool, as(machine))
		refused(t, err, InvalidClient)
	})
	t.Run("a certificate of a client that has a secret is no proof", func(t *testing.T) {
		refused(t, k.presents(web, cert), InvalidClient)
	})
	t.Run("nobody vouches", func(t *testing.T) {
		k.Authorities = nil
		refused(t, k.presents(machine, cert), InvalidClient)
		k.Authorities = func() *x509.CertPool { return nil }
		refused(t, k.presents(machine, cert), InvalidClient)
	})
}

func (k *kit) selfSigned(id identity.ClientID, cert *x509.Certificate) {
	k.Helper()
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: cert.PublicKey, Certificates: []*x509.Certificate{cert}}}})
	k.must(err)
	k.change(id, func(c *identity.Client) {
		c.AuthMethod, c.JWKS = identity.AuthSelfSignedTLS, &identity.JWKSet{}
		k.must(json.Unmarshal(raw, c.JWKS))
	})
}

func TestSelfSignedTLSClientAuth(t *testing.T) {
	k := start(t)
	mine, _ := k.certificate(nil, nil)
	k.selfSigned(machine, mine)
	k.must(k.presents(machine, mine))
	same, _ := k.certificate(nil, nil)
	refused(t, k.presents(machine, same), InvalidClient)
	refused(t, k.presents(machine, nil), InvalidClient)
}

func TestTokensAreBoundToACertificate(t *testing.T) {
	k := start(t)
	mine, _ := k.certificate(nil, nil)
	other, _ := k.certificate(nil, nil)
	for _, id := range []identity.ClientID{web, spa} {
		k.change(id, func(c *identity.Client) { c.CertificateBound = true })
	}
	redeem := func(id identity.ClientID, cert *x509.Certificate) (TokenResponse, error) {
		auth := as(id)
		auth.Certificate = cert
		return k.Token(context.Background(), testPool, TokenRequest{Auth: auth, Form: url.Values{
			"grant_type": {"authorization_code"}, "redirect_uri": {callback}, "code_verifier": {verifier},
			"code": {k.code(k.signIn("ann@example.test"), request(id))},
		}})
	}
	refresh := func(id identity.ClientID, token string, cert *x509.Certificate) error {
		auth := as(id)
		auth.Certificate = cert
		_, err := k.Token(context.Background(), testPool, TokenRequest{Auth: auth, Form: url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}})
		return err
	}
	use := func(token string, cert *x509.Certificate) error {
		_, err := k.UserInfo(context.Background(), testPool, Presented{Token: token, Certificate: cert})
		return err
	}
	_, err := redeem(web, nil)
	refused(t, err, InvalidRequest)
	got, err := redeem(web, mine)
	k.must(err)
	cnf, _ := confirmation(t, got.AccessToken).(map[string]any)
	if got.TokenType != "Bearer" || cnf["x5t#S256"] != certificateHash(mine) || len(cnf) != 1 {
		t.Errorf("%s bound to %v", got.TokenType, cnf)
	}
	k.must(use(got.AccessToken, mine))
	t.Run("attack: stolen", func(t *testing.T) {
		refused(t, use(got.AccessToken, nil), InvalidToken)
		refused(t, use(got.AccessToken, other), InvalidToken)
	})
	t.Run("introspection tells the certificate", func(t *testing.T) {
		answer, err := k.Introspect(context.Background(), testPool, url.Values{"token": {got.AccessToken}}, as(web))
		k.must(err)
		if answer.Confirmation.X5T != certificateHash(mine) || answer.TokenType != "Bearer" {
			t.Errorf("answered %+v", answer)
		}
	})
	t.Run("a confidential client may renew its certificate", func(t *testing.T) { k.must(refresh(web, got.RefreshToken, other)) })
	t.Run("the refresh token of a public client is bound", func(t *testing.T) {
		got, err := redeem(spa, mine)
		k.must(err)
		refused(t, refresh(spa, got.RefreshToken, other), InvalidGrant)
		k.must(refresh(spa, got.RefreshToken, mine))
	})
}

func TestDiscoverySaysHowCertificatesAreTaken(t *testing.T) {
	k := start(t)
	said := func() map[string]any {
		t.Helper()
		got, err := k.Discovery(context.Background(), testPool)
		k.must(err)
		return got
	}
	names := func(methods ...string) string {
		return fmt.Sprint(append([]string{"client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"}, methods...))
	}
	is := func(bound bool, methods string) {
		t.Helper()
		got := said()
		if got["tls_client_certificate_bound_access_tokens"] != bound || fmt.Sprint(got["token_endpoint_auth_methods_supported"]) != methods {
			t.Errorf("says %v, %v", got["tls_client_certificate_bound_access_tokens"], got["token_endpoint_auth_methods_supported"])
		}
	}
	is(false, names("none"))
	if said()["dpop_signing_alg_values_supported"] == nil || said()["token_endpoint_auth_signing_alg_values_supported"] == nil {
		t.Error("algorithms are missing")
	}
	k.trust(k.authority())
	is(false, names("none"))
	k.TakesCertificates = true
	is(true, names("self_signed_tls_client_auth", "tls_client_auth", "none"))
	k.Authorities = nil
	is(true, names("self_signed_tls_client_auth", "none"))
	if strings.Contains(fmt.Sprint(said()["introspection_endpoint_auth_methods_supported"]), "none") || said()["mtls_endpoint_aliases"] != nil {
		t.Errorf("says %v", said())
	}
	k.CertificateBase = func(p identity.PoolID) string { return "https://mtls.example.test/" + string(p) }
	aliases := said()["mtls_endpoint_aliases"].(map[string]string)
	if aliases["token_endpoint"] != "https://mtls.example.test/local_test/oauth2/token" || aliases["userinfo_endpoint"] == "" || aliases["authorization_endpoint"] != "" {
		t.Errorf("aliases %v", aliases)
	}
}
