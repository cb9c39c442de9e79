// Package email holds the mails and text messages: one HTML layout that works
// without images, and the same words as plain text.
package email

// Kinds of message; the same words as in identity/message.
const (
	SignUp          = "sign_up"
	ResendCode      = "resend_code"
	ForgotPassword  = "forgot_password"
	AdminCreateUser = "admin_create_user"
	AttributeChange = "attribute_change"
	AccountExists   = "account_exists"
	PasswordChanged = "password_changed"
	AddressChanged  = "address_changed"
	UserDeleted     = "user_deleted"
	DeletionPlanned = "deletion_planned"
	SignInCode      = "sign_in_code"
	MFACode         = "mfa_code"
	FactorAdded     = "factor_added"
	FactorRemoved   = "factor_removed"
	RecoveryUsed    = "recovery_code_used"
	RecoveryMade    = "recovery_codes_made"
	RiskySignIn     = "risky_sign_in"
	RecoveryLink    = "recovery_link"
	ApprovalAsked   = "approval_asked"
)

// Props is one message to one person. Values nobody here chose (names, device)
// are shown as text only.
type Props struct {
	Kind    string
	Lang    string
	Dir     string
	T       func(id string, data ...any) string
	AppName string

	Code      string // of every kind that carries one
	Link      string // the page behind the mailed link; account_exists, admin_create_user, deletion_planned: sign in
	Minutes   int    // how long code and link live
	Days      int    // admin_create_user: how long the temporary password lives
	Username  string // admin_create_user
	Password  string // admin_create_user: the temporary password
	Address   string // address_changed: the new one, masked
	Factor    string // factor_added, factor_removed: SOFTWARE_TOKEN_MFA, WEB_AUTHN, ...
	Provider  string // factor_added, factor_removed: whose sign-in, for EXTERNAL_PROVIDER
	When      string // when it happened, in words
	Until     string // deletion_planned: when the account goes, in words
	Device    string // by which browser: "Firefox on Linux", or ""
	Where     string // from where: "Berlin, DE (192.0.2.1)", or ""
	HelpURL   string // where to go if it was not you; "" leaves it out
	ToAccount bool   // HelpURL is the account and not the forgotten password: nobody has one here
	Host      string // SMS: host of the public URL, for "@host #code"
	Primary   string // button colour #rrggbb; "" is the default
	OnPrimary string // text on it
}
