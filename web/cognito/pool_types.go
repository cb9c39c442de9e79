package cognito

import (
	"encoding/json"

	"poolhouse.dev/identity"
)

// PoolMembers are the members that CreateUserPool and UpdateUserPool share, and
// UserPool answers.
type PoolMembers struct {
	Policies                    *PoolPolicies            `json:"Policies,omitempty"`
	DeletionProtection          string                   `json:"DeletionProtection,omitempty"`
	LambdaConfig                *LambdaConfig            `json:"LambdaConfig,omitempty"`
	AutoVerifiedAttributes      []string                 `json:"AutoVerifiedAttributes,omitempty"`
	UserAttributeUpdateSettings *AttributeUpdateSettings `json:"UserAttributeUpdateSettings,omitempty"`
	MFAConfiguration            string                   `json:"MfaConfiguration,omitempty"`
	DeviceConfiguration         *DeviceConfiguration     `json:"DeviceConfiguration,omitempty"`
	AdminCreateUserConfig       *AdminCreateUserConfig   `json:"AdminCreateUserConfig,omitempty"`
	UserPoolAddOns              *UserPoolAddOns          `json:"UserPoolAddOns,omitempty"`
	AccountRecoverySetting      *AccountRecoverySetting  `json:"AccountRecoverySetting,omitempty"`
	UserPoolTags                map[string]string        `json:"UserPoolTags,omitempty"`
	EmailConfiguration          *EmailConfiguration      `json:"EmailConfiguration,omitempty"`
	SMSVerificationMessage      string                   `json:"SmsVerificationMessage,omitempty"`
	EmailVerificationMessage    string                   `json:"EmailVerificationMessage,omitempty"`
	EmailVerificationSubject    string                   `json:"EmailVerificationSubject,omitempty"`
	VerificationMessageTemplate *VerificationMessage     `json:"VerificationMessageTemplate,omitempty"`
	SMSAuthenticationMessage    string                   `json:"SmsAuthenticationMessage,omitempty"`
	AcrConfiguration            map[string]AcrLevel      `json:"AcrConfiguration,omitempty"`
	KeptPool
}

// KeptPool are members that mean nothing outside AWS, or have another place here:
// they are given back as they came (docs/divergences.md).
type KeptPool struct {
	SMSConfiguration    json.RawMessage   `json:"SmsConfiguration,omitempty"`
	UserPoolTier        string            `json:"UserPoolTier,omitempty"`
	KeyConfiguration    json.RawMessage   `json:"KeyConfiguration,omitempty"`
	IssuerConfiguration json.RawMessage   `json:"IssuerConfiguration,omitempty"`
	DcrConfiguration    *DcrConfiguration `json:"DcrConfiguration,omitempty"`
}

// EmailConfiguration is EmailConfigurationType. What names something of AWS is given
// back as it came.
type EmailConfiguration struct {
	SourceArn           string `json:"SourceArn,omitempty"`
	ReplyToEmailAddress string `json:"ReplyToEmailAddress,omitempty"`
	EmailSendingAccount string `json:"EmailSendingAccount,omitempty"`
	From                string `json:"From,omitempty"`
	ConfigurationSet    string `json:"ConfigurationSet,omitempty"`
}

// AcrLevel is AcrLevelConfigType.
type AcrLevel struct {
	AcrValue string `json:"AcrValue"`
}

// VerificationMessage is VerificationMessageTemplateType.
type VerificationMessage struct {
	SMSMessage         string `json:"SmsMessage,omitempty"`
	EmailMessage       string `json:"EmailMessage,omitempty"`
	EmailSubject       string `json:"EmailSubject,omitempty"`
	EmailMessageByLink string `json:"EmailMessageByLink,omitempty"`
	EmailSubjectByLink string `json:"EmailSubjectByLink,omitempty"`
	DefaultEmailOption string `json:"DefaultEmailOption,omitempty"`
}

