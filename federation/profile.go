package federation

import (
	"context"
	"net/url"
	"time"
)

// Profile is how one provider speaks OpenID Connect or OAuth 2.0: what its
// package makes of Settings, for federation/oidc to follow. The zero value of
// each member is the common case.
type Profile struct {
	ClientID string
	Auth     ClientAuth
	// Issuer is the provider's name for itself, in ID tokens and in the iss of an
	// answer (RFC 9207). A provider without one has no ID tokens, and an answer
	// that names an issuer is not its own.
	Issuer string
	// NoIDToken says that Issuer issues no ID token in answer to Scopes.
	NoIDToken bool
	// Aliases are other spellings of Issuer in iss.
	Aliases []string
	// IssuerOf answers who must have issued an ID token with these claims, for a
	// provider of many tenants; nil: Issuer or one of Aliases. Its error is a
	// sentence for the administrator.
	IssuerOf func(claims map[string]any) (string, error)
	// AppKeys is where the keys of ID tokens are that an app got by itself, where it
	// is not Endpoints.Keys.
	AppKeys string
	// Realm names whose keys the subjects are, where that is not Issuer: the
	// interface that gives them, for a provider that proves none in an ID token.
	Realm string
	// Discover asks Issuer's discovery document for what Endpoints leave open.
	Discover  bool
	Endpoints Endpoints
	Scopes    []string
	// Parameters join the authorization request.
	Parameters url.Values
	// FormPost has the answer posted (OAuth 2.0 Form Post Response Mode).
	FormPost bool
	// NoPKCE leaves RFC 7636 out, for a provider that does not know it.
	NoPKCE bool
	// PostUserInfo asks the userinfo endpoint by POST.
	PostUserInfo bool
	// Hint and Locale name the parameters for the name typed and the language;
	// "" sends none.
	Hint   string
	Locale string
	// NoPrompt leaves prompt=select_account out.
	NoPrompt bool
	// Signout ends the session at the provider when somebody signs out here, where
	// it has an address for that (OpenID Connect RP-Initiated Logout).
	Signout bool
	// Fresh is how a new sign-in is asked for. nil: by prompt=login and max_age=0,
	// after which the ID token must tell of one (OpenID Connect Core §2, §3.1.2.1:
	// auth_time).
	Fresh *Freshness
	// Accept refuses claims of a verified ID token that are not wanted; its error
	// is a sentence for the administrator.
	Accept func(claims map[string]any) error
	// Gather fetches further claims, and may do so in place of a userinfo endpoint.
	Gather func(ctx context.Context, get Get, access string) (map[string]any, error)
	// Returned adds what came back with the browser. The person may have written
	// it, so that nothing but a name can come of it.
	Returned func(values url.Values, claims map[string]any)
	// Subject answers the person's key; nil: the claim sub.
	Subject func(claims map[string]any) string
	// Vouches says whether the e-mail address is truly verified; nil: what
	// email_verified says.
	Vouches func(claims map[string]any) bool
}

// Freshness is how a provider is asked for a new sign-in in its own way. The zero
// value is that of one which cannot be asked.
type Freshness struct {
	// Parameters join the authorization request.
	Parameters url.Values
	// Timed holds the ID token's auth_time against the request where one comes.
	Timed bool
	// Nonce names a parameter for a value that Proven wants to see again.
	Nonce string
	// Proven asks the provider, with the person's access token, whether there was
	// one. Its error is an *Error of get's, or a sentence for the administrator.
	Proven func(ctx context.Context, get Get, access, nonce string) error
}

// Endpoints of a provider. Authorize and Token are needed, Keys where ID tokens
// are issued.
type Endpoints struct {
	Authorize string
	Token     string
	UserInfo  string
	Keys      string
	// EndSession ends the provider's own session; "" where it has no address for that.
	EndSession string
}

// The ways to prove which client asks at the token endpoint (OpenID Connect Core §9).
const (
	SecretPost    = "client_secret_post"
	SecretBasic   = "client_secret_basic"
	PrivateKeyJWT = "private_key_jwt"
	NoSecret      = "none"
)

// ClientAuth is how this server proves itself at the token endpoint.
type ClientAuth struct {
	// Method is one of the ways above; "" takes the first of post and basic that
	// the discovery document offers, and post without one, as Cognito does.
	Method string
	Secret string
	// MakeSecret makes the secret anew for each use.
	MakeSecret func(now time.Time) (string, error)
	// Key signs the assertion of private_key_jwt.
	Key *Key
}

// Get fetches a JSON document with the access token bearer, or without when
// bearer is "". Its error is an *Error; the code Refused has the HTTP status as
// its Reason.
type Get func(ctx context.Context, address, bearer string) (any, error)

// Vouched answers what the settings say of all addresses of this provider, by
// trust_email, and else what rule says.
func (s Settings) Vouched(rule func(claims map[string]any) bool) func(claims map[string]any) bool {
	switch s.Details["trust_email"] {
	case "true":
		return func(map[string]any) bool { return true }
	case "false":
		return func(map[string]any) bool { return false }
	}
	return rule
}
