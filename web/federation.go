package web

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/saml"
	"poolhouse.dev/identity"
)

// Federation opens the identity providers of pools, and keeps them open.
type Federation struct {
	types federation.Types
	deps  federation.Deps

	mu     sync.Mutex
	opened map[string]openProvider
}

// openProvider is a provider as its settings stood.
type openProvider struct {
	modified time.Time
	provider federation.Provider
}

// maxOpened bounds the providers that are kept open; above it all begin anew.
const maxOpened = 1000

// NewFederation answers one that knows these types of provider. Its providers
// share deps.Cache.
func NewFederation(types federation.Types, deps federation.Deps) *Federation {
	return &Federation{types: types, deps: deps.WithDefaults(), opened: map[string]openProvider{}}
}

// open answers the provider of s, ready. Settings that were modified since the
// last time open it anew.
func (f *Federation) open(s federation.Settings, modified time.Time) (federation.Provider, error) {
	key := s.Pool + "\x00" + s.Name + "\x00" + s.Callback
	f.mu.Lock()
	kept, ok := f.opened[key]
	f.mu.Unlock()
	if ok && kept.modified.Equal(modified) {
		return kept.provider, nil
	}
	provider, err := f.types.Open(s, f.deps) // may make a key, which takes its time
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.opened) >= maxOpened {
		clear(f.opened)
	}
	f.opened[key] = openProvider{modified, provider}
	return provider, nil
}

// SAMLOptions answers what federation/saml needs of a pool: its key, made when
// it is first needed and kept sealed.
func SAMLOptions(core *identity.Core) func(federation.Settings) (saml.Options, error) {
	return func(s federation.Settings) (saml.Options, error) {
		key, err := samlKey(context.Background(), core, identity.PoolID(s.Pool))
		return saml.Options{Key: key, Memory: samlMemoryOf(core, s)}, err
	}
}

func samlKey(ctx context.Context, core *identity.Core, pool identity.PoolID) (saml.Key, error) {
	settings := identity.Settings{Core: core}
	key, err := settings.SAMLKey(ctx, pool, func() (identity.SAMLKey, error) {
		made, err := saml.MakeKey(string(pool), core.Now())
		return identity.SAMLKey(made), err
	})
	return saml.Key(key), err
}

// SAMLKey answers the pool's key for SAML.
func (r *Request) SAMLKey() (saml.Key, error) {
	return samlKey(r.Ctx(), r.server.Identity, r.Pool.ID)
}

// cognito is the pool itself among supported_identity_providers.
const cognito = "COGNITO"

// Providers are the ways in by somebody else that a page offers.
type Providers struct {
	List []identity.IdentityProvider // in the client's order
	Here bool                        // people sign in here, too
}

// Named answers the provider of this name, among those that are offered.
func (p *Providers) Named(name string) (identity.IdentityProvider, bool) {
	i := slices.IndexFunc(p.List, func(one identity.IdentityProvider) bool { return one.Name == name })
	if i < 0 {
		return identity.IdentityProvider{}, false
	}
	return p.List[i], true
}

// Served answers the client that a sign-in is for: the one that asks, or the one that
// a page of ours serves (that of a device). nil is for our own pages.
func (r *Request) Served() (*identity.Client, error) {
	asking, err := r.Asking()
	switch {
	case err != nil:
		return nil, err
	case asking != nil:
		return &asking.Client, nil
	case r.Ask == nil || r.Ask.Client == "":
		return nil, nil
	}
	settings := identity.Settings{Core: r.server.Identity}
	client, err := settings.Client(r.Ctx(), r.Pool.ID, r.Ask.Client)
	if code, _ := identity.CodeOf(err); code == identity.ResourceNotFound {
		return nil, nil // it was deleted since; the page says so
	}
	return &client, err
}

// Providers answers what the app's client lists, of what is switched on; every
// provider of the pool where no app is served.
func (r *Request) Providers() (Providers, error) {
	client, err := r.Served()
	if err != nil {
		return Providers{}, err
	}
	var listed []string
	if client != nil {
		if listed = client.IdentityProviders; len(listed) == 0 {
			listed = []string{cognito}
		}
	}
	found := Providers{Here: client == nil || slices.Contains(listed, cognito)}
	if r.server.Federation == nil || found.Here && len(listed) == 1 {
		return found, nil
	}
	settings := identity.Settings{Core: r.server.Identity}
	all, err := settings.Providers(r.Ctx(), r.Pool.ID)
	if err != nil {
		return found, err
	}
	found.List = slices.DeleteFunc(all, func(p identity.IdentityProvider) bool {
		return p.Disabled || client != nil && !slices.Contains(listed, p.Name)
	})
	if client != nil {
		slices.SortFunc(found.List, func(a, b identity.IdentityProvider) int {
			return slices.Index(listed, a.Name) - slices.Index(listed, b.Name)
		})
	}
	return found, nil
}

// Provider answers a provider of the pool with its settings, ready to be asked.
// NotAllowed says that there is none, or that it is switched off. An
// *federation.Error says that its settings cannot work.
func (r *Request) Provider(name string) (identity.IdentityProvider, federation.Provider, error) {
	return r.provider(name, false)
}

// TriedProvider is Provider for a test, which also asks one that is switched off.
func (r *Request) TriedProvider(name string) (identity.IdentityProvider, federation.Provider, error) {
	return r.provider(name, true)
}

