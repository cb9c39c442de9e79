package federation

import (
	"log/slog"
	"net/url"
	"time"

	"poolhouse.dev/identity/fetch"
)

// The types of providers: Cognito's ProviderType, then ours.
const (
	Google          = "Google"
	Facebook        = "Facebook"
	LoginWithAmazon = "LoginWithAmazon"
	SignInWithApple = "SignInWithApple"
	OIDC            = "OIDC"
	SAML            = "SAML"
	GitHub          = "GitHub"
	Microsoft       = "Microsoft"
	OAuth2          = "OAuth2"
)

// Settings are one configured provider of one pool.
type Settings struct {
	Pool string // the user pool
	Name string // the provider's name in the pool
	Type string // one of the types above
	// Details are Cognito's ProviderDetails by Cognito's keys, and ours beside
	// them. They hold secrets.
	Details map[string]string
	// Callback is where the provider sends the browser: the redirect URI, or the
	// assertion consumer service of SAML.
	Callback string
	Base     string // the pool's own base URL
}

// Site answers scheme and host of an address: whose interface it is, whatever its
// version.
func Site(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// String leaves the details out: they hold secrets.
func (s Settings) String() string { return s.Pool + "/" + s.Name + " (" + s.Type + ")" }

// GoString leaves the details out, as String does.
func (s Settings) GoString() string { return s.String() }

// LogValue leaves the details out, as String does.
func (s Settings) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Deps are what providers work with.
type Deps struct {
	// Client fetches under guard; a provider reaches nothing but through it. It
	// should have SameHost set: a discovery document has no reason to move.
	Client *fetch.Client
	Now    func() time.Time // time.Now when nil
	Log    *slog.Logger     // nothing is logged when nil
	// Cache keeps discovery documents, keys and metadata, for as many providers
	// as share it. Without one each provider opened begins anew.
	Cache *fetch.Cache
}

// WithDefaults answers d with what was left out.
func (d Deps) WithDefaults() Deps {
	if d.Client == nil {
		d.Client = fetch.New(fetch.Options{})
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Cache == nil {
		d.Cache = fetch.NewCache(0)
	}
	return d
}
