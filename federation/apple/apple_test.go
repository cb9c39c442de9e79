package apple

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
	"poolhouse.dev/federation/oidc"
)

func newKey(t *testing.T, curve elliptic.Curve) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return key, der
}

func settings(u *federationtest.Upstream, der []byte) federation.Settings {
	return u.Settings(federation.SignInWithApple, map[string]string{
		"authorize_url": u.At("/authorize"), "token_url": u.At("/token"), "jwks_uri": u.At("/keys"), "client_secret": "",
		"team_id": "ABCDE12345", "key_id": "KEY9876543", "private_key": base64.StdEncoding.EncodeToString(der),
	})
}

func open(t *testing.T, s federation.Settings, u *federationtest.Upstream) federation.Provider {
	t.Helper()
	p, err := oidc.Type(Profile).Open(s, u.Deps())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// documented is the identity token of
// https://developer.apple.com/documentation/signinwithapple/authenticating-users-with-sign-in-with-apple
func documented() map[string]any {
	return map[string]any{
		"iss": "https://appleid.apple.com", "sub": "001999.0a1b2c3d4e5f60718293a4b5c6d7e8f9.1234", "nonce_supported": true,
		"email": "dpdcnf87nu@privaterelay.appleid.com", "email_verified": "true", "is_private_email": "true",
	}
}

// signIn is a trip that ends with a form, as
// https://developer.apple.com/documentation/signinwithapple/configuring-your-webpage-for-sign-in-with-apple has it.
func signIn(t *testing.T, u *federationtest.Upstream, p federation.Provider, user string) (federation.Answer, error) {
	t.Helper()
	trip := federationtest.Begin(t, p)
	back := u.Approve(trip.URL, documented())
	if user != "" {
		back.Set("user", user)
	}
	return p.Finish(t.Context(), trip.Pending, federation.Return{Method: "POST", Values: back})
}

func TestTheRequestIsAsAppleDemands(t *testing.T) {
	u := federationtest.Start(t)
	_, der := newKey(t, elliptic.P256())
	trip, err := open(t, settings(u, der), u).Begin(t.Context(), federation.Start{State: "s", LoginHint: "x", Locale: "de", SelectAccount: true, Fresh: true})
	q := federationtest.Query(t, trip.URL)
	if err != nil || q.Get("response_mode") != "form_post" || q.Get("scope") != "name email" || len(q.Get("nonce")) < 32 {
		t.Error(q, err)
	}
	for _, name := range []string{"code_challenge", "login_hint", "prompt", "max_age", "ui_locales"} {
		if q.Has(name) {
			t.Error(name, "is sent, which Apple does not know")
		}
	}
}

// https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret
func TestTheClientSecretIsSignedByTheKeyAndMadeAnew(t *testing.T) {
	u := federationtest.Start(t)
	key, der := newKey(t, elliptic.P256())
	p := open(t, settings(u, der), u)
	for range 2 {
		if _, err := signIn(t, u, p, ""); err != nil {
			t.Fatal(err)
		}
		sent := u.Requests("/token")
		form := sent[len(sent)-1].Form
		signed, err := jose.ParseSignedCompact(form.Get("client_secret"), []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		payload, err := signed.Verify(key.Public())
		var claims map[string]any
		json.Unmarshal(payload, &claims)
		want := map[string]any{
			"iss": "ABCDE12345", "sub": federationtest.Client, "aud": "https://appleid.apple.com",
			"iat": float64(u.Now.Unix()), "exp": float64(u.Now.Add(5 * time.Minute).Unix()),
		}
		if err != nil || signed.Signatures[0].Protected.KeyID != "KEY9876543" || !maps.Equal(claims, want) || form.Get("client_id") != federationtest.Client || form.Has("code_verifier") {
			t.Error(claims, form, err)
		}
		u.Now = u.Now.Add(300 * 24 * time.Hour) // longer than any secret of Apple's may live
	}
}

func TestTheNameComesWithTheFirstSignInAlone(t *testing.T) {
	u := federationtest.Start(t)
	_, der := newKey(t, elliptic.P256())
	p := open(t, settings(u, der), u)
	answer, err := signIn(t, u, p, `{"name":{"firstName":"Ann","lastName":"Lee"},"email":"victim@example.test"}`)
	if err != nil || answer.Claims["given_name"] != "Ann" || answer.Claims["family_name"] != "Lee" || answer.Claims["name"] != "Ann Lee" {
		t.Errorf("%v %v", answer.Claims, err)
	}
	if answer.Claims["email"] != "dpdcnf87nu@privaterelay.appleid.com" || !answer.EmailVerified || answer.Claims["is_private_email"] != "true" {
		t.Error("the address is not the signed one:", answer.Claims)
	}
	for _, user := range []string{"", "{", "[]", `{"name":"x"}`, `{"name":{}}`, `{"email":"victim@example.test","sub":"victim"}`} {
		answer, err := signIn(t, u, p, user)
		if _, named := answer.Claims["name"]; err != nil || named || answer.Subject != documented()["sub"] || answer.Claims["email"] == "victim@example.test" {
			t.Errorf("%s: %v %v", user, answer.Claims, err)
		}
	}
	answer, err = signIn(t, u, p, `{"name":{"firstName":"`+strings.Repeat("x", 5000)+`\u0000","lastName":""}}`)
	if name := fmt.Sprint(answer.Claims["name"]); err != nil || len(name) > 110 || answer.Claims["family_name"] != nil {
		t.Error(len(name), err)
	}
}

func TestWhatAppleSignedGoesBeforeWhatTheBrowserSays(t *testing.T) {
	claims := map[string]any{"name": "Signed"}
	name(url.Values{"user": {`{"name":{"firstName":"Ann","lastName":"Lee"}}`}}, claims)
	if claims["name"] != "Signed" || claims["given_name"] != "Ann" {
		t.Error(claims)
	}
}

func TestAnAnswerByRedirectIsNotApples(t *testing.T) {
	u := federationtest.Start(t)
	_, der := newKey(t, elliptic.P256())
	p := open(t, settings(u, der), u)
	trip := federationtest.Begin(t, p)
	_, err := federationtest.Finish(t, p, trip, u.Approve(trip.URL, documented()))
	federationtest.Refused(t, err, federation.Invalid)
	_, err = p.Finish(t.Context(), trip.Pending, federation.Return{Method: "POST", Values: url.Values{"error": {"user_cancelled_authorize"}, "state": {federationtest.State}}})
	federationtest.Refused(t, err, federation.Denied)
}

func TestSettings(t *testing.T) {
	u := federationtest.Start(t)
	key, der := newKey(t, elliptic.P256())
	_, large := newKey(t, elliptic.P384())
	sec1, _ := x509.MarshalECPrivateKey(key)
	inPEM := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	for _, right := range []string{inPEM, " \n" + inPEM, string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1})), strings.Join(strings.Split(inPEM, "\n")[1:4], "\n")} {
		s := settings(u, der)
		s.Details["private_key"] = right
		if err := oidc.Type(Profile).Check(s); err != nil {
			t.Errorf("%.30q: %v", right, err)
		}
	}
	for field, values := range map[string][]string{
		"private_key": {"", "x", base64.StdEncoding.EncodeToString(large), inPEM[:80]}, "team_id": {"", "abcde12345"}, "key_id": {"", "KEY98765431"}, "client_id": {""},
	} {
		for _, value := range values {
			s := settings(u, der)
			s.Details[field] = value
			if err := oidc.Type(Profile).Check(s); err == nil || !strings.HasPrefix(err.Error(), field) || strings.Contains(err.Error(), "MIG") {
				t.Errorf("%s=%.20q: %v", field, value, err)
			}
		}
	}
}