func (r *Request) provider(name string, tried bool) (identity.IdentityProvider, federation.Provider, error) {
	const op = "Request.Provider"
	settings := identity.Settings{Core: r.server.Identity}
	found, err := settings.Provider(r.Ctx(), r.Pool.ID, name)
	code, _ := identity.CodeOf(err)
	if r.server.Federation == nil || code == identity.ResourceNotFound || err == nil && found.Disabled && !tried {
		return found, nil, &identity.Error{Code: identity.NotAllowed, Op: op}
	}
	if err != nil {
		return found, nil, err
	}
	provider, err := r.server.Federation.open(r.settingsOf(&found), found.ModifiedAt)
	return found, provider, err
}

// settingsOf answers a provider's settings as package federation has them. Whoever
// sets out from a domain comes back to it: the trip is bound to a cookie of that
// host, and apps that moved from Cognito have registered its callback there.
func (r *Request) settingsOf(p *identity.IdentityProvider) federation.Settings {
	callback := "/oauth2/idpresponse"
	if p.Type == federation.SAML {
		callback = "/saml2/idpresponse"
	}
	return federation.Settings{
		Pool: string(p.PoolID), Name: p.Name, Type: p.Type, Details: p.Details,
		Callback: r.Link(callback), Base: r.Link(""),
	}
}

// usualMapping is the attribute_mapping of who sets none: the claims that are
// named as the attributes are (OpenID Connect Core §5.1).
var usualMapping = map[string]string{
	"email": "email", "name": "name", "given_name": "given_name", "family_name": "family_name", "picture": "picture", "locale": "locale",
}

// ownSay are attributes that no mapping sets: who somebody is, and whether an
// address is verified, is said by the provider's answer itself.
var ownSay = []string{"username", "email_verified", "phone_number_verified"}

// MappingOf answers where in a provider's answer each attribute is taken from.
func MappingOf(p *identity.IdentityProvider) map[string]string {
	if len(p.Mapping) == 0 {
		return usualMapping
	}
	mapping := maps.Clone(p.Mapping)
	for _, name := range ownSay {
		delete(mapping, name)
	}
	for name := range p.FromTokens() {
		delete(mapping, name) // kept with the identity, sealed, and never an attribute
	}
	return mapping
}

// ExternalOf answers what the provider's answer says of a person in the pool's
// own terms, and what could not be mapped.
func ExternalOf(p *identity.IdentityProvider, a federation.Answer) (identity.External, []federation.Problem) {
	mapped, problems := federation.Map(a.Claims, MappingOf(p))
	x := identity.External{Provider: p.Name, Subject: a.Subject, Issuer: a.Issuer, Attributes: mapped}
	// The provider vouches for its e-mail address, and for no other claim that
	// somebody may have mapped to ours.
	said, _ := federation.Map(a.Claims, map[string]string{"email": mailClaim(p, a)})
	x.EmailVerified = (a.EmailVerified || answersFor(p, a, mapped["email"])) && mapped["email"] != "" && mapped["email"] == said["email"]
	x.ACR, _ = a.Claims["acr"].(string)
	x.Tokens = p.Kept(identity.ProviderTokens(a.Tokens))
	for _, name := range p.TooLong(x.Tokens) {
		problems = append(problems, federation.Problem{Field: name, Text: "would hold a token of more than 2,048 bytes"})
	}
	return x, problems
}

// answersFor says that a SAML identity provider, which mostly has no word for
// verified, vouches for the addresses of a domain that the operator names as its
// own. Its word on the address, or the operator's on all of them, goes before.
func answersFor(p *identity.IdentityProvider, a federation.Answer, email string) bool {
	_, says := a.Claims["email_verified"]
	return p.Type == federation.SAML && !says && p.Details[saml.DetailTrust] == "" && p.Answers(email)
}

// mailClaim names the claim that EmailVerified is about: email. SAML has no
// name for it, and its attributes are all signed alike.
func mailClaim(p *identity.IdentityProvider, a federation.Answer) string {
	if _, ok := a.Claims["email"]; !ok && p.Type == federation.SAML && p.Mapping["email"] != "" {
		return p.Mapping["email"]
	}
	return "email"
}

// ProviderPath is the page that leads to the provider of its parameter name.
const ProviderPath = "/login/provider"

// Straight answers the provider that an authorization request goes straight on
// to: the one that identity_provider names (Cognito), that idp_identifier leads
// to, or the only way in that there is.
func (r *Request) Straight() (name string, ok bool, err error) {
	all, err := r.Providers()
	if err != nil || len(all.List) == 0 || !r.ForApp() {
		return "", false, err
	}
	if p, named := all.Named(r.asks("identity_provider")); named {
		return p.Name, true, nil
	}
	if typed := r.asks("idp_identifier"); typed != "" {
		settings := identity.Settings{Core: r.server.Identity}
		p, led, err := settings.ProviderFor(r.Ctx(), r.Pool.ID, typed)
		if err != nil {
			return "", false, err
		}
		if _, offered := all.Named(p.Name); led && offered {
			return p.Name, true, nil
		}
	}
	if !all.Here && len(all.List) == 1 {
		return all.List[0].Name, true, nil
	}
	return "", false, nil
}

// Note logs what an administrator may want to know of a request that was answered.
func (r *Request) Note(text string, err error) {
	r.server.Log.LogAttrs(r.Ctx(), slog.LevelWarn, text, slog.String("request", r.ID), slog.Any("error", err))
}
