package oauth

import (
	"time"

	"poolhouse.dev/storage"
)

// Authorization codes.
const (
	codePrefix = "ac_"
	codeLife   = 5 * time.Minute // Cognito's; RFC 6749 §4.1.2 allows ten minutes
)

// code is an authorization code. It is kept, marked used, until it expires, so
// that a replay is recognised.
type code struct {
	Hash        string    `json:"hash"` // SHA-256 of the code
	RedirectURI string    `json:"redirect_uri"`
	Challenge   string    `json:"code_challenge,omitempty"`
	Nonce       string    `json:"nonce,omitempty"`
	DPoPKey     string    `json:"dpop_jkt,omitempty"` // the key that the code is bound to, or ""
	Grant       Grant     `json:"grant"`              // what it gives; stored when it is redeemed, unless it has begun
	Begun       bool      `json:"begun,omitempty"`    // the grant is stored already: tokens of it went by the browser
	ExpiresAt   time.Time `json:"expires_at"`
	UsedAt      time.Time `json:"used_at,omitzero"`
}

// codes keeps authorization codes by their hash.
var codes = storage.Collection[code]{
	Name: "authorization_code", Format: 1,
	ID: func(c *code) []any { return []any{c.Hash} },
	Indexes: []storage.Index[code]{
		{Name: "client", Of: func(c *code) []any {
			return []any{string(c.Grant.PoolID), string(c.Grant.ClientID), c.Grant.CreatedAt}
		}},
		{Name: "expires", Of: func(c *code) []any { return []any{c.ExpiresAt} }},
	},
}
