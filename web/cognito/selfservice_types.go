package cognito

import "poolhouse.dev/identity"

// SignUpRequest is the input of SignUp.
type SignUpRequest struct {
	ClientID       identity.ClientID `json:"ClientId"`
	SecretHash     Secret            `json:"SecretHash,omitempty"`
	Username       string            `json:"Username"`
	Password       Secret            `json:"Password,omitempty"`
	UserAttributes []Pair            `json:"UserAttributes,omitempty"`
	ValidationData []Pair            `json:"ValidationData,omitempty"`
	ClientMetadata map[string]string `json:"ClientMetadata,omitempty"`
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
	ClientMetadata     map[string]string `json:"ClientMetadata,omitempty"`
	Session            Secret            `json:"Session,omitempty"`
}

// ConfirmSignUpResponse is its output. Session goes to InitiateAuth.
type ConfirmSignUpResponse struct {
	Session Secret `json:"Session,omitempty"`
}

// CodeRequest is the input of ResendConfirmationCode and ForgotPassword.
type CodeRequest struct {
	ClientID       identity.ClientID `json:"ClientId"`
	SecretHash     Secret            `json:"SecretHash,omitempty"`
	Username       string            `json:"Username"`
	ClientMetadata map[string]string `json:"ClientMetadata,omitempty"`
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
	ClientMetadata   map[string]string `json:"ClientMetadata,omitempty"`
}

// UpdateAuthEventFeedbackRequest is the input of UpdateAuthEventFeedback.
type UpdateAuthEventFeedbackRequest struct {
	UserPoolID    identity.PoolID `json:"UserPoolId"`
	Username      string          `json:"Username"`
	EventID       string          `json:"EventId"`
	FeedbackToken Secret          `json:"FeedbackToken"`
	FeedbackValue string          `json:"FeedbackValue"` // Valid, Invalid
}
