package web_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/oauthtest"
	"poolhouse.dev/web/internal/webtest"
)

// fapi is a house with two clients of a FAPI profile, each with a key of its own. The
// first has an RSA key besides, for signatures that the profile does not take.
type fapi struct {
	*webtest.House
	signed               bool // Message Signing: requests and answers are signed
	key, other, rs, dpop *oauthtest.Key
	b                    *webtest.Browser
}

func startFAPI(t *testing.T, profile string) fapi {
	t.Helper()
	h := fapi{
		House: webtest.Start(t), signed: profile == identity.FAPIMessageSigning, dpop: oauthtest.NewKey(t, "ES256"),
		key: oauthtest.NewKey(t, "ES256"), other: oauthtest.NewKey(t, "ES256"), rs: oauthtest.NewKey(t, "RS256"),
	}
	h.Core.RateLimits = false // modules guess at one client's proof
	for id, set := range map[identity.ClientID]*identity.JWKSet{"fapi": keysOf(t, h.key, h.rs), "fapi2": keysOf(t, h.other)} {
		h.Client(identity.Client{ID: id, Name: "Bank", AuthMethod: identity.AuthPrivateKeyJWT, ClientOAuth: identity.ClientOAuth{
			FAPIProfile: profile, JWKS: set, ClaimsPolicy: "oidc", GrantTypes: []string{identity.GrantCode, identity.GrantRefresh},
		}}, "")
	}
	h.Import(annWithAll())
	h.b = h.House.Browser()
	return h
}

// inBothProfiles runs modules of the Security Profile, and once more as the plan of
// Message Signing repeats them.
func inBothProfiles(t *testing.T, modules map[string]func(*testing.T, fapi)) {
	for name, run := range modules {
		t.Run(name, func(t *testing.T) {
			for _, profile := range []string{identity.FAPISecurity, identity.FAPIMessageSigning} {
				t.Run(profile, func(t *testing.T) { run(t, startFAPI(t, profile)) })
			}
		})
	}
}

