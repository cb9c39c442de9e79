package cognito

import "encoding/json"

// SetUserMFAPreferenceRequest is the input of SetUserMFAPreference.
type SetUserMFAPreferenceRequest struct {
	AccessToken Secret `json:"AccessToken"`
	MFAPreferences
}

// MFAPreferences is what becomes of each second factor; what is not named stays.
type MFAPreferences struct {
	SMSMFASettings           *MFAPreference `json:"SMSMfaSettings,omitempty"`
	SoftwareTokenMFASettings *MFAPreference `json:"SoftwareTokenMfaSettings,omitempty"`
	EmailMFASettings         *MFAPreference `json:"EmailMfaSettings,omitempty"`
	WebAuthnMFASettings      *MFAPreference `json:"WebAuthnMfaSettings,omitempty"`
}

// SetUserSettingsRequest is the input of SetUserSettings, which knows codes by SMS alone.
type SetUserSettingsRequest struct {
	AccessToken Secret      `json:"AccessToken"`
	MFAOptions  []MFAOption `json:"MFAOptions"`
}

// MFAOption is MFAOptionType.
type MFAOption struct {
	DeliveryMedium string `json:"DeliveryMedium,omitempty"` // SMS
	AttributeName  string `json:"AttributeName,omitempty"`  // phone_number
}

// GetUserAuthFactorsResponse is the output of GetUserAuthFactors.
type GetUserAuthFactorsResponse struct {
	Username                  string   `json:"Username"`
	PreferredMFASetting       string   `json:"PreferredMfaSetting,omitempty"`
	UserMFASettingList        []string `json:"UserMFASettingList,omitempty"`
	ConfiguredUserAuthFactors []string `json:"ConfiguredUserAuthFactors,omitempty"`
}

// AssociateSoftwareTokenRequest is the input of AssociateSoftwareToken: one of the two.
type AssociateSoftwareTokenRequest struct {
	AccessToken Secret `json:"AccessToken,omitempty"`
	Session     Secret `json:"Session,omitempty"`
}

// AssociateSoftwareTokenResponse is its output; Session where one came.
type AssociateSoftwareTokenResponse struct {
	SecretCode Secret `json:"SecretCode"`
	Session    Secret `json:"Session,omitempty"`
}

// VerifySoftwareTokenRequest is the input of VerifySoftwareToken.
type VerifySoftwareTokenRequest struct {
	AccessToken        Secret `json:"AccessToken,omitempty"`
	Session            Secret `json:"Session,omitempty"`
	UserCode           Secret `json:"UserCode"`
	FriendlyDeviceName string `json:"FriendlyDeviceName,omitempty"`
}

// VerifySoftwareTokenResponse is its output. Session goes to RespondToAuthChallenge
// with MFA_SETUP.
type VerifySoftwareTokenResponse struct {
	Status  string `json:"Status"` // SUCCESS
	Session Secret `json:"Session,omitempty"`
}

// StartWebAuthnRegistrationResponse is the output of StartWebAuthnRegistration.
type StartWebAuthnRegistrationResponse struct {
	CredentialCreationOptions json.RawMessage `json:"CredentialCreationOptions"`
}

// CompleteWebAuthnRegistrationRequest is the input of CompleteWebAuthnRegistration.
type CompleteWebAuthnRegistrationRequest struct {
	AccessToken Secret          `json:"AccessToken"`
	Credential  json.RawMessage `json:"Credential"`
}

// ListWebAuthnCredentialsRequest is the input of ListWebAuthnCredentials.
type ListWebAuthnCredentialsRequest struct {
	AccessToken Secret `json:"AccessToken"`
	MaxResults  int    `json:"MaxResults,omitempty"`
	NextToken   string `json:"NextToken,omitempty"`
}

// ListWebAuthnCredentialsResponse is its output.
type ListWebAuthnCredentialsResponse struct {
	Credentials []WebAuthnCredential `json:"Credentials"`
	NextToken   string               `json:"NextToken,omitempty"`
}

// WebAuthnCredential is WebAuthnCredentialDescription.
type WebAuthnCredential struct {
	CredentialID            string     `json:"CredentialId"`
	FriendlyCredentialName  string     `json:"FriendlyCredentialName"`
	RelyingPartyID          string     `json:"RelyingPartyId"`
	AuthenticatorAttachment string     `json:"AuthenticatorAttachment,omitempty"`
	AuthenticatorTransports []string   `json:"AuthenticatorTransports"`
	CreatedAt               *Timestamp `json:"CreatedAt,omitempty"`
}

// DeleteWebAuthnCredentialRequest is the input of DeleteWebAuthnCredential.
type DeleteWebAuthnCredentialRequest struct {
	AccessToken  Secret `json:"AccessToken"`
	CredentialID string `json:"CredentialId"`
}
