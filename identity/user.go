package identity

import (
	"time"

	"poolhouse.dev/identity/password"
	"poolhouse.dev/storage"
)

// UserID is a user's sub: a UUID that never changes and is never given again.
type UserID string

// Status is a user's state (Cognito UserStatusType).
type Status string

// The states of cognito UserStatusType that are in use. Disabled is not a
// status: User.Disabled stands beside it.
const (
	Unconfirmed         Status = "UNCONFIRMED"
	Confirmed           Status = "CONFIRMED"
	ForceChangePassword Status = "FORCE_CHANGE_PASSWORD"
	ResetRequired       Status = "RESET_REQUIRED"
	ExternalProvider    Status = "EXTERNAL_PROVIDER"
)

// User is a person in a pool.
type User struct {
	PoolID     PoolID            `json:"user_pool_id"`
	ID         UserID            `json:"sub"`
	Username   string            `json:"username"` // as shown; equals ID in pools with username_attributes
	Attributes map[string]string `json:"user_attributes,omitempty"`
	Pending    map[string]string `json:"pending_attributes,omitempty"` // addresses that wait for their code
	Status     Status            `json:"user_status"`
	Disabled   bool              `json:"disabled,omitempty"`
	// Epoch counts global sign-outs. A session or grant that carries an older
	// epoch is dead.
	Epoch  int    `json:"epoch,omitempty"`
	Locale string `json:"locale,omitempty"` // language of mails, from the sign-up page
	MFA    MFA    `json:"mfa"`
	// PasskeyHandle is the random WebAuthn user handle (Level 3 §5.4.3: no
	// personal data in it), made with the first passkey.
	PasskeyHandle []byte `json:"passkey_handle,omitempty"`
	// DeleteAt is when an account that its person deleted goes for good; zero is
	// an account that stays.
	DeleteAt   time.Time `json:"delete_at,omitzero"`
	CreatedAt  time.Time `json:"user_create_date"`
	ModifiedAt time.Time `json:"user_last_modified_date"`

	// Names are the canonical spellings under which the user is found: the
	// username, and the addresses that are names in this pool. Set by setNames.
	Names []string `json:"names"`
}

// users keeps every user by pool and sub. Each canonical name is unique within
// the pool; name lookups go through userNames.
var users = storage.Collection[User]{
	Name: "user", Format: 1,
	ID: func(u *User) []any { return []any{string(u.PoolID), string(u.ID)} },
	Indexes: []storage.Index[User]{
		{Name: "created", Of: func(u *User) []any { return []any{string(u.PoolID), u.CreatedAt} }},
		{Name: "leaving", Of: func(u *User) []any {
			if u.DeleteAt.IsZero() {
				return nil
			}
			return []any{u.DeleteAt}
		}},
		{Name: "search", Many: searchedBy},
	},
}

// nameRecord reserves one canonical name within a pool for one user.
type nameRecord struct {
	PoolID PoolID `json:"user_pool_id"`
	Name   string `json:"name"`
	UserID UserID `json:"sub"`
}

// userNames makes names unique: the id of a record is the name itself.
var userNames = storage.Collection[nameRecord]{
	Name: "user_name", Format: 1,
	ID: func(n *nameRecord) []any { return []any{string(n.PoolID), n.Name} },
}

// MFA is what a person chose about their second factors. An authenticator app
// and a passkey must also exist, an address be verified, to be of use.
type MFA struct {
	Enabled   []Factor `json:"enabled,omitempty"`
	Preferred Factor   `json:"preferred,omitempty"`
}

// Credential is the stored half of a password or of an authenticator app.
type Credential struct {
	PoolID PoolID `json:"user_pool_id"`
	UserID UserID `json:"sub"`
	Kind   Factor `json:"kind"`
	Hash   string `json:"hash,omitempty"` // a PHC string or another that package password reads, for Password
	// Imported says what Hash takes, where it was made elsewhere; nil for our own.
	Imported *password.Cost `json:"imported,omitempty"`
	SRP      storage.Sealed `json:"srp_verifier,omitempty"` // a keptVerifier, where a client allows SRP
	// ResetBy is the attribute whose address reset the password (email,
	// phone_number). Until its person proves something else beside it, the
	// password and that address count as one factor.
	ResetBy   string         `json:"reset_by,omitempty"`
	Secret    storage.Sealed `json:"secret,omitempty"`    // the shared secret of an authenticator app
	LastStep  int64          `json:"last_step,omitempty"` // the time step of the last code taken (RFC 6238 §5.2)
	Name      string         `json:"name,omitempty"`      // what the person calls it
	History   []string       `json:"history,omitempty"`   // earlier hashes, newest first
	ExpiresAt time.Time      `json:"expires_at,omitzero"` // a temporary password's end; zero is never
	ChangedAt time.Time      `json:"changed_at"`
}

// credentials keeps what users prove themselves with, by pool, user and kind.
var credentials = storage.Collection[Credential]{
	Name: "credential", Format: 1,
	ID: func(c *Credential) []any { return []any{string(c.PoolID), string(c.UserID), string(c.Kind)} },
	Indexes: []storage.Index[Credential]{{Name: "imported", Of: func(c *Credential) []any {
		if c.Imported == nil {
			return nil
		}
		return []any{string(c.PoolID), string(c.Imported.Kind), c.Imported.Work}
	}}},
}

// Group is a named set of users (Cognito GroupType).
type Group struct {
	PoolID      PoolID `json:"user_pool_id"`
	Name        string `json:"group_name"`
	Description string `json:"description,omitempty"`
	Precedence  *int   `json:"precedence,omitempty"` // 0 is strongest; nil is weakest
	RoleARN     string `json:"role_arn,omitempty"`
	// MFAConfiguration ON demands a second factor of the group's people.
	MFAConfiguration string    `json:"mfa_configuration,omitempty"`
	CreatedAt        time.Time `json:"creation_date"`
	ModifiedAt       time.Time `json:"last_modified_date"`
}

var groups = storage.Collection[Group]{
	Name: "group", Format: 1,
	ID: func(g *Group) []any { return []any{string(g.PoolID), g.Name} },
}

// membership puts one user into one group.
type membership struct {
	PoolID PoolID `json:"user_pool_id"`
	UserID UserID `json:"sub"`
	Group  string `json:"group_name"`
}

var memberships = storage.Collection[membership]{
	Name: "membership", Format: 1,
	ID: func(m *membership) []any { return []any{string(m.PoolID), string(m.UserID), m.Group} },
	Indexes: []storage.Index[membership]{
		{Name: "group", Of: func(m *membership) []any { return []any{string(m.PoolID), m.Group} }},
	},
}
