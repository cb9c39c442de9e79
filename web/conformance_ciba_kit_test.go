package web_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/oauthtest"
	"poolhouse.dev/web/internal/webtest"
)

// ciba is a house with two clients as FAPI-CIBA has them: they sign their requests,
// prove themselves by a key or a certificate, and their tokens are bound to the
// certificate. Their server hears the pings.
type ciba struct {
	*webtest.House
	mode, auth string
	keys       map[string]*oauthtest.Key
	certs      map[string]*x509.Certificate
	answer     *http.HandlerFunc // of the notification endpoint; nil is 204
	pings      chan pinged
	jti        *int
}

type pinged struct {
	token, contentType string
	body               map[string]any
}

const (
	bankOne = "bank"
	bankTwo = "bank2"
)

// startCIBA makes a variant of the plan: poll or ping, private_key_jwt or self_signed_tls_client_auth.
func startCIBA(t *testing.T, mode, auth string) ciba {
	t.Helper()
	h := ciba{
		House: webtest.Start(t), mode: mode, auth: auth, pings: make(chan pinged, 8), answer: new(http.HandlerFunc), jti: new(int),
		keys:  map[string]*oauthtest.Key{bankOne: oauthtest.NewKey(t, "PS256"), bankTwo: oauthtest.NewKey(t, "ES256")},
		certs: map[string]*x509.Certificate{},
	}
	h.Core.RateLimits, h.OAuth.TakesCertificates = false, true
	h.User(ann)
	for id, key := range h.keys {
		cert, set := certificate(t)
		h.certs[id] = cert
		c := identity.ClientOAuth{
			GrantTypes: []string{identity.GrantCIBA, identity.GrantRefresh}, CertificateBound: true, CIBASigningAlg: key.Algorithm, CIBADelivery: mode,
			ClaimsPolicy: "oidc", JWKS: both(t, keysOf(t, key), set),
		}
		if auth == identity.AuthPrivateKeyJWT {
			c.AuthSigningAlg = key.Algorithm
		}
		if mode == "ping" {
			c.CIBANotification = h.notified(t)
		}
		h.Client(identity.Client{ID: identity.ClientID(id), Name: id, AuthMethod: auth, SigningAlg: "ES256", ClientOAuth: c}, "")
	}
	if mode == "ping" {
		sends(t, h.House)
	}
	return h
}

// both joins key sets.
func both(t *testing.T, sets ...*identity.JWKSet) *identity.JWKSet {
	t.Helper()
	var all jose.JSONWebKeySet
	for _, set := range sets {
		var one jose.JSONWebKeySet
		raw, err := json.Marshal(set)
		if err == nil {
			err = json.Unmarshal(raw, &one)
		}
		if err != nil {
			t.Fatal(err)
		}
		all.Keys = append(all.Keys, one.Keys...)
	}
	raw, err := json.Marshal(all)
	joined := &identity.JWKSet{}
	if err == nil {
		err = json.Unmarshal(raw, joined)
	}
	if err != nil {
		t.Fatal(err)
	}
	return joined
}

// notified is a client notification endpoint.
func (h ciba) notified(t *testing.T) string {
	t.Helper()
	var mu sync.Mutex
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		p := pinged{token: r.Header.Get("Authorization"), contentType: r.Header.Get("Content-Type")}
		if r.Method == http.MethodPost && json.NewDecoder(r.Body).Decode(&p.body) == nil {
			h.pings <- p
		}
		if *h.answer != nil {
			(*h.answer)(w, r)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/notify"
}

// object is what a client signs, with changes; nil takes a claim away.
func (h ciba) object(client string, changes ...any) map[string]any {
	now := h.Now()
	*h.jti++
	claims := map[string]any{
		"iss": client, "aud": webtest.PublicURL, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"jti": "request-" + string(rune('a'+*h.jti)), "scope": "openid", "login_hint": ann, "binding_message": "1234",
	}
	if h.mode == "ping" {
		claims["client_notification_token"] = notificationToken
	}
	for i := 0; i < len(changes); i += 2 {
		if claims[changes[i].(string)] = changes[i+1]; changes[i+1] == nil {
			delete(claims, changes[i].(string))
		}
	}
	return claims
}

const notificationToken = "8d67dc78-7faa-4d41-aabd-67707b374255"

// signs is the request of a client with changes.
func (h ciba) signs(client string, changes ...any) url.Values {
	return url.Values{"request": {h.keys[client].Sign(h.T, map[string]any{"kid": h.keys[client].ID}, h.object(client, changes...))}}
}

// send posts as a client: with its assertion for this endpoint, or its certificate.
func (h ciba) send(client, path string, form url.Values) (int, map[string]any) {
	h.Helper()
	cert := h.certs[client]
	form = maps.Clone(form)
	form.Set("client_id", client)
	if h.auth == identity.AuthPrivateKeyJWT {
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", h.keys[client].Assertion(h.T, client, webtest.PublicURL+path, h.Now(), nil))
		if path != "/oauth2/token" {
			cert = nil // the token endpoint alone has to see it
		}
	}
	return h.sendBy(cert, path, form)
}

// sendBy posts a form as it is, with a certificate or none.
func (h ciba) sendBy(cert *x509.Certificate, path string, form url.Values) (int, map[string]any) {
	h.Helper()
	req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", formType)
	got := h.Do(presents(req, cert))
	if got.Header.Get("Content-Type") != "application/json" || got.Header.Get("Cache-Control") != "no-store" {
		h.Errorf("%s answers with %v", path, got.Header)
	}
	return got.StatusCode, decode(h.House, got)
}

// presents has a request come by our own listener, with a certificate or none.
func presents(req *http.Request, cert *x509.Certificate) *http.Request {
	req.TLS = &tls.ConnectionState{}
	if cert != nil {
		req.TLS.PeerCertificates = []*x509.Certificate{cert}
	}
	return req
}

// begins asks for Ann, and holds the answer (CIBA §7.3).
func (h ciba) begins(client string, changes ...any) map[string]any {
	h.Helper()
	return h.begun(h.send(client, "/oauth2/bc-authorize", h.signs(client, changes...)))
}

func (h ciba) begun(status int, answer map[string]any) map[string]any {
	h.Helper()
	expires, _ := answer["expires_in"].(float64)
	interval, _ := answer["interval"].(float64)
	id := text(answer["auth_req_id"])
	if status != http.StatusOK || expires <= 0 || interval <= 0 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") != "" {
		h.Fatalf("asking answers %d %v", status, answer)
	}
	module{T: h.T}.entropy(id)
	return answer
}

