package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

func clientOf(c *identity.Client, secret string) Client {
	return Client{
		UserPoolID: c.PoolID, ClientID: c.ID, ClientName: c.Name, ClientSecret: Secret(secret),
		CallbackURLs: c.CallbackURLs, LogoutURLs: c.LogoutURLs, DefaultRedirectURI: c.DefaultRedirectURI,
		AllowedOAuthFlows: c.AllowedOAuthFlows, AllowedOAuthScopes: c.AllowedOAuthScopes, ExplicitAuthFlows: c.ExplicitAuthFlows,
		SupportedIdentityProviders: c.IdentityProviders, ReadAttributes: c.ReadAttributes, WriteAttributes: c.WriteAttributes,
		AccessTokenValidity: c.AccessTokenValidity, IDTokenValidity: c.IDTokenValidity, RefreshTokenValidity: c.RefreshValidity,
		CreationDate: stamp(c.CreatedAt), LastModifiedDate: stamp(c.ModifiedAt),
	}
}

func (h *Handler) createUserPoolClient(ctx context.Context, in CreateUserPoolClientRequest) (ClientResponse, error) {
	made, secret, err := h.Settings.CreateClient(ctx, identity.NewClient{GenerateSecret: in.GenerateSecret, Client: identity.Client{
		PoolID: in.UserPoolID, Name: in.ClientName, CallbackURLs: in.CallbackURLs, LogoutURLs: in.LogoutURLs,
		DefaultRedirectURI: in.DefaultRedirectURI, AllowedOAuthFlows: in.AllowedOAuthFlows, AllowedOAuthScopes: in.AllowedOAuthScopes,
		ExplicitAuthFlows: in.ExplicitAuthFlows, IdentityProviders: in.SupportedIdentityProviders,
		ReadAttributes: in.ReadAttributes, WriteAttributes: in.WriteAttributes,
		AccessTokenValidity: in.AccessTokenValidity, IDTokenValidity: in.IDTokenValidity, RefreshValidity: in.RefreshTokenValidity,
	}})
	return ClientResponse{UserPoolClient: clientOf(&made, secret)}, err
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
