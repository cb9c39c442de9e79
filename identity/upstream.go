package identity

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/storage"
)

// ProviderTokens are what a provider issued for its own interfaces.
type ProviderTokens struct {
	Access  string    `json:"access_token,omitempty"`
	Refresh string    `json:"refresh_token,omitempty"`
	ID      string    `json:"id_token,omitempty"`
	Expires time.Time `json:"expires_at,omitzero"` // of Access; zero when the provider did not say
}

// String hides the tokens.
func (ProviderTokens) String() string { return hiddenTokens }

// GoString hides the tokens.
func (ProviderTokens) GoString() string { return hiddenTokens }

// LogValue hides the tokens.
func (ProviderTokens) LogValue() slog.Value { return slog.StringValue(hiddenTokens) }

const hiddenTokens = "[hidden]"

// tokenSources are what an attribute_mapping calls a provider's tokens (Cognito).
var tokenSources = []string{"access_token", "id_token", "refresh_token"}

// IsToken says that a source of an attribute_mapping is a token and no claim.
func IsToken(source string) bool { return slices.Contains(tokenSources, source) }

func (t *ProviderTokens) at(source string) *string {
	switch source {
	case "access_token":
		return &t.Access
	case "refresh_token":
		return &t.Refresh
	}
	return &t.ID
}

// names answers which of the tokens are there.
func (t *ProviderTokens) names() (names []string) {
	for _, source := range tokenSources {
		if *t.at(source) != "" {
			names = append(names, source)
		}
	}
	return names
}

// good answers a token, or "" for one that is known to have expired.
func (t *ProviderTokens) good(source string, now time.Time) string {
	end := time.Time{}
	switch source {
	case "access_token":
		end = t.Expires
	case "id_token":
		end = expiryOf(t.ID)
	}
	if !end.IsZero() && !now.Before(end) {
		return ""
	}
	return *t.at(source)
}

// expiryOf answers the exp of a JWT, whose signature was verified when it came;
// zero for a text that has none.
func expiryOf(token string) time.Time {
	_, rest, _ := strings.Cut(token, ".")
	body, _, _ := strings.Cut(rest, ".")
	raw, err := base64.RawURLEncoding.DecodeString(body)
	var claims struct {
		Expires float64 `json:"exp"`
	}
	if err != nil || json.Unmarshal(raw, &claims) != nil || claims.Expires <= 0 {
		return time.Time{}
	}
	return time.Unix(int64(min(claims.Expires, 1<<40)), 0)
}

// FromTokens answers the attributes that the mapping fills with a token, and
// with which.
func (p *IdentityProvider) FromTokens() map[string]string {
	from := maps.Clone(p.Mapping)
	maps.DeleteFunc(from, func(_, source string) bool { return !IsToken(source) })
	return from
}

// Kept answers those of t that are to be kept: all with StoreTokens, and else
// what an attribute is filled with.
func (p *IdentityProvider) Kept(t ProviderTokens) ProviderTokens {
	mapped := slices.Collect(maps.Values(p.FromTokens()))
	for _, source := range tokenSources {
		if !p.StoreTokens && !slices.Contains(mapped, source) {
			*t.at(source) = ""
		}
	}
	if t.Access == "" {
		t.Expires = time.Time{}
	}
	return t
}

// TooLong answers the attributes whose token is longer than any attribute may
// be: no claim has them.
func (p *IdentityProvider) TooLong(t ProviderTokens) (names []string) {
	for name, source := range p.FromTokens() {
		if len(*t.at(source)) > maxAttributeValue {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// tokenRules hold the part of a mapping that takes tokens. A token fills an
// attribute of the pool's own alone: in a standard one it would pass for a name
// or an address, and everybody may read those.
func (p *IdentityProvider) tokenRules(pool *Pool) (rules []setting) {
	for _, name := range slices.Sorted(maps.Keys(p.FromTokens())) {
		field, rule := "attribute_mapping."+name, Attribute{}
		if known, ok := pool.attributeOf(name); ok {
			rule = known
		}
		own := strings.HasPrefix(name, customPrefix)
		rules = append(rules, setting{field, own, "cannot hold a token: " + p.Mapping[name] + " goes to a custom: attribute"})
		if own {
			rules = append(rules,
				setting{field, p.Type != typeSAML, "has no token to hold: SAML knows none"},
				setting{field, rule.DataType == "" || rule.DataType == "String", "cannot hold a token: it is no String"},
			)
		}
	}
	return rules
}

const typeSAML = "SAML"

// keepTokens seals what is to be kept of the tokens that somebody came with. A
// refresh token stays until another comes: some providers give it only once.
func (s *SignIn) keepTokens(by visitor, i *Identity) (keptTokens, error) {
	came := by.in.External.Tokens
	had, err := s.tokensOf(i)
	if err != nil {
		return keptTokens{}, err
	}
	if came.Refresh == "" {
		came.Refresh = had.Refresh
	}
	kept := keptTokens{by.provider.Kept(came), len(had.names()) == 0}
	if i.Tokens = nil; len(kept.names()) > 0 {
		i.Tokens, err = s.sealJSON(kept.ProviderTokens, tokensAAD(i)...)
	}
	return kept, err
}

// keptTokens are those of an identity; first says that it had none before.
type keptTokens struct {
	ProviderTokens
	first bool
}

// noteTokens records which tokens are kept, when they are first, and the
// attributes that cannot take theirs.
func (s *SignIn) noteTokens(w storage.Writer, by visitor, u *User, kept keptTokens) error {
	if len(kept.names()) == 0 {
		return nil
	}
	detail := map[string]string{"provider": by.provider.Name, "kept": strings.Join(kept.names(), " ")}
	var out []string
	for name, source := range by.provider.FromTokens() {
		if value := *kept.at(source); value != "" && !holds(&by.pool, name, value) {
			out = append(out, name)
		}
	}
	if slices.Sort(out); len(out) > 0 {
		detail["left_out"] = strings.Join(out, " ")
	} else if !kept.first {
		return nil
	}
	return s.record(w, u, deed{Action: "keep_provider_tokens", Client: by.in.Client, Origin: by.in.Origin, Detail: detail})
}

// holds says that the attribute can have the value.
func holds(p *Pool, name, value string) bool {
	rule, known := p.attributeOf(name)
	if !known {
		return false
	}
	_, ok := formatAttribute(&rule, value)
	return ok
}

func tokensAAD(i *Identity) []string {
	return []string{"tokens", string(i.PoolID), i.Provider, i.Subject}
}

func (c *Core) tokensOf(i *Identity) (t ProviderTokens, err error) {
	if len(i.Tokens) > 0 {
		err = c.openJSON(i.Tokens, &t, tokensAAD(i)...)
	}
	return t, err
}
