package cognito

import (
	"encoding/json"

	"poolhouse.dev/identity"
)

// ClientMembers are the members that CreateUserPoolClient and
// UpdateUserPoolClient share, and Client answers.
type ClientMembers struct {
	CallbackURLs               []string `json:"CallbackURLs,omitempty"`
	LogoutURLs                 []string `json:"LogoutURLs,omitempty"`
	DefaultRedirectURI         string   `json:"DefaultRedirectURI,omitempty"`
	AllowedOAuthFlows          []string `json:"AllowedOAuthFlows,omitempty"`
	AllowedOAuthScopes         []string `json:"AllowedOAuthScopes,omitempty"`
	AllowedOAuthFlowsClient    *bool    `json:"AllowedOAuthFlowsUserPoolClient,omitempty"`
	ExplicitAuthFlows          []string `json:"ExplicitAuthFlows,omitempty"`
	SupportedIdentityProviders []string `json:"SupportedIdentityProviders,omitempty"`
	ReadAttributes             []string `json:"ReadAttributes,omitempty"`
	WriteAttributes            []string `json:"WriteAttributes,omitempty"`
	AccessTokenValidity        int      `json:"AccessTokenValidity,omitempty"`
	IDTokenValidity            int      `json:"IdTokenValidity,omitempty"`
	RefreshTokenValidity       int      `json:"RefreshTokenValidity,omitempty"`
	KeptClient
	ClientRules
}

// KeptClient are members that mean nothing outside AWS: they are given back as
// they came.
type KeptClient struct {
	AnalyticsConfiguration json.RawMessage `json:"AnalyticsConfiguration,omitempty"`
}

// Client is UserPoolClientType. ClientType is DCR for a client that registered
// itself, else REGULAR.
type Client struct {
	UserPoolID   identity.PoolID   `json:"UserPoolId"`
	ClientID     identity.ClientID `json:"ClientId"`
	ClientName   string            `json:"ClientName"`
	ClientSecret Secret            `json:"ClientSecret,omitempty"`
	ClientType   string            `json:"ClientType"`
	ClientMembers
	CreationDate     *Timestamp `json:"CreationDate,omitempty"`
	LastModifiedDate *Timestamp `json:"LastModifiedDate,omitempty"`
}

// ClientRules are the members beyond names, URLs and lists. Those from
// IDTokenSignedResponseAlg on are our own: Cognito signs with RS256 alone, tells
// the method from the secret, keeps factors to the pool, and brands clients
// elsewhere.
type ClientRules struct {
	TokenValidityUnits         *TokenValidityUnits   `json:"TokenValidityUnits,omitempty"`
	RefreshTokenRotation       *RefreshTokenRotation `json:"RefreshTokenRotation,omitempty"`
	AuthSessionValidity        int                   `json:"AuthSessionValidity,omitempty"`
	PreventUserExistenceErrors string                `json:"PreventUserExistenceErrors,omitempty"`
	EnableTokenRevocation      *bool                 `json:"EnableTokenRevocation,omitempty"`
	PropagateUserContext       *bool                 `json:"EnablePropagateAdditionalUserContextData,omitempty"`
	IDTokenSignedResponseAlg   string                `json:"id_token_signed_response_alg,omitempty"`
	TokenEndpointAuthMethod    string                `json:"token_endpoint_auth_method,omitempty"`
	MFAConfiguration           string                `json:"MfaConfiguration,omitempty"`
	AllowedFirstAuthFactors    []identity.Factor     `json:"AllowedFirstAuthFactors,omitempty"`
	Theme                      *identity.Theme       `json:"Theme,omitempty"`
	identity.ClientOAuth                             // under their registration names
}

// TokenValidityUnits is TokenValidityUnitsType.
type TokenValidityUnits struct {
	AccessToken  string `json:"AccessToken,omitempty"`
	IDToken      string `json:"IdToken,omitempty"`
	RefreshToken string `json:"RefreshToken,omitempty"`
}

// RefreshTokenRotation is RefreshTokenRotationType.
type RefreshTokenRotation struct {
	Feature                 string `json:"Feature,omitempty"`
	RetryGracePeriodSeconds *int   `json:"RetryGracePeriodSeconds,omitempty"`
}

// CreateUserPoolClientRequest is the input of CreateUserPoolClient. A secret may
// be made, or given; not both.
type CreateUserPoolClientRequest struct {
	UserPoolID     identity.PoolID `json:"UserPoolId"`
	ClientName     string          `json:"ClientName"`
	GenerateSecret bool            `json:"GenerateSecret,omitempty"`
	ClientSecret   Secret          `json:"ClientSecret,omitempty"`
	ClientMembers
}

// UpdateUserPoolClientRequest is the input of UpdateUserPoolClient. What it leaves
// out goes back to its default, our own members too.
type UpdateUserPoolClientRequest struct {
	UserPoolID identity.PoolID   `json:"UserPoolId"`
	ClientID   identity.ClientID `json:"ClientId"`
	ClientName string            `json:"ClientName,omitempty"`
	ClientMembers
}

// OneClient is the input of operations about one client.
type OneClient struct {
	UserPoolID identity.PoolID   `json:"UserPoolId"`
	ClientID   identity.ClientID `json:"ClientId"`
}

// ClientResponse is the output of CreateUserPoolClient and DescribeUserPoolClient.
type ClientResponse struct {
	UserPoolClient Client `json:"UserPoolClient"`
}

// ListUserPoolClientsRequest is the input of ListUserPoolClients.
type ListUserPoolClientsRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	MaxResults int             `json:"MaxResults,omitempty"`
	NextToken  string          `json:"NextToken,omitempty"`
}

// ListUserPoolClientsResponse is its output.
type ListUserPoolClientsResponse struct {
	UserPoolClients []ClientDescription `json:"UserPoolClients"`
	NextToken       string              `json:"NextToken,omitempty"`
}

// ClientDescription is UserPoolClientDescription.
type ClientDescription struct {
	UserPoolID identity.PoolID   `json:"UserPoolId"`
	ClientID   identity.ClientID `json:"ClientId"`
	ClientName string            `json:"ClientName"`
}
