package cognito

import "poolhouse.dev/identity"

// AdminCreateUserRequest is the input of AdminCreateUser.
type AdminCreateUserRequest struct {
	UserPoolID             identity.PoolID `json:"UserPoolId"`
	Username               string          `json:"Username"`
	TemporaryPassword      Secret          `json:"TemporaryPassword,omitempty"`
	UserAttributes         []Pair          `json:"UserAttributes,omitempty"`
	MessageAction          string          `json:"MessageAction,omitempty"` // RESEND, SUPPRESS
	DesiredDeliveryMediums []string        `json:"DesiredDeliveryMediums,omitempty"`
	ForceAliasCreation     bool            `json:"ForceAliasCreation,omitempty"`
	// ValidationData and ClientMetadata are for the pool's triggers.
	ValidationData []Pair            `json:"ValidationData,omitempty"`
	ClientMetadata map[string]string `json:"ClientMetadata,omitempty"`
}

// AdminCreateUserResponse is its output.
type AdminCreateUserResponse struct {
	User User `json:"User"`
}

// AdminGetUserResponse is the output of AdminGetUser.
type AdminGetUserResponse struct {
	Username             string          `json:"Username"`
	UserAttributes       []Pair          `json:"UserAttributes,omitempty"`
	UserCreateDate       *Timestamp      `json:"UserCreateDate,omitempty"`
	UserLastModifiedDate *Timestamp      `json:"UserLastModifiedDate,omitempty"`
	Enabled              bool            `json:"Enabled"`
	UserStatus           identity.Status `json:"UserStatus"`
	UserMFASettingList   []string        `json:"UserMFASettingList,omitempty"`
	PreferredMFASetting  string          `json:"PreferredMfaSetting,omitempty"`
	UserDeleteDate       *Timestamp      `json:"UserDeleteDate,omitempty"` // ours: when an account that its person deleted goes
}

// ListUsersRequest is the input of ListUsers.
type ListUsersRequest struct {
	UserPoolID      identity.PoolID `json:"UserPoolId"`
	AttributesToGet []string        `json:"AttributesToGet,omitempty"`
	Filter          string          `json:"Filter,omitempty"`
	Limit           int             `json:"Limit,omitempty"`
	PaginationToken string          `json:"PaginationToken,omitempty"`
}

// ListUsersResponse is its output.
type ListUsersResponse struct {
	Users           []User `json:"Users"`
	PaginationToken string `json:"PaginationToken,omitempty"`
}

// AdminSetUserPasswordRequest is the input of AdminSetUserPassword.
type AdminSetUserPasswordRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Username   string          `json:"Username"`
	Password   Secret          `json:"Password"`
	Permanent  bool            `json:"Permanent,omitempty"`
}

// ToldUser is the input of operations about one user with something for the pool's
// triggers.
type ToldUser struct {
	UserPoolID     identity.PoolID   `json:"UserPoolId"`
	Username       string            `json:"Username"`
	ClientMetadata map[string]string `json:"ClientMetadata,omitempty"`
}

// AdminDeleteUserAttributesRequest is the input of AdminDeleteUserAttributes.
type AdminDeleteUserAttributesRequest struct {
	UserPoolID         identity.PoolID `json:"UserPoolId"`
	Username           string          `json:"Username"`
	UserAttributeNames []string        `json:"UserAttributeNames"`
}

// AdminUpdateUserAttributesRequest is the input of AdminUpdateUserAttributes.
type AdminUpdateUserAttributesRequest struct {
	UserPoolID     identity.PoolID `json:"UserPoolId"`
	Username       string          `json:"Username"`
	UserAttributes []Pair          `json:"UserAttributes"`
}