// refuses fails unless the authentication endpoint answers so.
func (h ciba) refuses(t *testing.T, label string, form url.Values, codes ...string) {
	t.Helper()
	status, answer := h.send(bankOne, "/oauth2/bc-authorize", form)
	h.refusal(t, label, status, answer, codes...)
}

// refusal holds an error against its code and its status (CIBA §13, RFC 6749 §5.2).
func (h ciba) refusal(t *testing.T, label string, status int, answer map[string]any, codes ...string) {
	t.Helper()
	good := map[string][]int{"invalid_client": {http.StatusUnauthorized, http.StatusBadRequest}, "access_denied": {http.StatusForbidden}}[text(answer["error"])]
	if good == nil {
		good = []int{http.StatusBadRequest}
	}
	if !slices.Contains(codes, text(answer["error"])) || !slices.Contains(good, status) {
		t.Errorf("%s answers %d %v, want one of %v", label, status, answer, codes)
	}
}

// polls asks for the tokens.
func (h ciba) polls(client string, begun map[string]any) (int, map[string]any) {
	h.Helper()
	return h.send(client, "/oauth2/token", url.Values{"grant_type": {identity.GrantCIBA}, "auth_req_id": {text(begun["auth_req_id"])}})
}

// waits fails unless the request still waits for Ann; it minds the interval.
func (h ciba) waits(t *testing.T, client string, begun map[string]any) {
	t.Helper()
	status, answer := h.polls(client, begun)
	h.refusal(t, "polling", status, answer, "authorization_pending", "slow_down")
	h.After(10 * time.Second)
}

// answers has Ann answer the request on her account page.
func (h ciba) answers(answer string) *webtest.Answer {
	h.Helper()
	b := h.Browser()
	b.Get("/account/approvals")
	b.SignIn(ann, webtest.Password)
	page := b.Get("/account/approvals").At("/account/approvals")
	page.Submit("approval", approvalOf(page), "answer", answer).At("/account/approvals")
	return page
}

// told fails unless the ping of a request came (CIBA §10.2); nothing for a client that polls.
func (h ciba) told(begun map[string]any, token string) {
	h.Helper()
	if h.mode != "ping" {
		return
	}
	select {
	case p := <-h.pings:
		if p.token != "Bearer "+token || p.contentType != "application/json" || len(p.body) != 1 || p.body["auth_req_id"] != begun["auth_req_id"] {
			h.Errorf("pinged with %+v", p)
		}
	case <-time.After(30 * time.Second):
		h.Fatal("no ping came")
	}
}

// completes is the rest of a good flow: it waits, Ann allows it, the client hears of
// it, and gets its tokens, which serve with its certificate.
func (h ciba) completes(t *testing.T, client string, begun map[string]any) map[string]any {
	t.Helper()
	h.waits(t, client, begun)
	h.waits(t, client, begun)
	h.answers("allow")
	h.told(begun, notificationToken)
	return h.gets(t, client, begun)
}

// gets polls what is allowed, and holds what it gives.
func (h ciba) gets(t *testing.T, client string, begun map[string]any) map[string]any {
	t.Helper()
	status, answer := h.polls(client, begun)
	if status != http.StatusOK || answer["token_type"] != "Bearer" {
		h.Fatalf("polling answers %d %v", status, answer)
	}
	h.holds(t, client, answer)
	return answer
}

func (h ciba) holds(t *testing.T, client string, answer map[string]any) {
	t.Helper()
	access := text(answer["access_token"])
	module{T: h.T}.entropy(access)
	id := fapi{House: h.House}.verified(text(answer["id_token"]))
	if expires, _ := id["exp"].(float64); id["iss"] != webtest.PublicURL || id["aud"] != client || text(id["sub"]) == "" || expires <= float64(h.Now().Unix()) {
		t.Errorf("ID token %v", id)
	}
	if hashed, there := id["at_hash"]; there && hashed != hash(access) {
		t.Errorf("at_hash %v", hashed)
	}
	if got := h.Do(presents(infoRequest("Bearer", access), h.certs[client])); got.StatusCode != http.StatusOK || decode(h.House, got)["sub"] != id["sub"] {
		t.Errorf("userinfo answers %d", got.StatusCode)
	}
}
