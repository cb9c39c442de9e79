package cognito

import (
	"log/slog"

	"poolhouse.dev/identity"
)

// Secret is a value that reaches the wire but never a log or a message.
type Secret string

// LogValue keeps the secret out of logs.
func (Secret) LogValue() slog.Value { return slog.StringValue("[hidden]") }

// String keeps the secret out of messages; convert to string to use it.
func (Secret) String() string { return "[hidden]" }

// GoString keeps the secret out of %#v.
func (Secret) GoString() string { return "[hidden]" }

// PoolSettings is one pool as poolhouse.yaml and ApplySettings write it: the
// pool's own members, and what lives in it.
type PoolSettings struct {
	identity.Pool
	// Domain is a prefix or a host name, CustomDomain a host name beside a prefix.
	Domain       string             `json:"domain,omitempty"`
	CustomDomain string             `json:"custom_domain,omitempty"`
	Groups       []GroupSettings    `json:"groups,omitempty"`
	Providers    []ProviderSettings `json:"identity_providers,omitempty"`
	Clients      []ClientSettings   `json:"clients,omitempty"`
	Users        []UserSettings     `json:"users,omitempty"`
}

// GroupSettings is one group of a pool.
type GroupSettings struct {
	Name        string `json:"group_name"`
	Description string `json:"description,omitempty"`
	Precedence  *int   `json:"precedence,omitempty"`
	RoleARN     string `json:"role_arn,omitempty"`
	MFA         string `json:"mfa_configuration,omitempty"`
}

// Group answers the group as the core takes one.
func (g *GroupSettings) Group(pool identity.PoolID) identity.Group {
	return identity.Group{
		PoolID: pool, Name: g.Name, Description: g.Description, Precedence: g.Precedence, RoleARN: g.RoleARN, MFAConfiguration: g.MFA,
	}
}

func groupSettingsOf(g *identity.Group) GroupSettings {
	return GroupSettings{Name: g.Name, Description: g.Description, Precedence: g.Precedence, RoleARN: g.RoleARN, MFA: g.MFAConfiguration}
}

// ClientSettings is one app client. Its secret is plain text here and sealed in
// the store; empty means a public client.
type ClientSettings struct {
	identity.Client
	Secret Secret `json:"client_secret,omitempty"`
}

// UserSettings is a user who is created when absent and left alone otherwise:
// people change their own accounts, and a file must not undo that.
type UserSettings struct {
	Username string `json:"username"`
	Password Secret `json:"password,omitempty"`
	// PasswordHash stands in the place of Password: a hash that password.CostOf reads.
	PasswordHash Secret            `json:"password_hash,omitempty"`
	Groups       []string          `json:"groups,omitempty"`
	Attributes   map[string]string `json:"user_attributes,omitempty"`
}

// Asset is a theme's file: logo, background or style sheet.
type Asset struct {
	Hash        string // SHA-256, hex
	ContentType string
	Body        []byte
}
