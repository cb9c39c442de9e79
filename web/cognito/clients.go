package cognito

import (
	"context"
	"slices"

	"poolhouse.dev/identity"
)

func clientOf(c *identity.Client, secret string) Client {
	return Client{
		UserPoolID: c.PoolID, ClientID: c.ID, ClientName: c.Name, ClientSecret: Secret(secret),
		CallbackURLs: c.CallbackURLs, LogoutURLs: c.LogoutURLs, DefaultRedirectURI: c.DefaultRedirectURI,
		AllowedOAuthFlows: c.AllowedOAuthFlows, AllowedOAuthScopes: c.AllowedOAuthScopes, ExplicitAuthFlows: c.ExplicitAuthFlows,
		SupportedIdentityProviders: c.IdentityProviders, ReadAttributes: c.ReadAttributes, WriteAttributes: c.WriteAttributes,
		AccessTokenValidity: c.AccessTokenValidity, IDTokenValidity: c.IDTokenValidity, RefreshTokenValidity: c.RefreshValidity,
		ClientRules:  rulesOf(c),
		CreationDate: stamp(c.CreatedAt), LastModifiedDate: stamp(c.ModifiedAt),
	}
}

func rulesOf(c *identity.Client) ClientRules {
	rules := ClientRules{
		AuthSessionValidity: c.AuthSessionValidity, PreventUserExistenceErrors: c.PreventExistence, EnableTokenRevocation: c.TokenRevocation,
		IDTokenSignedResponseAlg: c.SigningAlg, TokenEndpointAuthMethod: c.AuthMethod, Theme: c.Theme,
		MFAConfiguration: c.MFAConfiguration, AllowedFirstAuthFactors: c.AllowedFirstFactors, ClientOAuth: c.ClientOAuth,
	}
	if units := TokenValidityUnits(c.Units); units != (TokenValidityUnits{}) {
		rules.TokenValidityUnits = &units
	}
	if rotation := (RefreshTokenRotation{c.Rotation.Feature, c.Rotation.GracePeriodSeconds}); rotation != (RefreshTokenRotation{}) {
		rules.RefreshTokenRotation = &rotation
	}
	return rules
}

// apply sets what the rules say on a client.
func (r *ClientRules) apply(c *identity.Client) {
	c.AuthSessionValidity, c.PreventExistence, c.TokenRevocation = r.AuthSessionValidity, r.PreventUserExistenceErrors, r.EnableTokenRevocation
	c.SigningAlg, c.AuthMethod, c.Theme = r.IDTokenSignedResponseAlg, r.TokenEndpointAuthMethod, r.Theme
	c.MFAConfiguration, c.AllowedFirstFactors, c.ClientOAuth = r.MFAConfiguration, r.AllowedFirstAuthFactors, r.ClientOAuth
	if r.TokenValidityUnits != nil {
		c.Units = identity.ValidityUnits(*r.TokenValidityUnits)
	}
	if r.RefreshTokenRotation != nil {
		c.Rotation = identity.Rotation{Feature: r.RefreshTokenRotation.Feature, GracePeriodSeconds: r.RefreshTokenRotation.RetryGracePeriodSeconds}
	}
}

func (h *Handler) createUserPoolClient(ctx context.Context, in CreateUserPoolClientRequest) (ClientResponse, error) {
	client := identity.Client{
		PoolID: in.UserPoolID, Name: in.ClientName, CallbackURLs: in.CallbackURLs, LogoutURLs: in.LogoutURLs,
		DefaultRedirectURI: in.DefaultRedirectURI, AllowedOAuthFlows: in.AllowedOAuthFlows, AllowedOAuthScopes: in.AllowedOAuthScopes,
		ExplicitAuthFlows: in.ExplicitAuthFlows, IdentityProviders: in.SupportedIdentityProviders,
		ReadAttributes: in.ReadAttributes, WriteAttributes: in.WriteAttributes,
		AccessTokenValidity: in.AccessTokenValidity, IDTokenValidity: in.IDTokenValidity, RefreshValidity: in.RefreshTokenValidity,
	}
	in.apply(&client)
	if err := h.knownProviders(ctx, &client); err != nil {
		return ClientResponse{}, err
	}
	made, secret, err := h.Settings.CreateClient(ctx, identity.NewClient{GenerateSecret: in.GenerateSecret, Client: client})
	return ClientResponse{UserPoolClient: clientOf(&made, secret)}, err
}

// knownProviders refuses a client that names a provider the pool does not have.
func (h *Handler) knownProviders(ctx context.Context, c *identity.Client) error {
	all, err := h.Settings.Providers(ctx, c.PoolID)
	for _, name := range c.IdentityProviders {
		known := name == "COGNITO" || slices.ContainsFunc(all, func(p identity.IdentityProvider) bool { return p.Name == name })
		if err == nil && !known {
			err = exception("InvalidParameterException", "The provider "+name+" does not exist for User Pool "+string(c.PoolID)+".")
		}
	}
	return err
}

// describeUserPoolClient answers the secret too, as Cognito does.
func (h *Handler) describeUserPoolClient(ctx context.Context, in OneClient) (ClientResponse, error) {
	found, err := h.Settings.Client(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return ClientResponse{}, err
	}
	secret, err := h.Settings.ClientSecret(found)
	return ClientResponse{UserPoolClient: clientOf(&found, secret)}, err
}

// listUserPoolClients answers all clients in one page: a pool has few.
func (h *Handler) listUserPoolClients(ctx context.Context, in ListUserPoolClientsRequest) (ListUserPoolClientsResponse, error) {
	out := ListUserPoolClientsResponse{UserPoolClients: []ClientDescription{}}
	found, err := h.Settings.Clients(ctx, in.UserPoolID)
	for _, c := range found {
		out.UserPoolClients = append(out.UserPoolClients, ClientDescription{UserPoolID: c.PoolID, ClientID: c.ID, ClientName: c.Name})
	}
	return out, err
}

func (h *Handler) deleteUserPoolClient(ctx context.Context, in OneClient) (done, error) {
	return done{}, h.Settings.DeleteClient(ctx, in.UserPoolID, in.ClientID)
}
