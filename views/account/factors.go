package account

import (
	"github.com/a-h/templ"

	"poolhouse.dev/views/layout"
)

// Second factors, by the names that forms carry.
const (
	TOTP  = "SOFTWARE_TOKEN_MFA"
	SMS   = "SMS_MFA"
	Email = "EMAIL_MFA"
	ByKey = "WEB_AUTHN"
)

// Signals tell the person's password manager which passkeys still open the
// account, and what the account is called (WebAuthn Level 3 §5.1.10).
type Signals struct {
	Site     string // relying party id
	User     string // user handle, base64url
	Accepted string // JSON array of credential ids, all of them
	Name     string
	Display  string
}

// FactorsProps of Factors, the page of all sign-in methods. Each small form
// posts csrf and what the comment of its action says.
type FactorsProps struct {
	Frame
	Signals *Signals

	Password    bool   // the person has one
	PasswordURL string // "" when there are no passwords here

	Passkeys      []Passkey
	AddPasskeyURL string // "" when there are no passkeys here
	RenameAction  string // passkey, name
	RemoveAction  string // passkey

	Seconds       []Second // the kinds that the pool takes; none leaves the part out
	MustHave      bool     // everybody needs a second factor here
	PreferAction  string   // factor
	EnableAction  string   // factor
	DisableAction string   // factor

	Recovery *Recovery // nil leaves the part out

	Elsewhere *Elsewhere // nil leaves the part out
}

// Elsewhere says that other people's sign-ins lead to the account, too.
type Elsewhere struct {
	Names string // of the providers, in words
	Alone bool   // there is no way in but these
	URL   string
}

// Passkey is one passkey of the person.
type Passkey struct {
	ID       string // credential id, base64url
	Name     string
	Provider string // "iCloud Keychain"; "" when nobody knows, or when it is the name
	Created  layout.Moment
	LastUsed layout.Moment
	Last     bool // the last way in: it stays
}

// Second is one kind of second factor.
type Second struct {
	Factor      string // one of the constants above
	On          bool
	Destination string // masked address that codes go to
	Since       layout.Moment
	Preferred   bool
	MayPrefer   bool   // another one is asked first now
	Last        bool   // the one that the pool demands: it stays
	SetUpURL    string // sets it up, or replaces it; for SMS and e-mail: where the address is confirmed
}

// Recovery is the person's recovery codes.
type Recovery struct {
	Left  int
	Total int // 0 when there are none yet
	URL   string
}

// AppSetUpProps of SetUpApp. The form posts code, state and csrf to Action.
type AppSetUpProps struct {
	Frame
	Action  string
	State   string
	BackURL string
	Secret  string // base32
	QR      templ.Component
	Replace bool // another one is in use until the code comes back
}

// PasskeySetUpProps of SetUpPasskey. The script posts credential, state and csrf
// to Action.
type PasskeySetUpProps struct {
	Frame
	Action  string
	State   string
	BackURL string
	Options string // PublicKeyCredentialCreationOptions as JSON
}

// CodeSetUpProps of SetUpCode, which turns text messages or mails on. The form
// posts code, state and csrf to Action; the other one posts factor to ResendAction.
type CodeSetUpProps struct {
	Frame
	Factor       string // SMS or Email
	Action       string
	State        string
	BackURL      string
	Destination  string // masked, where the code went
	ResendAction string
	ResendWait   int // seconds
}

// CodesProps of Codes. The form posts csrf to Action.
type CodesProps struct {
	Frame
	Action  string
	BackURL string
	Left    int      // how many of the present set are left; making new ones ends them
	Codes   []string // the new ones, shown this once; nil asks first
}
