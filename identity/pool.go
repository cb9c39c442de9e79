package identity

import (
	"slices"
	"time"

	"poolhouse.dev/identity/password"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// PoolID names a user pool; it matches [\w-]+_[0-9a-zA-Z]+ (Cognito UserPoolIdType).
type PoolID string

// Pool is a set of users with its policy. The member names of its JSON are the
// Cognito API's in snake_case; the same names stand in poolhouse.yaml.
type Pool struct {
	ID                     PoolID                `json:"id"`
	Name                   string                `json:"pool_name"`
	UsernameAttributes     []string              `json:"username_attributes,omitempty"`      // email, phone_number: the address is the name
	AliasAttributes        []string              `json:"alias_attributes,omitempty"`         // email, phone_number, preferred_username; excludes the former
	AutoVerifiedAttributes []string              `json:"auto_verified_attributes,omitempty"` // which of email, phone_number gets a code at sign-up
	SignUpConfirmation     string                `json:"sign_up_confirmation,omitempty"`     // who confirms a sign-up where none does: automatic (default), administrator
	UsernameConfiguration  UsernameConfiguration `json:"username_configuration"`
	MFAConfiguration       string                `json:"mfa_configuration,omitempty"`      // OFF, OPTIONAL, ON; "" is OFF
	SoftwareTokenMFA       Switch                `json:"software_token_mfa_configuration"` // authenticator apps; on unless MFA is OFF
	SMSMFA                 Switch                `json:"sms_mfa_configuration"`            // codes by SMS; off by default
	EmailMFA               EmailMFA              `json:"email_mfa_configuration"`          // codes by e-mail; off by default
	WebAuthn               WebAuthnConfiguration `json:"web_authn_configuration"`
	Devices                *DeviceConfiguration  `json:"device_configuration,omitempty"`
	AddOns                 AddOns                `json:"user_pool_add_ons"`
	Risk                   RiskConfiguration     `json:"risk_configuration"`
	MessageLimits          MessageLimits         `json:"message_limits"`
	Email                  EmailConfiguration    `json:"email_configuration"`
	Verification           VerificationMessage   `json:"verification_message_template"`
	SMSAuthentication      string                `json:"sms_authentication_message,omitempty"` // with {####}: codes to sign in with; "" is ours
	AccountDeletion        AccountDeletion       `json:"account_deletion"`
	DisposableAddresses    string                `json:"disposable_email_addresses,omitempty"` // allow (default), refuse
	Policies               Policies              `json:"policies"`
	Schema                 []Attribute           `json:"schema,omitempty"` // requirements on standard attributes, and the custom ones
	AdminCreateUserConfig  AdminCreateUserConfig `json:"admin_create_user_config"`
	AccountRecovery        AccountRecovery       `json:"account_recovery_setting"`
	UserAttributeUpdate    UserAttributeUpdate   `json:"user_attribute_update_settings"`
	ResourceServers        []ResourceServer      `json:"resource_servers,omitempty"`
	SessionLifetime        SessionLifetime       `json:"session_lifetime"`
	SessionManagement      string                `json:"session_management,omitempty"` // OFF (default), ON: OpenID Connect Session Management
	DefaultLanguage        string                `json:"default_language,omitempty"`   // BCP 47; "" is en
	ClientRegistration     ClientRegistration    `json:"client_registration"`
	AcrConfiguration       AcrConfiguration      `json:"acr_configuration,omitempty"`
	LambdaConfig           trigger.Config        `json:"lambda_config"`
	Theme                  Theme                 `json:"theme"`
	DeletionProtection     string                `json:"deletion_protection,omitempty"` // ACTIVE refuses to delete the pool; INACTIVE (default)
	Tags                   map[string]string     `json:"user_pool_tags,omitempty"`      // labels of the operator's own
	SessionTracking        SessionTracking       `json:"session_tracking"`
	Domains                []string              `json:"domains,omitempty"` // names of its Domains, kept with them
	Beside                 *Beside               `json:"beside,omitempty"`  // what the Cognito API sets beside the settings
	CreatedAt              time.Time             `json:"creation_date"`
	ModifiedAt             time.Time             `json:"last_modified_date"`
}

// ByAdministrator is the SignUpConfirmation under which a sign-up waits for an
// administrator, or the pre sign-up trigger, to confirm it.
const ByAdministrator = "administrator"

// confirmsByHand says that no code confirms a sign-up: people do.
func (p *Pool) confirmsByHand() bool {
	return len(p.AutoVerifiedAttributes) == 0 && p.SignUpConfirmation == ByAdministrator
}

// UsernameConfiguration: names are case-insensitive unless CaseSensitive.
type UsernameConfiguration struct {
	CaseSensitive bool `json:"case_sensitive,omitempty"`
}

// Policies holds the pool's password policy and its ways in.
type Policies struct {
	PasswordPolicy password.Policy `json:"password_policy"`
	SignInPolicy   SignInPolicy    `json:"sign_in_policy"`
}

// AdminCreateUserConfig closes self-service sign-up when AllowAdminCreateUserOnly is set.
type AdminCreateUserConfig struct {
	AllowAdminCreateUserOnly bool `json:"allow_admin_create_user_only,omitempty"`
	// Invitation is what invited people read; {username} and {####} stand in it.
	Invitation MessageTemplate `json:"invite_message_template,omitzero"`
}

// AccountRecovery lists the ways back in, strongest first.
type AccountRecovery struct {
	RecoveryMechanisms []RecoveryMechanism `json:"recovery_mechanisms,omitempty"` // empty: verified_email, then verified_phone_number
	// AllowWithoutMFA lets a reset by an address count, with that address, as
	// two factors. Without it such a person needs another second factor.
	AllowWithoutMFA bool `json:"allow_without_mfa,omitempty"`
}

// RecoveryMechanism is verified_email, verified_phone_number or admin_only with its priority (1 first).
type RecoveryMechanism struct {
	Name     string `json:"name"`
	Priority int    `json:"priority"`
}

// UserAttributeUpdate decides whether a changed address waits until it is
// verified. Poolhouse waits by default for email and phone_number; Immediate
// switches to Cognito's default.
type UserAttributeUpdate struct {
	Immediate bool `json:"immediate,omitempty"`
	// Waiting names those of email and phone_number that wait all the same.
	Waiting []string `json:"attributes_require_verification_before_update,omitempty"`
}

// atOnce says that a changed address counts before it is verified.
func (u *UserAttributeUpdate) atOnce(attribute string) bool {
	return u.Immediate && !slices.Contains(u.Waiting, attribute)
}

// SessionTracking bounds how many sign-ins of one person live at once (Cognito
// UserPoolTokenSessionConfigType).
type SessionTracking struct {
	// MaxPerUser ends the one that was used longest ago when a further one begins;
	// 1-100, 0 is no bound.
	MaxPerUser int `json:"max_per_user,omitempty"`
}

// Attribute describes one attribute of the pool's schema (Cognito SchemaAttributeType).
type Attribute struct {
	Name       string             `json:"name"`                          // standard name, or custom:NAME; "custom:" may be left out in the file
	DataType   string             `json:"attribute_data_type,omitempty"` // String, Number, Boolean, DateTime; "" is String
	Mutable    *bool              `json:"mutable,omitempty"`             // nil is true
	Required   bool               `json:"required,omitempty"`            // standard attributes only
	StringRule *StringConstraints `json:"string_attribute_constraints,omitempty"`
	NumberRule *NumberConstraints `json:"number_attribute_constraints,omitempty"`
}

// StringConstraints bounds a String attribute in characters; nil is unbounded up to 2,048 bytes.
type StringConstraints struct {
	MinLength *int `json:"min_length,omitempty"`
	MaxLength *int `json:"max_length,omitempty"`
}

// NumberConstraints bounds a Number attribute.
type NumberConstraints struct {
	MinValue *float64 `json:"min_value,omitempty"`
	MaxValue *float64 `json:"max_value,omitempty"`
}

// ResourceServer is an API whose scopes clients may ask for, as identifier/scope_name.
type ResourceServer struct {
	Identifier string  `json:"identifier"`
	Name       string  `json:"name,omitempty"`
	Scopes     []Scope `json:"scopes,omitempty"`
}

// Scope is one permission of a resource server.
type Scope struct {
	Name        string `json:"scope_name"`
	Description string `json:"scope_description,omitempty"`
}

// SessionLifetime bounds a signed-in browser, in minutes. Zero is the default:
// idle 60 minutes, absolute 24 hours.
type SessionLifetime struct {
	IdleMinutes     int `json:"idle_minutes,omitempty"`
	AbsoluteMinutes int `json:"absolute_minutes,omitempty"`
}

// ManagesSessions says that clients' scripts may ask whether the browser's session
// has changed (OpenID Connect Session Management 1.0).
func (p *Pool) ManagesSessions() bool { return p.SessionManagement == "ON" }

// Theme is how pages look; the empty string keeps the default. Colours are
// #rrggbb. The front end checks contrast before it is stored.
type Theme struct {
	ColorScheme     string `json:"color_scheme,omitempty"` // auto (default), light, dark
	Primary         string `json:"primary,omitempty"`      // buttons and links
	PrimaryDark     string `json:"primary_dark,omitempty"`
	Background      string `json:"background,omitempty"` // page
	BackgroundDark  string `json:"background_dark,omitempty"`
	Surface         string `json:"surface,omitempty"` // card
	SurfaceDark     string `json:"surface_dark,omitempty"`
	Text            string `json:"text,omitempty"`
	TextDark        string `json:"text_dark,omitempty"`
	Radius          *int   `json:"radius,omitempty"`           // px, 0-32
	FontStack       string `json:"font_stack,omitempty"`       // CSS font-family list of installed fonts
	Logo            string `json:"logo,omitempty"`             // path in the file; SHA-256 of the stored asset in the store
	LogoDark        string `json:"logo_dark,omitempty"`        // as Logo
	BackgroundImage string `json:"background_image,omitempty"` // as Logo
	CSS             string `json:"css,omitempty"`              // as Logo
}

// pools keeps every pool by its id.
var pools = storage.Collection[Pool]{
	Name: "pool", Format: 1,
	ID:      func(p *Pool) []any { return []any{string(p.ID)} },
	Decoded: storage.Remember[Pool](64),
}
