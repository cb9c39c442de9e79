package identity

import (
	"time"

	"poolhouse.dev/storage"
)

// Session is one signed-in browser.
type Session struct {
	Key      string   `json:"key"` // SHA-256 of the cookie, hex
	ID       string   `json:"id"`  // public id, OIDC sid
	PoolID   PoolID   `json:"user_pool_id"`
	ClientID ClientID `json:"client_id,omitempty"`
	UserID   UserID   `json:"sub"`
	Epoch    int      `json:"epoch,omitempty"`
	Methods  []string `json:"methods"`
	Factors  []Factor `json:"factors,omitempty"`
	Level    Level    `json:"level,omitempty"`
	// Twice says that two factors were proven, or a remembered browser stood in
	// for the second.
	Twice     bool      `json:"twice,omitempty"`
	Elsewhere elsewhere `json:"elsewhere,omitzero"`      // the session at the provider that it came of
	Provider  string    `json:"provider_name,omitempty"` // whom the person came back from, or ""
	Address   string    `json:"address,omitempty"`
	UserAgent string    `json:"user_agent,omitempty"`
	API       bool      `json:"api,omitempty"` // an app signed its person in: no browser has the cookie
	AuthTime  time.Time `json:"auth_time"`
	LastSeen  time.Time `json:"last_seen"`
	ExpiresAt time.Time `json:"expires_at"` // absolute end
}

// sessions keeps signed-in browsers by the hash of their cookie.
var sessions = storage.Collection[Session]{
	Name: "session", Format: 1,
	ID: func(s *Session) []any { return []any{s.Key} },
	Unique: []storage.Unique[Session]{
		{Name: "id", Of: func(s *Session) []any { return []any{string(s.PoolID), s.ID} }},
	},
	Indexes: []storage.Index[Session]{
		{Name: "user", Of: func(s *Session) []any { return []any{string(s.PoolID), string(s.UserID), s.AuthTime} }},
		{Name: "expires", Of: func(s *Session) []any { return []any{s.ExpiresAt} }},
		{Name: "login", Of: func(s *Session) []any {
			if s.Elsewhere.Name == "" {
				return nil
			}
			return []any{string(s.PoolID), s.Elsewhere.Name}
		}},
	},
}
