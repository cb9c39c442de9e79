package identity

import (
	"time"

	"poolhouse.dev/storage"
)

// ClientID names an app client; it matches [\w+]+ (Cognito ClientIdType), with "-" allowed for ids fixed in the file.
type ClientID string

// Client is an app client: what an integrator registers.
type Client struct {
	PoolID              PoolID         `json:"user_pool_id"`
	ID                  ClientID       `json:"client_id"`
	Name                string         `json:"client_name"`
	Secret              storage.Sealed `json:"client_secret,omitempty"` // sealed; absent for a public client
	CallbackURLs        []string       `json:"callback_urls,omitempty"`
	LogoutURLs          []string       `json:"logout_urls,omitempty"`
	DefaultRedirectURI  string         `json:"default_redirect_uri,omitempty"`
	AllowedOAuthFlows   []string       `json:"allowed_oauth_flows,omitempty"`  // code, implicit, client_credentials; empty is code
	AllowedOAuthScopes  []string       `json:"allowed_oauth_scopes,omitempty"` // empty is openid, email, phone, profile
	ExplicitAuthFlows   []string       `json:"explicit_auth_flows,omitempty"`
	IdentityProviders   []string       `json:"supported_identity_providers,omitempty"` // empty is COGNITO
	ReadAttributes      []string       `json:"read_attributes,omitempty"`              // empty is all
	WriteAttributes     []string       `json:"write_attributes,omitempty"`             // empty is all mutable ones
	AccessTokenValidity int            `json:"access_token_validity,omitempty"`        // in TokenValidityUnits; 0 is 1 hour
	IDTokenValidity     int            `json:"id_token_validity,omitempty"`            // 0 is 1 hour
	RefreshValidity     int            `json:"refresh_token_validity,omitempty"`       // 0 is 30 days
	Units               ValidityUnits  `json:"token_validity_units"`
	Rotation            Rotation       `json:"refresh_token_rotation"`
	AuthSessionValidity int            `json:"auth_session_validity,omitempty"`         // minutes an attempt may take, 3-15; 0 is 15
	PreventExistence    string         `json:"prevent_user_existence_errors,omitempty"` // ENABLED (default), LEGACY
	TokenRevocation     *bool          `json:"enable_token_revocation,omitempty"`       // nil is true
	SigningAlg          string         `json:"id_token_signed_response_alg,omitempty"`  // RS256 (default), ES256, EdDSA: for all tokens of the client
	AuthMethod          string         `json:"token_endpoint_auth_method,omitempty"`    // one of the Auth constants; "" is basic or post with a secret, none without
	MFAConfiguration    string         `json:"mfa_configuration,omitempty"`             // ON demands a second factor of everybody who signs in to this client
	AllowedFirstFactors []Factor       `json:"allowed_first_auth_factors,omitempty"`    // overrides the pool's sign_in_policy
	Theme               *Theme         `json:"theme,omitempty"`                         // overrides the pool's, field by field
	ClientAPI
	ClientOAuth
	RegisteredBy string    `json:"registered_by,omitempty"` // ByRegistration, ByDocument; "" is the house itself
	Logo         string    `json:"logo_file,omitempty"`     // of a registered client: the name of its picture, see ClientLogo
	CreatedAt    time.Time `json:"creation_date"`
	ModifiedAt   time.Time `json:"last_modified_date"`
}

// ValidityUnits names the unit of each validity: seconds, minutes, hours, days.
// Empty is Cognito's default: hours for access and ID tokens, days for refresh tokens.
type ValidityUnits struct {
	AccessToken  string `json:"access_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
}

// Rotation decides whether each refresh answers a new refresh token. The
// default is ENABLED with 30 seconds of grace for racing clients.
type Rotation struct {
	Feature            string `json:"feature,omitempty"`                    // ENABLED, DISABLED
	GracePeriodSeconds *int   `json:"retry_grace_period_seconds,omitempty"` // 0-60; nil is 30
}

// Public says that nothing but its id tells who the client is (RFC 6749 §2.1):
// it has no secret and no key.
func (c *Client) Public() bool {
	return c.AuthMethod == AuthNone || c.AuthMethod == "" && len(c.Secret) == 0
}

// clients keeps every client by pool and id.
var clients = storage.Collection[Client]{
	Name: "client", Format: 1,
	ID: func(c *Client) []any { return []any{string(c.PoolID), string(c.ID)} },
	Indexes: []storage.Index[Client]{
		{Name: "srp", Of: func(c *Client) []any {
			if !c.allowsSRP() {
				return nil
			}
			return []any{string(c.PoolID)}
		}},
	},
	Decoded: storage.Remember[Client](256),
}