// DcrConfiguration is DcrConfigurationType; client_registration of the pool
// follows it. An empty list of grant types says something else than none.
type DcrConfiguration struct {
	EnableStatus            string    `json:"EnableStatus,omitempty"`
	OpenDcrEnabled          bool      `json:"OpenDcrEnabled"`
	AuthenticatedGrantTypes *[]string `json:"AuthenticatedGrantTypes,omitempty"`
	OpenDcrGrantTypes       *[]string `json:"OpenDcrGrantTypes,omitempty"`
	AllowedScopes           []string  `json:"AllowedScopes,omitempty"`
}

// PoolPolicies is UserPoolPolicyType.
type PoolPolicies struct {
	PasswordPolicy *PasswordPolicy `json:"PasswordPolicy,omitempty"`
	SignInPolicy   *SignInPolicy   `json:"SignInPolicy,omitempty"`
}

// PasswordPolicy is PasswordPolicyType.
type PasswordPolicy struct {
	MinimumLength                 int  `json:"MinimumLength,omitempty"`
	RequireUppercase              bool `json:"RequireUppercase"`
	RequireLowercase              bool `json:"RequireLowercase"`
	RequireNumbers                bool `json:"RequireNumbers"`
	RequireSymbols                bool `json:"RequireSymbols"`
	PasswordHistorySize           int  `json:"PasswordHistorySize,omitempty"`
	TemporaryPasswordValidityDays int  `json:"TemporaryPasswordValidityDays,omitempty"`
}

// SignInPolicy is SignInPolicyType.
type SignInPolicy struct {
	AllowedFirstAuthFactors []identity.Factor `json:"AllowedFirstAuthFactors,omitempty"`
}

// AttributeUpdateSettings is UserAttributeUpdateSettingsType.
type AttributeUpdateSettings struct {
	RequireVerification []string `json:"AttributesRequireVerificationBeforeUpdate"`
}

// DeviceConfiguration is DeviceConfigurationType.
type DeviceConfiguration struct {
	ChallengeRequiredOnNewDevice     bool `json:"ChallengeRequiredOnNewDevice"`
	DeviceOnlyRememberedOnUserPrompt bool `json:"DeviceOnlyRememberedOnUserPrompt"`
}

// AdminCreateUserConfig is AdminCreateUserConfigType.
type AdminCreateUserConfig struct {
	AllowAdminCreateUserOnly  bool             `json:"AllowAdminCreateUserOnly"`
	UnusedAccountValidityDays int              `json:"UnusedAccountValidityDays,omitempty"`
	InviteMessageTemplate     *MessageTemplate `json:"InviteMessageTemplate,omitempty"`
}

// MessageTemplate is MessageTemplateType.
type MessageTemplate struct {
	SMSMessage   string `json:"SMSMessage,omitempty"`
	EmailMessage string `json:"EmailMessage,omitempty"`
	EmailSubject string `json:"EmailSubject,omitempty"`
}

// UserPoolAddOns is UserPoolAddOnsType. AdvancedSecurityAdditionalFlows is given
// back as it came.
type UserPoolAddOns struct {
	AdvancedSecurityMode            string          `json:"AdvancedSecurityMode"`
	AdvancedSecurityAdditionalFlows json.RawMessage `json:"AdvancedSecurityAdditionalFlows,omitempty"`
}

// AccountRecoverySetting is AccountRecoverySettingType.
type AccountRecoverySetting struct {
	RecoveryMechanisms []RecoveryMechanism `json:"RecoveryMechanisms,omitempty"`
}

// RecoveryMechanism is RecoveryOptionType.
type RecoveryMechanism struct {
	Priority int    `json:"Priority"`
	Name     string `json:"Name"`
}

// UsernameConfiguration is UsernameConfigurationType.
type UsernameConfiguration struct {
	CaseSensitive bool `json:"CaseSensitive"`
}