// asks are good parameters with changes; "" takes one away.
func (h fapi) asks(changes ...string) url.Values {
	q := url.Values{
		"client_id": {"fapi"}, "redirect_uri": {webtest.Callback}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s1"}, "nonce": {"n1"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(changes); i += 2 {
		if q.Set(changes[i], changes[i+1]); changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
	return q
}

// keyOf is what a client signs with.
func (h fapi) keyOf(client string) *oauthtest.Key {
	if client == "fapi2" {
		return h.other
	}
	return h.key
}

// wrap puts parameters into a request object, where the plan has them signed. A
// request_uri stays outside: no object may hold one.
func (h fapi) wrap(q url.Values) url.Values {
	if !h.signed || q.Has("request") {
		return maps.Clone(q)
	}
	now, client := h.Now(), q.Get("client_id")
	claims := map[string]any{"iss": client, "aud": webtest.PublicURL, "nbf": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()}
	body := url.Values{"client_id": {client}}
	for name, values := range q {
		if claims[name] = values[0]; name == "request_uri" {
			delete(claims, name)
			body[name] = values
		}
	}
	body.Set("request", h.keyOf(client).Sign(h.T, map[string]any{"typ": "oauth-authz-req+jwt"}, claims))
	return body
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// push pushes parameters, with a DPoP proof where key is one.
func (h fapi) push(q url.Values, key *oauthtest.Key) (int, map[string]any) {
	h.Helper()
	client := q.Get("client_id")
	return h.pushBy(q, assertionType, h.keyOf(client).Assertion(h.T, client, webtest.PublicURL, h.Now(), nil), key, nil)
}

// pushBy pushes parameters as a client that proves itself in some way, or, with "", not
// at all; change alters the proof.
func (h fapi) pushBy(q url.Values, kind, assertion string, key *oauthtest.Key, change func(header, claims map[string]any)) (int, map[string]any) {
	h.Helper()
	body := h.wrap(q)
	for name, value := range map[string]string{"client_assertion_type": kind, "client_assertion": assertion} {
		if value != "" {
			body.Set(name, value)
		}
	}
	req := httptest.NewRequest(http.MethodPost, webtest.PublicURL+"/oauth2/par", strings.NewReader(body.Encode()))
	req.Header.Set("Content-Type", formType)
	if key != nil {
		req.Header.Set("DPoP", key.Proof(h.T, http.MethodPost, webtest.PublicURL+"/oauth2/par", h.Now(), h.nonced(change)))
	}
	got := h.Do(req)
	if got.Header.Get("Cache-Control") != "no-store" || got.Header.Get("Content-Type") != "application/json" {
		h.Errorf("answers with %v", got.Header)
	}
	return got.StatusCode, decode(h.House, got)
}

// nonced is a change of a proof that names our nonce, too.
func (h fapi) nonced(change func(header, claims map[string]any)) func(header, claims map[string]any) {
	return func(header, claims map[string]any) {
		claims["nonce"] = h.OAuth.DPoPNonce(webtest.PoolID)
		if change != nil {
			change(header, claims)
		}
	}
}

// handle pushes parameters that are good, and answers what the browser brings.
func (h fapi) handle(q url.Values) string {
	h.Helper()
	status, answer := h.push(q, nil)
	return h.handleOf(q, status, answer)
}

func (h fapi) handleOf(q url.Values, status int, answer map[string]any) string {
	h.Helper()
	if status != http.StatusCreated || len(answer) != 2 || answer["expires_in"].(float64) < 5 {
		h.Fatalf("pushing answers %d %v", status, answer)
	}
	module{T: h.T}.entropy(answer["request_uri"].(string))
	return "/oauth2/authorize?" + url.Values{"client_id": {q.Get("client_id")}, "request_uri": {answer["request_uri"].(string)}}.Encode()
}

func (h fapi) refused(t *testing.T, q url.Values, key *oauthtest.Key, codes ...string) {
	t.Helper()
	if status, answer := h.push(q, key); status != http.StatusBadRequest || !slices.Contains(codes, text(answer["error"])) {
		t.Errorf("pushing answers %d %v, want one of %v", status, answer, codes)
	}
}

func text(v any) string { s, _ := v.(string); return s }

// signIn goes through the pages, and answers what the app is told.
func (h fapi) signIn(address string) url.Values {
	h.Helper()
	landed := h.House.Browser().SignInTo(address, ann, webtest.Password).Lands(webtest.Callback)
	if strings.Contains(address, "client_id=fapi2&") {
		return h.toldTo("fapi2", landed)
	}
	return h.told(landed)
}

// told opens what the app is told: signed (JARM) where the plan has it so, and by us (RFC 9207).
func (h fapi) told(landed url.Values) url.Values {
	h.Helper()
	return h.toldTo("fapi", landed)
}

func (h fapi) toldTo(client string, landed url.Values) url.Values {
	h.Helper()
	if h.signed {
		claims := h.verified(landed.Get("response"))
		if expires, _ := claims["exp"].(float64); len(landed) != 1 || claims["aud"] != client || expires <= float64(h.Now().Unix()) {
			h.Errorf("landed with %v: %v", landed, claims)
		}
		landed = url.Values{}
		for name, value := range claims {
			landed.Set(name, text(value))
		}
	}
	if landed.Get("iss") != webtest.PublicURL {
		h.Errorf("told by %q", landed.Get("iss"))
	}
	return landed
}

// verified answers the claims of a token that one of our published keys signed, as FAPI has it.
func (h fapi) verified(token string) (claims map[string]any) {
	h.Helper()
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.PS256, jose.ES256, jose.EdDSA})
	if err != nil {
		h.Fatalf("%v: %q", err, token)
	}
	keys := module{T: h.T, suite: suite{House: h.House}}.keySet()
	found := keys.Key(signed.Signatures[0].Header.KeyID)
	if len(found) != 1 {
		h.Fatalf("no key %q", signed.Signatures[0].Header.KeyID)
	}
	raw, err := signed.Verify(found[0])
	if err == nil {
		err = json.Unmarshal(raw, &claims)
	}
	if err != nil {
		h.Fatal(err)
	}
	return claims
}
