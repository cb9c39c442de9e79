package identity

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"poolhouse.dev/storage"
)

// secretDetails are the members of provider_details that are kept sealed.
var secretDetails = []string{"client_secret", "private_key"}

// IsSecretDetail says that a member of provider_details is kept sealed and never shown.
func IsSecretDetail(name string) bool { return slices.Contains(secretDetails, name) }

// Providers answers the pool's identity providers by name, without secrets.
func (s *Settings) Providers(ctx context.Context, pool PoolID) (list []IdentityProvider, err error) {
	const op = "Settings.Providers"
	err = s.Store.View(ctx, func(r storage.Reader) error {
		if _, _, err := s.reopen(r, op, pool, ""); err != nil {
			return err
		}
		list, err = providers.List(r, storage.Page{Prefix: []any{string(pool)}})
		return err
	})
	return list, err
}

// Provider answers one with its secrets, for asking it.
func (s *Settings) Provider(ctx context.Context, pool PoolID, name string) (found IdentityProvider, err error) {
	const op = "Settings.Provider"
	err = s.Store.View(ctx, func(r storage.Reader) (err error) {
		found, err = providers.Get(r, string(pool), name)
		if errors.Is(err, storage.ErrNotFound) {
			return refuse(op, ResourceNotFound)
		}
		return err
	})
	if err != nil || len(found.Secrets) == 0 {
		return found, err
	}
	var secrets map[string]string
	if err := s.openJSON(found.Secrets, &secrets, "provider", string(pool), name); err != nil {
		return found, err
	}
	if found.Details == nil {
		found.Details = map[string]string{}
	}
	maps.Copy(found.Details, secrets)
	return found, nil
}

// PutProvider makes or replaces a provider. A secret detail that is left out
// stays as it is. The form of the details is its front end's to check.
func (s *Settings) PutProvider(ctx context.Context, p IdentityProvider) (IdentityProvider, error) {
	const op = "Settings.PutProvider"
	err := s.update(ctx, func(w storage.Writer) (*Error, error) {
		pool, _, err := s.reopen(w, op, p.PoolID, "")
		if err != nil {
			return nil, err
		}
		if err := ValidateProvider(&pool, &p); err != nil {
			return nil, err
		}
		had, err := providers.Get(w, string(p.PoolID), p.Name)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return nil, err
		}
		if err == nil && had.Type != p.Type {
			return &Error{Code: InvalidParameter, Op: op, Field: "provider_type", Err: errors.New("cannot change once the provider is made")}, nil
		}
		if p.ModifiedAt = s.Now(); had.CreatedAt.IsZero() {
			had.CreatedAt = p.ModifiedAt
		}
		p.CreatedAt, p.Issuer = had.CreatedAt, had.Issuer
		if err := s.sealDetails(&p, had); err != nil {
			return nil, err
		}
		if failed, err := identifiersFree(w, op, &p); err != nil || failed != nil {
			return failed, err
		}
		if err := providers.Put(w, p); err != nil {
			return nil, err
		}
		return nil, s.recordSetting(ctx, w, p.PoolID, "", "put_identity_provider")
	})
	return p, err
}

// sealDetails moves the secrets out of the details.
func (s *Settings) sealDetails(p *IdentityProvider, had IdentityProvider) (err error) {
	secrets := map[string]string{}
	if len(had.Secrets) > 0 {
		if err := s.openJSON(had.Secrets, &secrets, "provider", string(p.PoolID), p.Name); err != nil {
			return err
		}
	}
	p.Details = maps.Clone(p.Details)
	for _, name := range secretDetails {
		if value := p.Details[name]; value != "" {
			secrets[name] = value
		}
		delete(p.Details, name)
	}
	if len(secrets) == 0 {
		return nil
	}
	p.Secrets, err = s.sealJSON(secrets, "provider", string(p.PoolID), p.Name)
	return err
}

// identifiersFree: an identifier leads to one provider.
func identifiersFree(r storage.Reader, op string, p *IdentityProvider) (*Error, error) {
	all, err := providers.List(r, storage.Page{Prefix: []any{string(p.PoolID)}})
	for _, other := range all {
		for _, id := range p.Identifiers {
			if other.Name != p.Name && slices.ContainsFunc(other.Identifiers, func(o string) bool { return strings.EqualFold(o, id) }) {
				return &Error{Code: InvalidParameter, Op: op, Field: "idp_identifiers", Err: errors.New(id + " leads to " + other.Name + " already")}, nil
			}
		}
	}
	return nil, err
}

