package cognito

import "poolhouse.dev/identity"

// MFAPreference is what becomes of one second factor: SMSMfaSettingsType,
// SoftwareTokenMfaSettingsType, EmailMfaSettingsType and, as it says Enabled
// alone, WebAuthnMfaSettingsType.
type MFAPreference struct {
	Enabled      bool `json:"Enabled,omitempty"`
	PreferredMFA bool `json:"PreferredMfa,omitempty"`
}

// AdminSetUserMFAPreferenceRequest is the input of AdminSetUserMFAPreference;
// what it does not name stays.
type AdminSetUserMFAPreferenceRequest struct {
	UserPoolID               identity.PoolID `json:"UserPoolId"`
	Username                 string          `json:"Username"`
	SMSMFASettings           *MFAPreference  `json:"SMSMfaSettings,omitempty"`
	SoftwareTokenMFASettings *MFAPreference  `json:"SoftwareTokenMfaSettings,omitempty"`
	EmailMFASettings         *MFAPreference  `json:"EmailMfaSettings,omitempty"`
	WebAuthnMFASettings      *MFAPreference  `json:"WebAuthnMfaSettings,omitempty"`
}

// UserFactors is what a user proves themselves with, without any secret.
type UserFactors struct {
	Password            bool       `json:"Password"`
	SoftwareToken       *App       `json:"SoftwareToken,omitempty"`
	Passkeys            []Passkey  `json:"Passkeys,omitempty"`
	UserMFASettingList  []string   `json:"UserMFASettingList,omitempty"` // asked for at a sign-in, the preferred one first
	PreferredMFASetting string     `json:"PreferredMfaSetting,omitempty"`
	Required            bool       `json:"Required"` // the pool or a group of the user's demands a second factor
	RecoveryCodesLeft   int        `json:"RecoveryCodesLeft"`
	RecoveryCodes       int        `json:"RecoveryCodes"` // 0: none were made
	RecoveryCodesMade   *Timestamp `json:"RecoveryCodesMade,omitempty"`
}

// App is an authenticator app.
type App struct {
	FriendlyDeviceName string     `json:"FriendlyDeviceName,omitempty"`
	CreatedAt          *Timestamp `json:"CreatedAt,omitempty"`
}

// Passkey is WebAuthnCredentialDescription, as far as an administrator needs it.
type Passkey struct {
	CredentialID           string     `json:"CredentialId"`
	FriendlyCredentialName string     `json:"FriendlyCredentialName,omitempty"`
	CreatedAt              *Timestamp `json:"CreatedAt,omitempty"`
	LastUsedAt             *Timestamp `json:"LastUsedAt,omitempty"`
}

// CreateRecoveryLinkRequest is the input of CreateRecoveryLink.
type CreateRecoveryLinkRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Username   string          `json:"Username"`
	Mail       bool            `json:"Mail,omitempty"` // send it to a verified address instead of answering it
}

// CreateRecoveryLinkResponse is its output: a link, or where it was sent.
type CreateRecoveryLinkResponse struct {
	Link                Secret               `json:"Link,omitempty"`
	CodeDeliveryDetails *CodeDeliveryDetails `json:"CodeDeliveryDetails,omitempty"`
	ExpiresAt           *Timestamp           `json:"ExpiresAt,omitempty"`
}

// CodeDeliveryDetails is CodeDeliveryDetailsType.
type CodeDeliveryDetails struct {
	Destination    string `json:"Destination"`
	DeliveryMedium string `json:"DeliveryMedium"`
	AttributeName  string `json:"AttributeName"`
}

// Device is DeviceType.
type Device struct {
	DeviceKey                   string     `json:"DeviceKey"`
	DeviceAttributes            []Pair     `json:"DeviceAttributes,omitempty"` // device_name, device_status, last_ip_used
	DeviceCreateDate            *Timestamp `json:"DeviceCreateDate,omitempty"`
	DeviceLastModifiedDate      *Timestamp `json:"DeviceLastModifiedDate,omitempty"`
	DeviceLastAuthenticatedDate *Timestamp `json:"DeviceLastAuthenticatedDate,omitempty"`
}

// OneDevice is the input of operations about one device.
type OneDevice struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Username   string          `json:"Username"`
	DeviceKey  string          `json:"DeviceKey"`
}

// AdminListDevicesRequest is the input of AdminListDevices.
type AdminListDevicesRequest struct {
	UserPoolID      identity.PoolID `json:"UserPoolId"`
	Username        string          `json:"Username"`
	Limit           int             `json:"Limit,omitempty"`
	PaginationToken string          `json:"PaginationToken,omitempty"`
}

// AdminListDevicesResponse is its output, in the order of the keys.
type AdminListDevicesResponse struct {
	Devices         []Device `json:"Devices"`
	PaginationToken string   `json:"PaginationToken,omitempty"`
}

// AdminGetDeviceResponse is the output of AdminGetDevice.
type AdminGetDeviceResponse struct {
	Device Device `json:"Device"`
}

// AdminUpdateDeviceStatusRequest is the input of AdminUpdateDeviceStatus.
type AdminUpdateDeviceStatusRequest struct {
	UserPoolID             identity.PoolID `json:"UserPoolId"`
	Username               string          `json:"Username"`
	DeviceKey              string          `json:"DeviceKey"`
	DeviceRememberedStatus string          `json:"DeviceRememberedStatus,omitempty"` // "" is not_remembered; remembered, not_remembered
}
