package cognito

import "poolhouse.dev/identity"

// Surroundings are what an app says beside, for triggers and about where the person is.
type Surroundings struct {
	ClientMetadata  map[string]string `json:"ClientMetadata,omitempty"`
	UserContextData *UserContextData  `json:"UserContextData,omitempty"`
}

// UserContextData is UserContextDataType. Its EncodedData is a fingerprint whose form
// is not published, and tells nothing here.
type UserContextData struct {
	IPAddress string `json:"IpAddress,omitempty"`
}

// SignUpRequest is the input of SignUp.
type SignUpRequest struct {
	ClientID       identity.ClientID `json:"ClientId"`
	SecretHash     Secret            `json:"SecretHash,omitempty"`
	Username       string            `json:"Username"`
	Password       Secret            `json:"Password,omitempty"`
	UserAttributes []Pair            `json:"UserAttributes,omitempty"`
	ValidationData []Pair            `json:"ValidationData,omitempty"`
	Surroundings
}

// SignUpResponse is its output. Session goes to ConfirmSignUp, or where the account
// is confirmed already to InitiateAuth.
type SignUpResponse struct {
	UserConfirmed       bool                 `json:"UserConfirmed"`
	CodeDeliveryDetails *CodeDeliveryDetails `json:"CodeDeliveryDetails,omitempty"`
	UserSub             identity.UserID      `json:"UserSub"`
	Session             Secret               `json:"Session,omitempty"`
}

// ConfirmSignUpRequest is the input of ConfirmSignUp.
type ConfirmSignUpRequest struct {
	ClientID           identity.ClientID `json:"ClientId"`
	SecretHash         Secret            `json:"SecretHash,omitempty"`
	Username           string            `json:"Username"`
	ConfirmationCode   Secret            `json:"ConfirmationCode"`
	ForceAliasCreation bool              `json:"ForceAliasCreation,omitempty"`
	Surroundings
	Session Secret `json:"Session,omitempty"`
}

// ConfirmSignUpResponse is its output. Session goes to InitiateAuth.
type ConfirmSignUpResponse struct {
	Session Secret `json:"Session,omitempty"`
}

// CodeRequest is the input of ResendConfirmationCode and ForgotPassword.
type CodeRequest struct {
	ClientID   identity.ClientID `json:"ClientId"`
	SecretHash Secret            `json:"SecretHash,omitempty"`
	Username   string            `json:"Username"`
	Surroundings
}

// CodeResponse says where a code went.
type CodeResponse struct {
	CodeDeliveryDetails *CodeDeliveryDetails `json:"CodeDeliveryDetails,omitempty"`
}

// ConfirmForgotPasswordRequest is the input of ConfirmForgotPassword.
type ConfirmForgotPasswordRequest struct {
	ClientID         identity.ClientID `json:"ClientId"`
	SecretHash       Secret            `json:"SecretHash,omitempty"`
	Username         string            `json:"Username"`
	ConfirmationCode Secret            `json:"ConfirmationCode"`
	Password         Secret            `json:"Password"`
	Surroundings
}

// UpdateAuthEventFeedbackRequest is the input of UpdateAuthEventFeedback.
type UpdateAuthEventFeedbackRequest struct {
	UserPoolID    identity.PoolID `json:"UserPoolId"`
	Username      string          `json:"Username"`
	EventID       string          `json:"EventId"`
	FeedbackToken Secret          `json:"FeedbackToken"`
	FeedbackValue string          `json:"FeedbackValue"` // Valid, Invalid
}
