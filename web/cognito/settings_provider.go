package cognito

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"poolhouse.dev/identity"
)

// Details are provider_details. They hold secrets, so that they reach the wire
// but never a log or a message.
type Details map[string]string

// LogValue keeps secrets out of logs.
func (Details) LogValue() slog.Value { return slog.StringValue("[hidden]") }

// String keeps secrets out of messages.
func (Details) String() string { return "[hidden]" }

// GoString keeps secrets out of %#v.
func (Details) GoString() string { return "[hidden]" }

// ProviderSettings is one identity provider of a pool, with its secrets as
// plain text.
type ProviderSettings struct {
	Name           string            `json:"provider_name"`
	Type           string            `json:"provider_type"`
	Details        Details           `json:"provider_details,omitempty"`
	Mapping        map[string]string `json:"attribute_mapping,omitempty"`
	Identifiers    []string          `json:"idp_identifiers,omitempty"`
	AcrMapping     map[string]string `json:"acr_mapping,omitempty"`
	TrustedDomains []string          `json:"trusted_email_domains,omitempty"`
	Refresh        string            `json:"attribute_refresh,omitempty"`
	StoreTokens    bool              `json:"store_tokens,omitempty"`
	MFARequired    bool              `json:"mfa_required,omitempty"`
	Disabled       bool              `json:"disabled,omitempty"`
}

// Provider answers the provider as the core takes one.
func (p *ProviderSettings) Provider(pool identity.PoolID) identity.IdentityProvider {
	return identity.IdentityProvider{
		PoolID: pool, Name: p.Name, Type: p.Type, Details: p.Details, Mapping: p.Mapping, Identifiers: p.Identifiers, AcrMapping: p.AcrMapping,
		TrustedDomains: p.TrustedDomains, Refresh: p.Refresh, StoreTokens: p.StoreTokens, MFARequired: p.MFARequired, Disabled: p.Disabled,
	}
}

func providerSettingsOf(p *identity.IdentityProvider) ProviderSettings {
	return ProviderSettings{
		Name: p.Name, Type: p.Type, Details: p.Details, Mapping: p.Mapping, Identifiers: p.Identifiers, AcrMapping: p.AcrMapping,
		TrustedDomains: p.TrustedDomains, Refresh: p.Refresh, StoreTokens: p.StoreTokens, MFARequired: p.MFARequired, Disabled: p.Disabled,
	}
}

// providers brings the pool's identity providers to what is wanted, and lists
// those that the settings do not name.
func (a *applying) providers(ctx context.Context, want PoolSettings) error {
	for _, p := range want.Providers {
		if err := a.provider(ctx, &want.Pool, p); err != nil {
			return err
		}
	}
	have, err := a.Settings.Providers(ctx, want.ID)
	for _, p := range have {
		if !slices.ContainsFunc(want.Providers, func(w ProviderSettings) bool { return w.Name == p.Name }) {
			a.extra("identity provider " + p.Name + " in " + string(want.ID))
		}
	}
	return err
}

func (a *applying) provider(ctx context.Context, pool *identity.Pool, want ProviderSettings) error {
	what := "identity provider " + want.Name + " in " + string(pool.ID)
	have, err := a.Settings.Provider(ctx, pool.ID, want.Name)
	isNew := absent(err)
	if err != nil && !isNew {
		return err
	}
	if !a.note(providerChanges(what, isNew, providerSettingsOf(&have), want)...) {
		return nil
	}
	_, err = a.putProvider(ctx, pool, want.Provider(pool.ID))
	return about(what, err)
}

// putProvider checks a provider whole before the core keeps it.
func (h *Handler) putProvider(ctx context.Context, pool *identity.Pool, p identity.IdentityProvider) (identity.IdentityProvider, error) {
	if problems := ProviderProblems(h.Providers, pool, p); len(problems) > 0 {
		return p, exception("InvalidParameterException", "The identity provider is not valid: "+problems.Error()+".")
	}
	return h.Settings.PutProvider(ctx, p)
}

// providerChanges compares details one by one: some are secret, some are files.
func providerChanges(what string, isNew bool, have, want ProviderSettings) []Change {
	from, to := have.Details, want.Details
	have.Details, want.Details = nil, nil
	changes := compare(what, isNew, have, want)
	if isNew {
		return changes
	}
	for _, key := range sortedKeys(from, to) {
		stays := to[key] == "" && identity.IsSecretDetail(key) // the core keeps a secret that is left out
		if from[key] != to[key] && !stays {
			changes = append(changes, Change{
				Action: "update", What: what, Field: "provider_details." + key, From: shownDetail(key, from[key]), To: shownDetail(key, to[key]),
			})
		}
	}
	return changes
}

// longestShown bounds the value of a detail in a list of changes: metadata may
// be many pages.
const longestShown = 200

func shownDetail(key, value string) string {
	switch {
	case identity.IsSecretDetail(key):
		return hiddenText(value)
	case len(value) > longestShown:
		return fmt.Sprintf("[%d bytes]", len(value))
	}
	return value
}

// sortedKeys answers the keys of all maps, sorted, each once.
func sortedKeys[M ~map[string]V, V any](all ...M) []string {
	keys := map[string]bool{}
	for _, m := range all {
		for key := range m {
			keys[key] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}
