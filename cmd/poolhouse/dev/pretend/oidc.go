package pretend

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// grant is a code or an access token, and whom it stands for.
type grant struct {
	query  url.Values
	person *Person
	at     time.Time
}

// The lives of a code and of the tokens.
const (
	codeLife  = time.Minute
	tokenLife = time.Hour
)

// discovery is OpenID Connect Discovery 1.0 §4.
func (p *Providers) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": p.Issuer(), "authorization_endpoint": p.Issuer() + "/authorize", "token_endpoint": p.Issuer() + "/token",
		"userinfo_endpoint": p.Issuer() + "/userinfo", "jwks_uri": p.Issuer() + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"}, "code_challenge_methods_supported": []string{"S256"},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_post"},
		"authorization_response_iss_parameter_supported": true,
	})
}

func (p *Providers) keys(w http.ResponseWriter, _ *http.Request) {
	s, err := p.signing()
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]any{"error": "server_error"})
		return
	}
	answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.key.Public(), KeyID: keyID, Algorithm: "RS256", Use: "sig"}}})
}

// authorize is OpenID Connect Core §3.1.2. A request that the server would not
// make is refused here, so that a mistake is seen.
func (p *Providers) authorize(w http.ResponseWriter, req *http.Request) {
	q := req.URL.Query()
	for name, want := range map[string]string{
		"client_id": ClientID, "redirect_uri": p.Callback, "response_type": "code", "code_challenge_method": "S256",
	} {
		if q.Get(name) != want {
			p.refuse(w, "The request's "+name+" is not "+want+".")
			return
		}
	}
	if q.Get("state") == "" || q.Get("code_challenge") == "" || !strings.Contains(" "+q.Get("scope")+" ", " openid ") {
		p.refuse(w, "The request has no state, no code_challenge, or no scope openid.")
		return
	}
	p.ask(w, "Pretend OpenID Connect", trip{oidc: q})
}

// answerOIDC sends the browser back (OpenID Connect Core §3.1.2.5, RFC 9207).
func (p *Providers) answerOIDC(w http.ResponseWriter, req *http.Request, q url.Values, who *Person, how string) {
	back := url.Values{"state": {q.Get("state")}, "iss": {p.Issuer()}}
	switch {
	case how == cancel:
		back.Set("error", "access_denied")
		back.Set("error_description", "The person went back.")
	case how == broken || who == nil:
		back.Set("error", "server_error")
		back.Set("error_description", "The pretend provider was told to fail.")
	default:
		back.Set("code", p.grant(grant{query: q, person: who}))
	}
	http.Redirect(w, req, p.Callback+"?"+back.Encode(), http.StatusSeeOther)
}

func (p *Providers) grant(g grant) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.grants) >= most {
		clear(p.grants)
	}
	key := rand.Text()
	g.at = p.Now()
	p.grants[key] = g
	return key
}

func (p *Providers) granted(key string, once bool, life time.Duration) (grant, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.grants[key]
	if once {
		delete(p.grants, key)
	}
	return g, ok && p.Now().Sub(g.at) < life
}

// token redeems a code, once (RFC 6749 §4.1.3, RFC 7636 §4.6).
func (p *Providers) token(w http.ResponseWriter, req *http.Request) {
	form := req.PostFormValue
	if form("client_id") != ClientID || form("client_secret") != ClientSecret {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	g, ok := p.granted(form("code"), true, codeLife)
	sum := sha256.Sum256([]byte(form("code_verifier")))
	proof := base64.RawURLEncoding.EncodeToString(sum[:])
	if !ok || g.query == nil || form("redirect_uri") != p.Callback || subtle.ConstantTimeCompare([]byte(proof), []byte(g.query.Get("code_challenge"))) == 0 {
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	id, err := p.idToken(g)
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]any{"error": "server_error"})
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"access_token": p.grant(grant{person: g.person}), "token_type": "Bearer", "expires_in": int(tokenLife.Seconds()), "id_token": id,
	})
}

func (p *Providers) idToken(g grant) (string, error) {
	claims := claimsOf(g.person)
	now := p.Now()
	claims["iss"], claims["aud"], claims["iat"], claims["exp"] = p.Issuer(), ClientID, now.Unix(), now.Add(tokenLife).Unix()
	if nonce := g.query.Get("nonce"); nonce != "" {
		claims["nonce"] = nonce
	}
	s, err := p.signing()
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	key := jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: s.key, KeyID: keyID}}
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// claimsOf answers what is said of a person, in the form that Google says it.
func claimsOf(who *Person) map[string]any {
	claims := map[string]any{"sub": who.Subject, "name": who.Name, "given_name": who.Given, "family_name": who.Family, "locale": "en"}
	if who.Email != "" {
		claims["email"], claims["email_verified"] = who.Email, who.EmailIsVerified
	}
	return claims
}

func (p *Providers) userInfo(w http.ResponseWriter, req *http.Request) {
	token, _ := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	g, ok := p.granted(token, false, tokenLife)
	if !ok || g.query != nil { // a code is no token
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	}
	answer(w, http.StatusOK, claimsOf(g.person))
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the connection alone can fail
}
