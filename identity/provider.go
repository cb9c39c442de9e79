package identity

import (
	"time"

	"poolhouse.dev/storage"
)

// IdentityProvider is somebody else's sign-in that a pool takes (Cognito
// IdentityProviderType). Secrets stand sealed beside the details.
type IdentityProvider struct {
	PoolID      PoolID            `json:"user_pool_id"`
	Name        string            `json:"provider_name"`
	Type        string            `json:"provider_type"` // Google, Facebook, LoginWithAmazon, SignInWithApple, OIDC, SAML; ours: GitHub, Microsoft, OAuth2
	Details     map[string]string `json:"provider_details,omitempty"`
	Secrets     storage.Sealed    `json:"provider_secrets,omitempty"` // the details that are secret, as sealed JSON
	Mapping     map[string]string `json:"attribute_mapping,omitempty"`
	Identifiers []string          `json:"idp_identifiers,omitempty"` // names and mail domains that lead to this provider
	// AcrMapping says what the provider calls the levels Level1 to Level4 of a
	// sign-in's strength (Cognito AcrMappingType). It is given back as it came.
	AcrMapping map[string]string `json:"acr_mapping,omitempty"`
	// TrustedDomains are mail domains that the provider answers for: a person
	// whom it vouches for there is signed in to the account that has the
	// address verified. "*" trusts it for all. Ours.
	TrustedDomains []string `json:"trusted_email_domains,omitempty"`
	// Refresh is when mapped attributes are taken over: always (default), or
	// first, when the account is made. Ours.
	Refresh string `json:"attribute_refresh,omitempty"`
	// StoreTokens keeps all of the provider's tokens, sealed; a token that the
	// mapping names is kept without it. Ours.
	StoreTokens bool `json:"store_tokens,omitempty"`
	// MFARequired asks people who come by this provider for a second factor
	// where the pool demands one; Cognito never does. Ours.
	MFARequired bool `json:"mfa_required,omitempty"`
	Disabled    bool `json:"disabled,omitempty"` // ours
	// Issuer is who vouched for the last person that came by this provider; "" while
	// that is not known, or where it differs by person.
	Issuer     string    `json:"issuer,omitempty"`
	CreatedAt  time.Time `json:"creation_date"`
	ModifiedAt time.Time `json:"last_modified_date"`
}

var providers = storage.Collection[IdentityProvider]{
	Name: "identity_provider", Format: 1,
	ID: func(p *IdentityProvider) []any { return []any{string(p.PoolID), p.Name} },
}

// FactorExternal is proven by whoever comes back from a provider.
const FactorExternal Factor = "EXTERNAL_PROVIDER"

const mediumElsewhere medium = "elsewhere"

// External is what a provider said about a person, verified and mapped to the
// pool's attributes. Subject is the provider's own stable key: an address never
// is (the nOAuth attack).
type External struct {
	Provider      string            `json:"provider"`
	Subject       string            `json:"subject"`
	Issuer        string            `json:"issuer,omitempty"` // whose subject it is: what federation.Answer names
	Attributes    map[string]string `json:"attributes,omitempty"`
	EmailVerified bool              `json:"email_verified,omitempty"` // the provider vouches for the address
	ACR           string            `json:"acr,omitempty"`            // how strongly they signed in there, in its own words
	Tokens        ProviderTokens    `json:"tokens,omitzero"`          // what came; see IdentityProvider.Kept
	Login         Login             `json:"login,omitzero"`           // the session there
}

// Identity joins one person at a provider to one user (a member of Cognito's
// identities attribute).
type Identity struct {
	PoolID     PoolID         `json:"user_pool_id"`
	Provider   string         `json:"provider_name"`
	Subject    string         `json:"user_id"`
	Issuer     string         `json:"issuer,omitempty"`   // whose subject it is; "" until its first sign-in
	KeyedBy    string         `json:"keyed_by,omitempty"` // what of the provider's answer is the subject, likewise; see IdentityProvider.keyedBy
	UserID     UserID         `json:"sub"`
	Shown      string         `json:"shown,omitempty"` // the address or name at the provider, for its owner to tell
	Primary    bool           `json:"primary"`         // the user was made by it
	Tokens     storage.Sealed `json:"tokens,omitempty"`
	CreatedAt  time.Time      `json:"date_created"`
	LastUsedAt time.Time      `json:"last_used_at,omitzero"`
}

// identities keeps who is who, by provider and subject: two providers may give
// the same subject to two people.
var identities = storage.Collection[Identity]{
	Name: "identity", Format: 1,
	ID: func(i *Identity) []any { return []any{string(i.PoolID), i.Provider, i.Subject} },
	Indexes: []storage.Index[Identity]{
		{Name: "user", Of: func(i *Identity) []any { return []any{string(i.PoolID), string(i.UserID)} }},
	},
}

// maxIdentities bounds what one user is joined to (Cognito: 5).
const maxIdentities = 5

// identitiesOf answers what the user is joined to.
func identitiesOf(r storage.Reader, u *User) ([]Identity, error) {
	return identities.List(r, storage.Page{Index: "user", Prefix: []any{string(u.PoolID), string(u.ID)}})
}
