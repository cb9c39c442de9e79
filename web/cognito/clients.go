package cognito

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"poolhouse.dev/identity"
)

func clientOf(c *identity.Client, secret string) Client {
	kind := "REGULAR"
	if c.RegisteredBy != "" {
		kind = "DCR"
	}
	return Client{
		UserPoolID: c.PoolID, ClientID: c.ID, ClientName: c.Name, ClientSecret: Secret(secret), ClientType: kind,
		ClientMembers: clientMembersOf(c), CreationDate: stamp(c.CreatedAt), LastModifiedDate: stamp(c.ModifiedAt),
	}
}

// clientMembersOf answers what is set, and the defaults that Cognito always answers.
func clientMembersOf(c *identity.Client) ClientMembers {
	m := ClientMembers{
		CallbackURLs: c.CallbackURLs, LogoutURLs: c.LogoutURLs, DefaultRedirectURI: c.DefaultRedirectURI,
		AllowedOAuthFlows: c.AllowedOAuthFlows, AllowedOAuthScopes: c.AllowedOAuthScopes, ExplicitAuthFlows: c.ExplicitAuthFlows,
		AllowedOAuthFlowsClient:    truth(len(c.AllowedOAuthFlows) > 0),
		SupportedIdentityProviders: c.IdentityProviders, ReadAttributes: c.ReadAttributes, WriteAttributes: c.WriteAttributes,
		AccessTokenValidity: c.AccessTokenValidity, IDTokenValidity: c.IDTokenValidity, RefreshTokenValidity: c.RefreshValidity,
		ClientRules: rulesOf(c),
	}
	if c.OAuthFlows != nil {
		m.AllowedOAuthFlowsClient = c.OAuthFlows
	}
	if m.RefreshTokenValidity == 0 && c.Units.RefreshToken == "" {
		m.RefreshTokenValidity = defaultRefreshDays
	}
	if m.EnableTokenRevocation == nil {
		m.EnableTokenRevocation = truth(true)
	}
	m.PreventUserExistenceErrors = cmp.Or(m.PreventUserExistenceErrors, "ENABLED")
	m.AuthSessionValidity = cmp.Or(m.AuthSessionValidity, defaultAuthSession)
	givenMembers(c.Beside, &m.KeptClient)
	if m.PropagateUserContext == nil {
		m.PropagateUserContext = truth(false)
	}
	return m
}

// Cognito's defaults, in days and minutes.
const defaultRefreshDays, defaultAuthSession = 30, 3

// apply sets what the members say, and the default for what they leave out.
func (m *ClientMembers) apply(c *identity.Client) {
	c.CallbackURLs, c.LogoutURLs, c.DefaultRedirectURI = m.CallbackURLs, m.LogoutURLs, m.DefaultRedirectURI
	c.AllowedOAuthFlows, c.AllowedOAuthScopes, c.OAuthFlows = m.AllowedOAuthFlows, m.AllowedOAuthScopes, m.AllowedOAuthFlowsClient
	c.ExplicitAuthFlows, c.IdentityProviders = m.ExplicitAuthFlows, m.SupportedIdentityProviders
	if len(c.ExplicitAuthFlows)+len(c.AllowedOAuthFlows)+len(c.CallbackURLs) == 0 {
		c.ExplicitAuthFlows = []string{identity.FlowCustom, identity.FlowRefresh, identity.FlowSRP} // a client without any way to sign in is meant for these (Cognito's default)
	}
	c.ReadAttributes, c.WriteAttributes = m.ReadAttributes, m.WriteAttributes
	c.AccessTokenValidity, c.IDTokenValidity, c.RefreshValidity = m.AccessTokenValidity, m.IDTokenValidity, m.RefreshTokenValidity
	m.ClientRules.apply(c)
	c.Beside = c.Beside.Keep(keptMembers(m.KeptClient))
}

// clash refuses what Cognito takes each alone, and not together. The configuration
// file takes it: the old flow names allow what they did, and a client that rotates may
// renew by either operation.
func (m *ClientMembers) clash() error {
	old := slices.ContainsFunc(m.ExplicitAuthFlows, func(f string) bool { return !strings.HasPrefix(f, "ALLOW_") })
	if old && slices.ContainsFunc(m.ExplicitAuthFlows, func(f string) bool { return strings.HasPrefix(f, "ALLOW_") }) {
		return invalid("ExplicitAuthFlows", "cannot hold ADMIN_NO_SRP_AUTH, CUSTOM_AUTH_FLOW_ONLY or USER_PASSWORD_AUTH beside values that begin with ALLOW_")
	}
	rotates := m.RefreshTokenRotation != nil && m.RefreshTokenRotation.Feature == "ENABLED"
	if rotates && slices.Contains(m.ExplicitAuthFlows, identity.FlowRefresh) {
		return invalid("RefreshTokenRotation", "cannot be ENABLED beside ALLOW_REFRESH_TOKEN_AUTH: such clients call GetTokensFromRefreshToken")
	}
	return nil
}