// SchemaAttribute is SchemaAttributeType. Bounds are texts.
type SchemaAttribute struct {
	Name                   string             `json:"Name,omitempty"`
	AttributeDataType      string             `json:"AttributeDataType,omitempty"`
	DeveloperOnlyAttribute bool               `json:"DeveloperOnlyAttribute"`
	Mutable                *bool              `json:"Mutable,omitempty"`
	Required               bool               `json:"Required"`
	NumberConstraints      *NumberConstraints `json:"NumberAttributeConstraints,omitempty"`
	StringConstraints      *StringConstraints `json:"StringAttributeConstraints,omitempty"`
}

// NumberConstraints is NumberAttributeConstraintsType.
type NumberConstraints struct {
	MinValue string `json:"MinValue,omitempty"`
	MaxValue string `json:"MaxValue,omitempty"`
}

// StringConstraints is StringAttributeConstraintsType.
type StringConstraints struct {
	MinLength string `json:"MinLength,omitempty"`
	MaxLength string `json:"MaxLength,omitempty"`
}

// CreateUserPoolRequest is the input of CreateUserPool.
type CreateUserPoolRequest struct {
	PoolName              string                 `json:"PoolName"`
	Schema                []SchemaAttribute      `json:"Schema,omitempty"`
	AliasAttributes       []string               `json:"AliasAttributes,omitempty"`
	UsernameAttributes    []string               `json:"UsernameAttributes,omitempty"`
	UsernameConfiguration *UsernameConfiguration `json:"UsernameConfiguration,omitempty"`
	PoolMembers
}

// UpdateUserPoolRequest is the input of UpdateUserPool.
type UpdateUserPoolRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	PoolName   string          `json:"PoolName,omitempty"`
	PoolMembers
}

// UserPool is UserPoolType.
type UserPool struct {
	ID                     identity.PoolID        `json:"Id"`
	Name                   string                 `json:"Name"`
	Arn                    string                 `json:"Arn"`
	SchemaAttributes       []SchemaAttribute      `json:"SchemaAttributes"`
	AliasAttributes        []string               `json:"AliasAttributes,omitempty"`
	UsernameAttributes     []string               `json:"UsernameAttributes,omitempty"`
	UsernameConfiguration  *UsernameConfiguration `json:"UsernameConfiguration,omitempty"`
	EstimatedNumberOfUsers int                    `json:"EstimatedNumberOfUsers"`
	Domain                 string                 `json:"Domain,omitempty"`
	CustomDomain           string                 `json:"CustomDomain,omitempty"`
	// EmailConfigurationFailure says that From does not count, and why.
	EmailConfigurationFailure string     `json:"EmailConfigurationFailure,omitempty"`
	CreationDate              *Timestamp `json:"CreationDate"`
	LastModifiedDate          *Timestamp `json:"LastModifiedDate"`
	PoolMembers
}

// UserPoolResponse is the output of CreateUserPool and DescribeUserPool.
type UserPoolResponse struct {
	UserPool UserPool `json:"UserPool"`
}

// AddCustomAttributesRequest is the input of AddCustomAttributes.
type AddCustomAttributesRequest struct {
	UserPoolID       identity.PoolID   `json:"UserPoolId"`
	CustomAttributes []SchemaAttribute `json:"CustomAttributes"`
}

// ListUserPoolsRequest is the input of ListUserPools.
type ListUserPoolsRequest struct {
	MaxResults int    `json:"MaxResults"`
	NextToken  string `json:"NextToken,omitempty"`
}

// ListUserPoolsResponse is its output; the default pool stands first.
type ListUserPoolsResponse struct {
	UserPools []PoolDescription `json:"UserPools"`
	NextToken string            `json:"NextToken,omitempty"`
}

// PoolDescription is UserPoolDescriptionType.
type PoolDescription struct {
	ID               identity.PoolID `json:"Id"`
	Name             string          `json:"Name"`
	LambdaConfig     *LambdaConfig   `json:"LambdaConfig,omitempty"`
	CreationDate     *Timestamp      `json:"CreationDate,omitempty"`
	LastModifiedDate *Timestamp      `json:"LastModifiedDate,omitempty"`
}
