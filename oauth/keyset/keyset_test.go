package keyset

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/oauth/jws"
	"poolhouse.dev/oauth/oauthtest"
)

// site is a client's own site, with a key set that may change.
type site struct {
	*httptest.Server
	mu     sync.Mutex
	body   string
	status int
	visits int
}

func publish(t testing.TB, keys ...*oauthtest.Key) *site {
	t.Helper()
	s := &site{body: string(oauthtest.Set(t, keys...)), status: http.StatusOK}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.visits++
		w.WriteHeader(s.status)
		w.Write([]byte(s.body))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) set(status int, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status, s.body = status, body
}

func (s *site) source() Source { return Source{Address: s.URL + "/jwks.json"} }

// world is Keys with a clock that moves when told to.
type world struct {
	*Keys
	now time.Time
}

func start() *world {
	w := &world{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	w.Keys = &Keys{
		Client: fetch.New(fetch.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}),
		Cache:  fetch.NewCache(0), Now: func() time.Time { return w.now },
	}
	return w
}

func inlineOf(t testing.TB, keys ...*oauthtest.Key) Source {
	t.Helper()
	var set identity.JWKSet
	if err := json.Unmarshal(oauthtest.Set(t, keys...), &set); err != nil {
		t.Fatal(err)
	}
	return Source{Inline: &set}
}

// verify signs with the key and asks whether the source knows it.
func (w *world) verify(t testing.TB, from Source, key *oauthtest.Key, header map[string]any) error {
	t.Helper()
	token, err := jws.Parse(key.Sign(t, header, map[string]any{"iss": "me"}), 4096, jws.Asymmetric)
	if err != nil {
		t.Fatal(err)
	}
	var c jws.Claims
	err = w.Verify(t.Context(), from, token, &c)
	if err == nil && c.Issuer != "me" {
		t.Errorf("read %+v", c)
	}
	return err
}

func kid(id string) map[string]any { return map[string]any{"kid": id} }

func TestVerifiesWithKeysOfTheSettings(t *testing.T) {
	w := start()
	for _, alg := range jws.Asymmetric {
		t.Run(alg, func(t *testing.T) {
			key := oauthtest.NewKey(t, alg)
			if err := w.verify(t, inlineOf(t, oauthtest.NewKey(t, "ES384"), key), key, kid(key.ID)); err != nil {
				t.Error(err)
			}
			if err := w.verify(t, inlineOf(t, key), key, nil); err != nil {
				t.Error("without a kid", err)
			}
		})
	}
	key := oauthtest.NewKey(t, "ES256")
	for name, err := range map[string]error{
		"another kid":           w.verify(t, inlineOf(t, key), key, kid("other")),
		"somebody else's key":   w.verify(t, inlineOf(t, oauthtest.NewKey(t, "ES256")), key, kid(key.ID)),
		"no keys":               w.verify(t, Source{}, key, nil),
		"a key for encryption":  w.verify(t, altered(t, key, "use", "enc"), key, kid(key.ID)),
		"a key for another alg": w.verify(t, altered(t, oauthtest.NewKey(t, "PS256"), "alg", "RS256"), oauthtest.NewKey(t, "PS256"), nil),
	} {
		t.Run(name, func(t *testing.T) {
			if !errors.Is(err, jws.ErrInvalid) {
				t.Errorf("answered %v", err)
			}
		})
	}
}

// altered is a key's set with one member of the key changed.
func altered(t *testing.T, key *oauthtest.Key, member, value string) Source {
	t.Helper()
	from := inlineOf(t, key)
	raw, _ := json.Marshal(from.Inline.Keys[0])
	members := map[string]any{}
	_ = json.Unmarshal(raw, &members)
	members[member] = value
	raw, _ = json.Marshal(members)
	if err := json.Unmarshal(raw, &from.Inline.Keys[0]); err != nil {
		t.Fatal(err)
	}
	return from
}