func rulesOf(c *identity.Client) ClientRules {
	rules := ClientRules{
		AuthSessionValidity: c.AuthSessionValidity, PreventUserExistenceErrors: c.PreventExistence, EnableTokenRevocation: c.TokenRevocation, PropagateUserContext: c.PropagateContext,
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
	c.PropagateContext = r.PropagateUserContext
	c.SigningAlg, c.AuthMethod, c.Theme = r.IDTokenSignedResponseAlg, r.TokenEndpointAuthMethod, r.Theme
	c.MFAConfiguration, c.AllowedFirstFactors, c.ClientOAuth = r.MFAConfiguration, r.AllowedFirstAuthFactors, r.ClientOAuth
	c.Units, c.Rotation = identity.ValidityUnits{}, identity.Rotation{}
	if r.TokenValidityUnits != nil {
		c.Units = identity.ValidityUnits(*r.TokenValidityUnits)
	}
	if r.RefreshTokenRotation != nil {
		c.Rotation = identity.Rotation{Feature: r.RefreshTokenRotation.Feature, GracePeriodSeconds: r.RefreshTokenRotation.RetryGracePeriodSeconds}
	}
}

// minOwnSecret is the least length of a secret that is given through the API; the
// configuration file takes shorter ones.
const minOwnSecret = 24

func (h *Handler) createUserPoolClient(ctx context.Context, in CreateUserPoolClientRequest) (ClientResponse, error) {
	if in.GenerateSecret && in.ClientSecret != "" {
		return ClientResponse{}, invalid("ClientSecret", "cannot stand beside GenerateSecret")
	}
	if n := len(in.ClientSecret); n > 0 && n < minOwnSecret {
		return ClientResponse{}, invalid("ClientSecret", "has 24 characters at least")
	}
	if err := in.clash(); err != nil {
		return ClientResponse{}, err
	}
	client := identity.Client{PoolID: in.UserPoolID, Name: in.ClientName}
	in.apply(&client)
	if err := h.knownProviders(ctx, &client); err != nil {
		return ClientResponse{}, err
	}
	made, secret, err := h.Settings.CreateClient(ctx, identity.NewClient{GenerateSecret: in.GenerateSecret, Secret: string(in.ClientSecret), Client: client})
	return ClientResponse{UserPoolClient: clientOf(&made, secret)}, clientRefusal(err)
}

// updateUserPoolClient puts what the input leaves out back to its default, as
// Cognito does. The secret stays, and what brands the client.
func (h *Handler) updateUserPoolClient(ctx context.Context, in UpdateUserPoolClientRequest) (ClientResponse, error) {
	if err := in.clash(); err != nil {
		return ClientResponse{}, err
	}
	named := identity.Client{PoolID: in.UserPoolID, IdentityProviders: in.SupportedIdentityProviders}
	if err := h.knownProviders(ctx, &named); err != nil {
		return ClientResponse{}, err
	}
	_, err := h.Settings.ChangeClient(ctx, in.UserPoolID, in.ClientID, func(_ *identity.Pool, c *identity.Client) error {
		c.Name = cmp.Or(in.ClientName, c.Name)
		in.apply(c)
		return nil
	})
	if err != nil {
		return ClientResponse{}, clientRefusal(err)
	}
	return h.describeUserPoolClient(ctx, OneClient{in.UserPoolID, in.ClientID})
}

// clientRefusal gives a refusal of scopes or flows the name that Cognito has for it.
func clientRefusal(err error) error {
	var refusal *identity.Error
	if !errors.As(err, &refusal) || refusal.Code != identity.InvalidParameter {
		return err
	}
	name := map[string]string{"allowed_oauth_scopes": "ScopeDoesNotExistException", "allowed_oauth_flows": "InvalidOAuthFlowException"}[refusal.Field]
	if name == "" {
		return err
	}
	said := translate(err)
	return exception(name, said.Message)
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
	if caller := callerOf(ctx); err != nil || caller.ReadOnly {
		return ClientResponse{UserPoolClient: clientOf(&found, "")}, err
	}
	secret, err := h.Settings.ClientSecret(found)
	return ClientResponse{UserPoolClient: clientOf(&found, secret)}, err
}

func (h *Handler) listUserPoolClients(ctx context.Context, in ListUserPoolClientsRequest) (ListUserPoolClientsResponse, error) {
	out := ListUserPoolClientsResponse{UserPoolClients: []ClientDescription{}}
	found, err := h.Settings.Clients(ctx, in.UserPoolID)
	if err != nil {
		return out, err
	}
	found, out.NextToken, err = shortPage(h, shortList[identity.Client]{
		listing: listing{operation: "ListUserPoolClients", pool: in.UserPoolID, member: "NextToken"}, limit: in.MaxResults, token: in.NextToken,
		key: func(c identity.Client) string { return string(c.ID) },
	}, found)
	for _, c := range found {
		out.UserPoolClients = append(out.UserPoolClients, ClientDescription{UserPoolID: c.PoolID, ClientID: c.ID, ClientName: c.Name})
	}
	return out, err
}

func (h *Handler) deleteUserPoolClient(ctx context.Context, in OneClient) (done, error) {
	return done{}, h.Settings.DeleteClient(ctx, in.UserPoolID, in.ClientID)
}
