package oauth

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"poolhouse.dev/identity"
)

// A short hint says what Logout needs of an ID token, for a few minutes.
const (
	hintPrefix = "lh."
	hintLife   = 5 * time.Minute
	noHint     = "none" // a hint that was given and says nothing
)

type shortHint struct {
	Audience string `json:"aud"`
	Session  string `json:"sid"`
	Until    int64  `json:"exp"`
}

// ShortHint answers what stands for an id_token_hint in the URL of Logout: clients
// post a hint to keep it out of URLs, where it would be logged and may be too long.
func (p *Provider) ShortHint(ctx context.Context, pool identity.PoolID, token string) (string, error) {
	hint, ok, err := p.logoutHint(ctx, pool, token)
	if err != nil || !ok {
		return noHint, err
	}
	raw, err := json.Marshal(shortHint{Audience: hint.Audience, Session: hint.Session, Until: p.Now().Add(hintLife).Unix()})
	if err != nil {
		return "", fault("logout hint", err)
	}
	body := base64.RawURLEncoding.EncodeToString(raw)
	return hintPrefix + body + "." + p.hintMAC(pool, body), nil
}

func (p *Provider) hintMAC(pool identity.PoolID, body string) string {
	return base64.RawURLEncoding.EncodeToString(p.Identity.Sealer.MAC("logout_hint", string(pool), body))
}

// openHint reads what ShortHint wrote; false for anything else.
func (p *Provider) openHint(pool identity.PoolID, text string) (idClaims, bool) {
	text, ours := strings.CutPrefix(text, hintPrefix)
	body, mac, _ := strings.Cut(text, ".")
	if !ours || !hmac.Equal([]byte(mac), []byte(p.hintMAC(pool, body))) {
		return idClaims{}, false
	}
	var hint shortHint
	raw, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || json.Unmarshal(raw, &hint) != nil || p.Now().Unix() >= hint.Until {
		return idClaims{}, false
	}
	return idClaims{Audience: hint.Audience, Session: hint.Session}, true
}