func TestFetchedKeys(t *testing.T) {
	w, first, second := start(), oauthtest.NewKey(t, "ES256"), oauthtest.NewKey(t, "ES256")
	first.ID, second.ID = "first", "second"
	s := publish(t, first)
	is := func(what string, err error, visits int, good bool) {
		t.Helper()
		if (err == nil) != good || s.visits != visits {
			t.Errorf("%s: %v after %d visits", what, err, s.visits)
		}
	}
	is("at first", w.verify(t, s.source(), first, kid("first")), 1, true)
	is("again", w.verify(t, s.source(), first, kid("first")), 1, true)
	is("a key that is not there", w.verify(t, s.source(), second, kid("second")), 2, false)
	s.set(http.StatusOK, string(oauthtest.Set(t, first, second)))
	is("a key that has come, within the minute", w.verify(t, s.source(), second, kid("second")), 2, false)
	w.now = w.now.Add(time.Minute)
	is("a key that has come", w.verify(t, s.source(), second, kid("second")), 3, true)
	s.set(http.StatusOK, string(oauthtest.Set(t, second)))
	w.now = w.now.Add(published.Fresh)
	is("a key that was taken out", w.verify(t, s.source(), first, kid("first")), 5, false)
	s.set(http.StatusInternalServerError, "")
	w.now = w.now.Add(published.Fresh)
	is("while the site is down", w.verify(t, s.source(), second, kid("second")), 6, true)
}

func TestAttackAFloodOfUnknownKidsIsNoFloodOfRequests(t *testing.T) {
	w, key := start(), oauthtest.NewKey(t, "ES256")
	s := publish(t, key)
	for i := range 100 {
		if w.verify(t, s.source(), key, kid("unknown-"+strings.Repeat("x", i))) == nil {
			t.Fatal("taken")
		}
	}
	if s.visits > 2 {
		t.Errorf("%d visits", s.visits)
	}
}

