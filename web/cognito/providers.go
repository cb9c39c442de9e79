package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

func providerOf(p *identity.IdentityProvider) IdentityProvider {
	return IdentityProvider{
		UserPoolID: p.PoolID, ProviderName: p.Name, ProviderType: p.Type, ProviderDetails: p.Details,
		AttributeMapping: p.Mapping, IdpIdentifiers: p.Identifiers, AcrMapping: p.AcrMapping,
		ProviderRules: ProviderRules{
			TrustedEmailDomains: p.TrustedDomains, AttributeRefresh: p.Refresh,
			StoreTokens: told(p.StoreTokens), MFARequired: told(p.MFARequired), Disabled: told(p.Disabled),
		},
		LastModifiedDate: stamp(p.ModifiedAt), CreationDate: stamp(p.CreatedAt),
	}
}

// told leaves out what is false.
func told(is bool) *bool {
	if !is {
		return nil
	}
	return &is
}

// apply sets what the rules say on a provider.
func (r *ProviderRules) apply(p *identity.IdentityProvider) {
	if r.TrustedEmailDomains != nil {
		p.TrustedDomains = r.TrustedEmailDomains
	}
	if r.AttributeRefresh != "" {
		p.Refresh = r.AttributeRefresh
	}
	for to, from := range map[*bool]*bool{&p.StoreTokens: r.StoreTokens, &p.MFARequired: r.MFARequired, &p.Disabled: r.Disabled} {
		if from != nil {
			*to = *from
		}
	}
}

func (h *Handler) createIdentityProvider(ctx context.Context, in CreateIdentityProviderRequest) (IdentityProviderResponse, error) {
	pool, err := h.Settings.Pool(ctx, in.UserPoolID)
	if err != nil {
		return IdentityProviderResponse{}, err
	}
	_, err = h.Settings.Provider(ctx, in.UserPoolID, in.ProviderName)
	if err == nil {
		return IdentityProviderResponse{}, exception("DuplicateProviderException", "An identity provider of that name exists already.")
	}
	if !absent(err) {
		return IdentityProviderResponse{}, err
	}
	p := identity.IdentityProvider{
		PoolID: in.UserPoolID, Name: in.ProviderName, Type: in.ProviderType, Details: in.ProviderDetails,
		Mapping: in.AttributeMapping, Identifiers: in.IdpIdentifiers, AcrMapping: in.AcrMapping,
	}
	in.apply(&p)
	return h.keepProvider(ctx, &pool, p)
}

// keepProvider stores a provider and answers it with its secrets, as Cognito does.
func (h *Handler) keepProvider(ctx context.Context, pool *identity.Pool, p identity.IdentityProvider) (IdentityProviderResponse, error) {
	if _, err := h.putProvider(ctx, pool, p); err != nil {
		return IdentityProviderResponse{}, err
	}
	return h.describeIdentityProvider(ctx, OneProvider{p.PoolID, p.Name})
}

func (h *Handler) describeIdentityProvider(ctx context.Context, in OneProvider) (IdentityProviderResponse, error) {
	p, err := h.provider(ctx, in.UserPoolID, in.ProviderName)
	if caller := callerOf(ctx); caller.ReadOnly {
		p.Details = withoutSecrets(p.Details)
	}
	return IdentityProviderResponse{providerOf(&p)}, err
}

// provider answers one with its secrets; the refusal names it.
func (h *Handler) provider(ctx context.Context, pool identity.PoolID, name string) (identity.IdentityProvider, error) {
	if _, err := h.Settings.Pool(ctx, pool); err != nil {
		return identity.IdentityProvider{}, err
	}
	p, err := h.Settings.Provider(ctx, pool, name)
	if absent(err) {
		return p, exception("ResourceNotFoundException", "Identity provider "+name+" does not exist.")
	}
	return p, err
}

func (h *Handler) updateIdentityProvider(ctx context.Context, in UpdateIdentityProviderRequest) (IdentityProviderResponse, error) {
	p, err := h.provider(ctx, in.UserPoolID, in.ProviderName)
	if err != nil {
		return IdentityProviderResponse{}, err
	}
	if in.ProviderDetails != nil {
		p.Details = in.ProviderDetails
	}
	if in.AttributeMapping != nil {
		p.Mapping = in.AttributeMapping
	}
	if in.IdpIdentifiers != nil {
		p.Identifiers = in.IdpIdentifiers
	}
	if in.AcrMapping != nil {
		p.AcrMapping = in.AcrMapping
	}
	in.apply(&p)
	pool, err := h.Settings.Pool(ctx, in.UserPoolID)
	if err != nil {
		return IdentityProviderResponse{}, err
	}
	return h.keepProvider(ctx, &pool, p)
}

func (h *Handler) deleteIdentityProvider(ctx context.Context, in OneProvider) (done, error) {
	if _, err := h.provider(ctx, in.UserPoolID, in.ProviderName); err != nil {
		return done{}, err
	}
	return done{}, h.Settings.DeleteProvider(ctx, in.UserPoolID, in.ProviderName)
}

func (h *Handler) listIdentityProviders(ctx context.Context, in ListIdentityProvidersRequest) (ListIdentityProvidersResponse, error) {
	out := ListIdentityProvidersResponse{Providers: []ProviderDescription{}}
	found, err := h.Settings.Providers(ctx, in.UserPoolID)
	if err != nil {
		return out, err
	}
	found, out.NextToken, err = shortPage(h, shortList[identity.IdentityProvider]{
		listing: listing{operation: "ListIdentityProviders", pool: in.UserPoolID, member: "NextToken"}, limit: in.MaxResults, token: in.NextToken,
		key: func(p identity.IdentityProvider) string { return p.Name },
	}, found)
	for _, p := range found {
		out.Providers = append(out.Providers, ProviderDescription{
			ProviderName: p.Name, ProviderType: p.Type, Disabled: p.Disabled, LastModifiedDate: stamp(p.ModifiedAt), CreationDate: stamp(p.CreatedAt),
		})
	}
	return out, err
}

func (h *Handler) getIdentityProviderByIdentifier(ctx context.Context, in ProviderByIdentifierRequest) (IdentityProviderResponse, error) {
	all, err := h.Settings.Providers(ctx, in.UserPoolID)
	if err != nil {
		return IdentityProviderResponse{}, err
	}
	for _, p := range all {
		if hasFold(p.Identifiers, in.IdpIdentifier) {
			return h.describeIdentityProvider(ctx, OneProvider{in.UserPoolID, p.Name})
		}
	}
	return IdentityProviderResponse{}, exception("ResourceNotFoundException", "Identity provider "+in.IdpIdentifier+" does not exist.")
}
