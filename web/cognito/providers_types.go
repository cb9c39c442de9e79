package cognito

import "poolhouse.dev/identity"

// IdentityProvider is IdentityProviderType, with our own settings beside
// Cognito's.
type IdentityProvider struct {
	UserPoolID       identity.PoolID   `json:"UserPoolId"`
	ProviderName     string            `json:"ProviderName"`
	ProviderType     string            `json:"ProviderType"`
	ProviderDetails  Details           `json:"ProviderDetails,omitempty"`
	AttributeMapping map[string]string `json:"AttributeMapping,omitempty"`
	IdpIdentifiers   []string          `json:"IdpIdentifiers,omitempty"`
	AcrMapping       map[string]string `json:"AcrMapping,omitempty"`
	ProviderRules
	LastModifiedDate *Timestamp `json:"LastModifiedDate,omitempty"`
	CreationDate     *Timestamp `json:"CreationDate,omitempty"`
}

// ProviderRules are settings of a provider that Cognito does not have.
type ProviderRules struct {
	TrustedEmailDomains []string `json:"TrustedEmailDomains,omitempty"`
	AttributeRefresh    string   `json:"AttributeRefresh,omitempty"`
	StoreTokens         *bool    `json:"StoreTokens,omitempty"`
	MFARequired         *bool    `json:"MfaRequired,omitempty"`
	Disabled            *bool    `json:"Disabled,omitempty"`
}

// CreateIdentityProviderRequest is the input of CreateIdentityProvider.
type CreateIdentityProviderRequest struct {
	UserPoolID       identity.PoolID   `json:"UserPoolId"`
	ProviderName     string            `json:"ProviderName"`
	ProviderType     string            `json:"ProviderType"`
	ProviderDetails  Details           `json:"ProviderDetails"`
	AttributeMapping map[string]string `json:"AttributeMapping,omitempty"`
	IdpIdentifiers   []string          `json:"IdpIdentifiers,omitempty"`
	AcrMapping       map[string]string `json:"AcrMapping,omitempty"`
	ProviderRules
}

// UpdateIdentityProviderRequest is the input of UpdateIdentityProvider. What it
// leaves out stays; a map or a list that it has takes the place of the one
// before.
type UpdateIdentityProviderRequest struct {
	UserPoolID       identity.PoolID   `json:"UserPoolId"`
	ProviderName     string            `json:"ProviderName"`
	ProviderDetails  Details           `json:"ProviderDetails,omitempty"`
	AttributeMapping map[string]string `json:"AttributeMapping,omitempty"`
	IdpIdentifiers   []string          `json:"IdpIdentifiers,omitempty"`
	AcrMapping       map[string]string `json:"AcrMapping,omitempty"`
	ProviderRules
}

// OneProvider is the input of operations about one provider.
type OneProvider struct {
	UserPoolID   identity.PoolID `json:"UserPoolId"`
	ProviderName string          `json:"ProviderName"`
}

// ProviderByIdentifierRequest is the input of GetIdentityProviderByIdentifier.
type ProviderByIdentifierRequest struct {
	UserPoolID    identity.PoolID `json:"UserPoolId"`
	IdpIdentifier string          `json:"IdpIdentifier"`
}

// IdentityProviderResponse is the output of the operations that answer one.
type IdentityProviderResponse struct {
	IdentityProvider IdentityProvider `json:"IdentityProvider"`
}

// ListIdentityProvidersRequest is the input of ListIdentityProviders.
type ListIdentityProvidersRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	MaxResults int             `json:"MaxResults,omitempty"`
	NextToken  string          `json:"NextToken,omitempty"`
}

// ListIdentityProvidersResponse is its output.
type ListIdentityProvidersResponse struct {
	Providers []ProviderDescription `json:"Providers"`
	NextToken string                `json:"NextToken,omitempty"`
}

// ProviderDescription is ProviderDescription; Disabled is ours.
type ProviderDescription struct {
	ProviderName     string     `json:"ProviderName"`
	ProviderType     string     `json:"ProviderType"`
	Disabled         bool       `json:"Disabled,omitempty"`
	LastModifiedDate *Timestamp `json:"LastModifiedDate,omitempty"`
	CreationDate     *Timestamp `json:"CreationDate,omitempty"`
}

// ProviderUser is ProviderUserIdentifierType: somebody at a provider, or here,
// where ProviderName is Cognito.
type ProviderUser struct {
	ProviderName           string `json:"ProviderName,omitempty"`
	ProviderAttributeName  string `json:"ProviderAttributeName,omitempty"`
	ProviderAttributeValue string `json:"ProviderAttributeValue"`
}

// AdminLinkProviderForUserRequest is the input of AdminLinkProviderForUser.
type AdminLinkProviderForUserRequest struct {
	UserPoolID      identity.PoolID `json:"UserPoolId"`
	DestinationUser ProviderUser    `json:"DestinationUser"`
	SourceUser      ProviderUser    `json:"SourceUser"`
}

// AdminDisableProviderForUserRequest is the input of AdminDisableProviderForUser.
type AdminDisableProviderForUserRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	User       ProviderUser    `json:"User"`
}

// Identity is a member of the attribute identities.
type Identity struct {
	UserID       string  `json:"userId"`
	ProviderName string  `json:"providerName"`
	ProviderType string  `json:"providerType"`
	Issuer       *string `json:"issuer"` // of SAML alone, as Cognito has it
	Primary      bool    `json:"primary"`
	DateCreated  int64   `json:"dateCreated"` // milliseconds since 1970
}