func TestAttackKeySets(t *testing.T) {
	key := oauthtest.NewKey(t, "ES256")
	good := string(oauthtest.Set(t, key))
	secret := key.Public()
	secret.Key = key.Private
	private, _ := json.Marshal(map[string]any{"keys": []any{secret}})
	for name, c := range map[string]struct {
		status      int
		body        string
		unavailable bool
	}{
		"no JSON": {200, "<html>", true}, "no keys": {200, `{}`, true}, "status 404": {404, good, true},
		"a redirect that is not followed": {302, good, true}, "an empty set": {200, `{"keys":[]}`, false},
		"more than 50 keys": {200, `{"keys":[` + strings.Repeat(`{},`, 50) + `{}]}`, true},
		"a private key":     {200, string(private), false}, "a secret": {200, `{"keys":[{"kty":"oct","k":"AAAA"}]}`, false},
		"keys of other kinds": {200, `{"keys":[7,{"kty":"EC"},{"kty":"new"},null]}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			w, s := start(), publish(t, key)
			s.set(c.status, c.body)
			err := w.verify(t, s.source(), key, kid(key.ID))
			if errors.Is(err, ErrUnavailable) != c.unavailable || errors.Is(err, jws.ErrInvalid) == c.unavailable {
				t.Errorf("answered %v", err)
			}
		})
	}
	t.Run("an address of this machine is not asked", func(t *testing.T) {
		w, s := start(), publish(t, key)
		w.Client = fetch.New(fetch.Options{})
		if err := w.verify(t, s.source(), key, kid(key.ID)); !errors.Is(err, ErrUnavailable) || s.visits > 0 {
			t.Errorf("answered %v after %d visits", err, s.visits)
		}
	})
}

func TestEncrypt(t *testing.T) {
	w := start()
	ec, rs := oauthtest.NewKey(t, "ES256"), oauthtest.NewKey(t, "RS256")
	to := inlineOf(t, ec, rs)
	for i := range to.Inline.Keys {
		to.Inline.Keys[i].Use, to.Inline.Keys[i].Algorithm = "enc", ""
	}
	for alg, key := range map[string]*oauthtest.Key{"RSA-OAEP": rs, "RSA-OAEP-256": rs, "ECDH-ES": ec, "ECDH-ES+A128KW": ec, "ECDH-ES+A256KW": ec} {
		for _, enc := range []string{"", "A256CBC-HS512", "A128GCM", "A256GCM"} {
			t.Run(alg+" "+enc, func(t *testing.T) {
				text, err := w.Encrypt(t.Context(), to, Sealing{Algorithm: alg, Encryption: enc, ContentType: "JWT", Type: "JWT"}, []byte("content"))
				if err != nil {
					t.Fatal(err)
				}
				if enc == "" {
					enc = "A128CBC-HS256"
				}
				opened(t, text, alg, enc, key)
			})
		}
	}
	for name, c := range map[string]struct {
		to  Source
		how Sealing
		err error
	}{
		"no key":               {Source{}, Sealing{Algorithm: "RSA-OAEP"}, ErrNoKey},
		"a key for signatures": {inlineOf(t, rs), Sealing{Algorithm: "RSA-OAEP"}, ErrNoKey},
		"RSA1_5":               {to, Sealing{Algorithm: "RSA1_5"}, ErrNoKey},
		"dir":                  {to, Sealing{Algorithm: "dir"}, ErrNoKey},
		"a key of another alg": {altered(t, rs, "use", "enc"), Sealing{Algorithm: "RSA-OAEP"}, ErrNoKey},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := w.Encrypt(t.Context(), c.to, c.how, []byte("x")); !errors.Is(err, c.err) {
				t.Errorf("answered %v", err)
			}
		})
	}
	t.Run("an unknown encryption", func(t *testing.T) {
		if _, err := w.Encrypt(t.Context(), to, Sealing{Algorithm: "RSA-OAEP", Encryption: "A1"}, []byte("x")); err == nil {
			t.Error("taken")
		}
	})
}

func opened(t *testing.T, text, alg, enc string, key *oauthtest.Key) {
	t.Helper()
	sealed, err := jose.ParseEncryptedCompact(text, []jose.KeyAlgorithm{jose.KeyAlgorithm(alg)}, []jose.ContentEncryption{jose.ContentEncryption(enc)})
	if err != nil {
		t.Fatal(err)
	}
	content, err := sealed.Decrypt(key.Private)
	if err != nil || string(content) != "content" || sealed.Header.KeyID != key.ID || sealed.Header.ExtraHeaders["cty"] != "JWT" {
		t.Errorf("%q, %v, %+v", content, err, sealed.Header)
	}
}

func TestCertificatesOfAKeySet(t *testing.T) {
	w := start()
	mine, other := certificate(t), certificate(t)
	public := jose.JSONWebKey{Key: mine.PublicKey, KeyID: "a", Certificates: []*x509.Certificate{mine}}
	sum := crypto.SHA256.New()
	sum.Write(other.Raw)
	byPrint := jose.JSONWebKey{Key: other.PublicKey, KeyID: "b", CertificateThumbprintSHA256: sum.Sum(nil)}
	bare := certificate(t)
	from := ofKeys(t, public, byPrint, jose.JSONWebKey{Key: bare.PublicKey, KeyID: "c"})
	for name, c := range map[string]struct {
		cert *x509.Certificate
		want bool
	}{"in x5c": {mine, true}, "by x5t#S256": {other, true}, "its key alone": {bare, false}, "another": {certificate(t), false}} {
		t.Run(name, func(t *testing.T) {
			if got, err := w.HasCertificate(t.Context(), from, c.cert); got != c.want || err != nil {
				t.Error(got, err)
			}
		})
	}
	s := publish(t)
	s.set(500, "")
	if got, err := w.HasCertificate(context.Background(), s.source(), mine); got || !errors.Is(err, ErrUnavailable) {
		t.Error(got, err)
	}
}

func ofKeys(t *testing.T, keys ...jose.JSONWebKey) Source {
	t.Helper()
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	var set identity.JWKSet
	if err := json.Unmarshal(raw, &set); err != nil {
		t.Fatal(err)
	}
	return Source{Inline: &set}
}

// certificate makes a self-signed certificate.
func certificate(t *testing.T) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
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
