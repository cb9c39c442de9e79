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
)

// Props is one message to one person. Values nobody here chose (names, device)
// are shown as text only.
type Props struct {
	Kind    string
	Lang    string
	Dir     string
	T       func(id string, data ...any) string
	AppName string

	Code      string // sign_up, resend_code, forgot_password, attribute_change
	Link      string // the page behind the mailed link; account_exists and admin_create_user: sign in
	Minutes   int    // how long code and link live
	Days      int    // admin_create_user: how long the temporary password lives
	Username  string // admin_create_user
	Password  string // admin_create_user: the temporary password
	Address   string // address_changed: the new one, masked
	When      string // password_changed, address_changed: date and time in words
	Device    string // the same: "Firefox on Linux", or ""
	HelpURL   string // where to go if it was not you (forgot password); "" leaves it out
	Host      string // SMS: host of the public URL, for "@host #code"
	Primary   string // button colour #rrggbb; "" is the default
	OnPrimary string // text on it
}