// DeleteProvider removes a provider. Its identities stay and lead nowhere, until
// a provider of that name is made again; the tokens that they keep are gone.
func (s *Settings) DeleteProvider(ctx context.Context, pool PoolID, name string) error {
	const op = "Settings.DeleteProvider"
	err := s.update(ctx, func(w storage.Writer) (*Error, error) {
		if _, err := providers.Get(w, string(pool), name); err != nil {
			if errors.Is(err, storage.ErrNotFound) {
				return refuse(op, ResourceNotFound), nil
			}
			return nil, err
		}
		if err := errors.Join(providers.Delete(w, string(pool), name), samlMetadatas.Delete(w, string(pool), name)); err != nil {
			return nil, err
		}
		return nil, s.recordSetting(ctx, w, pool, "", "delete_identity_provider")
	})
	if err != nil {
		return err
	}
	return s.forgetTokens(ctx, pool, name)
}

// ProviderFor answers the provider that a name, an identifier or an address's
// domain leads to; false for none. The names of switched-off ones lead nowhere.
func (s *Settings) ProviderFor(ctx context.Context, pool PoolID, typed string) (found IdentityProvider, ok bool, err error) {
	list, err := s.Providers(ctx, pool)
	domain := typed[strings.LastIndexByte(typed, '@')+1:]
	for _, p := range list {
		led := p.Name == typed || slices.ContainsFunc(p.Identifiers, func(id string) bool {
			return strings.EqualFold(id, typed) || strings.EqualFold(id, domain)
		})
		if led && !p.Disabled {
			return p, true, err
		}
	}
	return IdentityProvider{}, false, err
}

// ProviderTypes are the kinds of provider: Cognito's, and those of this house.
var ProviderTypes = []string{"Google", "Facebook", "LoginWithAmazon", "SignInWithApple", "OIDC", "SAML", "GitHub", "Microsoft", "OAuth2"}

// mappable are names that an attribute_mapping may hold beside attributes.
var mappable = []string{"username", attrEmailVerified, attrPhoneVerified}

// idpIdentifierPattern is Cognito's IdpIdentifierType.
var idpIdentifierPattern = regexp.MustCompile(`^[\w\s+=.@-]+$`)

// ValidateProvider holds what every kind has in common against Cognito's
// bounds and the pool's attributes. It answers InvalidParameter with the field,
// named as in the file; several are joined.
func ValidateProvider(pool *Pool, p *IdentityProvider) error {
	const op = "ValidateProvider"
	rules := []setting{
		{"provider_name", fits(namePattern, p.Name, 32) && p.Name != "COGNITO" && !strings.ContainsAny(p.Name, "_@/"), "must have 1-32 visible characters without _ @ / and not be COGNITO"},
		{"provider_type", slices.Contains(ProviderTypes, p.Type), "takes " + strings.Join(ProviderTypes, ", ")},
		{"idp_identifiers", len(p.Identifiers) <= 50, "at most 50"},
		{"attribute_refresh", oneOf(p.Refresh, "always", "first"), "takes always and first"},
		{"trusted_email_domains", !slices.ContainsFunc(p.TrustedDomains, func(d string) bool { return d == "" || strings.ContainsAny(d, "@/ ") }), "takes domains such as example.test, or *"},
	}
	for i, id := range p.Identifiers {
		twice := slices.ContainsFunc(p.Identifiers[:i], func(other string) bool { return strings.EqualFold(other, id) })
		rules = append(rules, setting{"idp_identifiers", fits(idpIdentifierPattern, id, 40) && !twice, "takes 1-40 letters, digits, spaces or _ + = . @ - each, none twice"})
	}
	for _, name := range slices.Sorted(maps.Keys(p.Mapping)) {
		_, known := pool.attributeOf(name)
		rules = append(rules, setting{"attribute_mapping." + name, known || slices.Contains(mappable, name), "is no attribute of the pool"})
	}
	return allBroken(op, append(rules, p.tokenRules(pool)...))
}
