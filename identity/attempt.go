package identity

import (
	"net/netip"
	"time"

	"poolhouse.dev/storage"
)

// Factor is a way to prove oneself.
type Factor string

// The factors of this version.
const (
	FactorPassword Factor = "PASSWORD"
)

// ChallengeName says what is asked. Names are Cognito's ChallengeNameType where it has one.
type ChallengeName string

// The challenges of this version.
const (
	AskPassword      ChallengeName = "PASSWORD"
	AskNewPassword   ChallengeName = "NEW_PASSWORD_REQUIRED"
	AskConfirmSignUp ChallengeName = "CONFIRM_SIGN_UP" // the code of the sign-up mail; Cognito says UserNotConfirmedException
)

// AttemptID names one try at signing in; 32 random bytes, base64url.
type AttemptID string

// Channel binds an attempt to where it began: the hash of a browser's flow
// cookie, or of a Cognito Session. The attempt is unknown on any other.
type Channel string

// Origin is where a request comes from, for counting, audit and session lists.
type Origin struct {
	Address   netip.Addr
	UserAgent string
	Request   string // request id
	Browser   string // secret of the known-browser cookie, or ""
	Locale    string // BCP 47, the language of the page
}

// Answer is what comes back for a challenge; it satisfies only the one it names.
type Answer interface{ answers() ChallengeName }

// PasswordAnswer answers AskPassword.
type PasswordAnswer struct{ Password string }

// NewPasswordAnswer answers AskNewPassword; Attributes fills the required ones that are missing.
type NewPasswordAnswer struct {
	Password   string
	Attributes map[string]string
}

// ConfirmAnswer answers AskConfirmSignUp with the mailed code.
type ConfirmAnswer struct{ Code string }

func (PasswordAnswer) answers() ChallengeName    { return AskPassword }
func (NewPasswordAnswer) answers() ChallengeName { return AskNewPassword }
func (ConfirmAnswer) answers() ChallengeName     { return AskConfirmSignUp }

// Challenge is what an attempt asks next.
type Challenge struct {
	Name       ChallengeName
	Identifier string   // what the person typed, to show again
	Delivery   Delivery // where a code went, for AskConfirmSignUp
	Missing    []string // required attributes without a value, for AskNewPassword
}

// Delivery says where a code was sent, masked (Cognito CodeDeliveryDetailsType).
type Delivery struct {
	Destination string // a***@e***.test, +49*****67
	Medium      string // EMAIL, SMS
	Attribute   string // email, phone_number
}

// Step is an attempt's next state: a Challenge or a finished sign-in, exactly one.
type Step struct {
	Attempt   AttemptID
	Challenge *Challenge
	Done      *SignedIn
}

// SignedIn is a finished attempt.
type SignedIn struct {
	Auth    Authentication
	Cookie  string // the new session's secret, for the session cookie
	Browser string // secret for the known-browser cookie, or "" when it has one
}

// Authentication says that a person proved who they are. Only a finished
// attempt, or a live session made by one, yields a value; tokens are issued
// from nothing else.
type Authentication struct {
	pool    PoolID
	client  ClientID
	user    UserID
	session string
	epoch   int
	at      time.Time
	methods []string
}

// Pool answers the pool the person belongs to.
func (a Authentication) Pool() PoolID { return a.pool }

// Client answers the client the attempt was made for; "" for the account pages.
func (a Authentication) Client() ClientID { return a.client }

// User answers the person's sub.
func (a Authentication) User() UserID { return a.user }

// Session answers the public id of the session (OIDC sid).
func (a Authentication) Session() string { return a.session }

// Epoch answers the user's epoch at that time; see User.Epoch.
func (a Authentication) Epoch() int { return a.epoch }

// At answers when the person proved themselves (auth_time).
func (a Authentication) At() time.Time { return a.at }

// Methods answers how, as RFC 8176 values.
func (a Authentication) Methods() []string { return append([]string(nil), a.methods...) }

// Valid says that the value came from a finished attempt.
func (a Authentication) Valid() bool { return a.user != "" && a.session != "" }

// attempt is the stored state of one try. A try for an unknown name has no
// UserID and fails like a wrong password.
type attempt struct {
	ID         AttemptID     `json:"id"`
	PoolID     PoolID        `json:"user_pool_id"`
	ClientID   ClientID      `json:"client_id,omitempty"`
	Channel    Channel       `json:"channel"`
	Identifier string        `json:"identifier"`
	UserID     UserID        `json:"sub,omitempty"`
	Proven     []Factor      `json:"proven,omitempty"`
	Ask        ChallengeName `json:"ask"`
	Delivery   Delivery      `json:"delivery"`
	Finished   bool          `json:"finished,omitempty"`
	CreatedAt  time.Time     `json:"created_at"`
	ExpiresAt  time.Time     `json:"expires_at"`
}

// attempts keeps open and finished attempts until they expire.
var attempts = storage.Collection[attempt]{
	Name: "attempt", Format: 1,
	ID: func(a *attempt) []any { return []any{string(a.ID)} },
	Indexes: []storage.Index[attempt]{
		{Name: "expires", Of: func(a *attempt) []any { return []any{a.ExpiresAt} }},
	},
}
