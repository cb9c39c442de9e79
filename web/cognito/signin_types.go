package cognito

import (
	"log/slog"

	"poolhouse.dev/identity"
)

// Said is what an app says for a person, passwords among it.
type Said map[string]string

// LogValue keeps it out of logs.
func (Said) LogValue() slog.Value { return slog.StringValue("[hidden]") }

// InitiateAuthRequest is the input of InitiateAuth.
type InitiateAuthRequest struct {
	ClientID       identity.ClientID `json:"ClientId"`
	AuthFlow       string            `json:"AuthFlow"`
	AuthParameters Said              `json:"AuthParameters,omitempty"`
	Surroundings
	Session Secret `json:"Session,omitempty"`
}

// AdminInitiateAuthRequest is the input of AdminInitiateAuth.
type AdminInitiateAuthRequest struct {
	UserPoolID  identity.PoolID `json:"UserPoolId"`
	ContextData *ContextData    `json:"ContextData,omitempty"`
	InitiateAuthRequest
}

// ContextData is ContextDataType: where the person is, when a server asks for them.
type ContextData struct {
	IPAddress   string `json:"IpAddress,omitempty"`
	HTTPHeaders []struct {
		HeaderName  string `json:"headerName"`
		HeaderValue string `json:"headerValue"`
	} `json:"HttpHeaders,omitempty"`
}

// RespondToAuthChallengeRequest is the input of RespondToAuthChallenge.
type RespondToAuthChallengeRequest struct {
	ClientID           identity.ClientID `json:"ClientId"`
	ChallengeName      string            `json:"ChallengeName"`
	Session            Secret            `json:"Session,omitempty"`
	ChallengeResponses Said              `json:"ChallengeResponses,omitempty"`
	Surroundings
}

// AdminRespondToAuthChallengeRequest is the input of AdminRespondToAuthChallenge.
type AdminRespondToAuthChallengeRequest struct {
	UserPoolID  identity.PoolID `json:"UserPoolId"`
	ContextData *ContextData    `json:"ContextData,omitempty"`
	RespondToAuthChallengeRequest
}

// AuthResponse is the output of all four: a challenge, or tokens.
type AuthResponse struct {
	ChallengeName        string                `json:"ChallengeName,omitempty"`
	Session              Secret                `json:"Session,omitempty"`
	ChallengeParameters  map[string]string     `json:"ChallengeParameters"`
	AvailableChallenges  []string              `json:"AvailableChallenges,omitempty"`
	AuthenticationResult *AuthenticationResult `json:"AuthenticationResult,omitempty"`
}

// AuthenticationResult is AuthenticationResultType.
type AuthenticationResult struct {
	AccessToken       Secret             `json:"AccessToken,omitempty"`
	ExpiresIn         int                `json:"ExpiresIn,omitempty"` // seconds
	TokenType         string             `json:"TokenType,omitempty"`
	RefreshToken      Secret             `json:"RefreshToken,omitempty"`
	IDToken           Secret             `json:"IdToken,omitempty"`
	NewDeviceMetadata *NewDeviceMetadata `json:"NewDeviceMetadata,omitempty"`
}

// NewDeviceMetadata is NewDeviceMetadataType.
type NewDeviceMetadata struct {
	DeviceKey      string `json:"DeviceKey"`
	DeviceGroupKey string `json:"DeviceGroupKey"`
}
