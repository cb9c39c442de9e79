package identity

import (
	"net/netip"
	"slices"
	"time"

	"poolhouse.dev/storage"
)

// ChallengeName says what is asked. Names are Cognito's ChallengeNameType where it has one.
type ChallengeName string

// The challenges. One that asks for a factor bears the factor's name.
const (
	AskPassword      ChallengeName = "PASSWORD"
	AskEmailCode     ChallengeName = "EMAIL_OTP"
	AskSMSCode       ChallengeName = "SMS_OTP"
	AskPasskey       ChallengeName = "WEB_AUTHN"
	AskTOTP          ChallengeName = "SOFTWARE_TOKEN_MFA"
	AskSMS           ChallengeName = "SMS_MFA"
	AskEmail         ChallengeName = "EMAIL_MFA" // Cognito says EMAIL_OTP here too
	AskRecovery      ChallengeName = "RECOVERY_CODE"
	AskSelect        ChallengeName = "SELECT_CHALLENGE" // which way in
	AskSelectMFA     ChallengeName = "SELECT_MFA_TYPE"  // which second factor
	AskSetUp         ChallengeName = "MFA_SETUP"        // a second factor before going on
	AskNewPassword   ChallengeName = "NEW_PASSWORD_REQUIRED"
	AskCustom        ChallengeName = "CUSTOM_CHALLENGE"
	AskDevice        ChallengeName = "DEVICE_SRP_AUTH" // the password of a remembered device; Cognito's DEVICE_PASSWORD_VERIFIER is its second half
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
	Server    netip.Addr // of the app that says where the person is (Address); none where they come themselves
	UserAgent string
	Request   string // request id
	Browser   string // secret of the known-browser cookie, or ""
	Trusted   bool   // a server with an administrator's key asks, and no puzzle is put to it
	API       bool   // an app asks by the Cognito API, which has no way to put a puzzle to anybody
	Locale    string // BCP 47, the language of the page
	Base      string // scheme and host of the page that asks: links in letters lead back there; "" for an app or a command
	Told      Told   // for the pool's triggers
}

// Said answers the origin of a person of whom an app says where they are.
func (o Origin) Said(at netip.Addr) Origin {
	if !o.Server.IsValid() {
		o.Server = o.Address
	}
	o.Address = at.WithZone("")
	return o
}

func (o Origin) addressText() string { return AddressText(o.Address) }

// AddressText is an address as it is stored and shown, an IPv4 one never as IPv6;
// "" when it is unknown.
func AddressText(from netip.Addr) string {
	if !from.IsValid() {
		return ""
	}
	return from.Unmap().String()
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

// CodeAnswer answers the challenge of the factor it names: EMAIL_OTP, SMS_OTP,
// SOFTWARE_TOKEN_MFA, SMS_MFA, EMAIL_MFA or RECOVERY_CODE.
type CodeAnswer struct {
	Factor Factor
	Code   string
}

// PasskeyAnswer answers AskPasskey with the browser's PublicKeyCredential as JSON.
type PasskeyAnswer struct{ Credential []byte }

// SetUpAnswer answers AskSetUp: a code of the factor that is being set up, or a
// new passkey as JSON. Name is what the person calls it.
type SetUpAnswer struct {
	Factor     Factor
	Code       string
	Credential []byte
	Name       string
}

func (PasswordAnswer) answers() ChallengeName    { return AskPassword }
func (NewPasswordAnswer) answers() ChallengeName { return AskNewPassword }
func (ConfirmAnswer) answers() ChallengeName     { return AskConfirmSignUp }
func (PasskeyAnswer) answers() ChallengeName     { return AskPasskey }
func (SetUpAnswer) answers() ChallengeName       { return AskSetUp }

// withCodes are the factors that a CodeAnswer can be of.
var withCodes = []Factor{FactorEmailCode, FactorSMSCode, FactorTOTP, FactorSMS, FactorEmail, FactorRecovery}

// answers nothing when the factor has no codes: a code on its way for another
// challenge would else prove whatever is asked.
func (a CodeAnswer) answers() ChallengeName {
	if !slices.Contains(withCodes, a.Factor) {
		return ""
	}
	return ChallengeName(a.Factor)
}

// Challenge is what an attempt asks next.
type Challenge struct {
	Name        ChallengeName
	Identifier  string            // what the person typed, to show again
	Delivery    Delivery          // where a code went
	Missing     []string          // required attributes without a value, for AskNewPassword
	Attributes  map[string]string // those of the person that the client may read, for AskNewPassword
	Options     []Option          // what may be chosen now, what is asked among it, the preferred first
	Second      bool              // a way in has been proven already
	Passkey     []byte            // PublicKeyCredentialRequestOptions as {"publicKey": …}, for AskPasskey
	SetUp       *SetUp            // for AskSetUp; nil while the factor is still to be chosen
	Match       string            // two digits that stand beside a mailed link, for AskEmailCode
	MayRemember bool              // the person may ask to remember this browser
	Custom      map[string]string // public parameters, for AskCustom
	Codes       int               // recovery codes left
	Linking     string            // the provider whose identity joins this account once its owner is in
	Joined      []string          // the providers that its owner may come back from to prove themselves; with Linking alone
	Bare        bool              // the owner has nothing else: they must come back from one of Joined
}

// Option is a factor that may be chosen, and where its code would go.
type Option struct {
	Factor   Factor
	Delivery Delivery
}

// SetUp is a second factor in the making.
type SetUp struct {
	Factor       Factor
	Secret       string   // base32, for an authenticator app
	URI          string   // the same as otpauth:// for its QR code
	Passkey      []byte   // PublicKeyCredentialCreationOptions as {"publicKey": …}
	Delivery     Delivery // where the code went
	NeedsAddress bool     // the address to send codes to is asked first
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
	Turn      int // counts the steps of the attempt, see Reply
	Challenge *Challenge
	Done      *SignedIn
}

// SignedIn is a finished attempt.
type SignedIn struct {
	NewDevice *NewDevice // for Start.API: the app has none that is known
	Enrolled  Factor     // the second factor that was set up on the way, or ""
	Auth      Authentication
	Cookie    string // the new session's secret, for the session cookie
	Browser   string // secret for the known-browser cookie, or "" when it has one
}

// Authentication says that a person proved who they are. Only a finished
// attempt, or a live session made by one, yields a value; tokens are issued
// from nothing else.
type Authentication struct {
	pool     PoolID
	client   ClientID
	user     UserID
	session  string
	epoch    int
	at       time.Time
	methods  []string
	factors  []Factor
	level    Level
	twice    bool
	provider string
	bearer   bool // see Bearer
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

// Factors answers what the person has proven.
func (a Authentication) Factors() []Factor { return slices.Clone(a.factors) }

// Level answers how strong that is; 0 where nobody knows.
func (a Authentication) Level() Level { return a.level }

// Provider answers the identity provider that the person came by; "" for none.
func (a Authentication) Provider() string { return a.provider }

// Twice says that the person proved two factors, or that a remembered browser
// stood in for the second.
func (a Authentication) Twice() bool { return a.twice }

// Valid says that the value came from a finished attempt.
func (a Authentication) Valid() bool { return a.user != "" && a.session != "" && !a.bearer }

// attempt is the stored state of one try. A try for an unknown name has no
// UserID and fails like a wrong password.
type attempt struct {
	ID         AttemptID      `json:"id"`
	PoolID     PoolID         `json:"user_pool_id"`
	ClientID   ClientID       `json:"client_id,omitempty"`
	Channel    Channel        `json:"channel"`
	Turn       int            `json:"turn,omitempty"` // counts the steps
	Identifier string         `json:"identifier"`
	API        bool           `json:"api,omitempty"` // an app asks and answers for the person: there is no browser
	UserID     UserID         `json:"sub,omitempty"`
	Proven     []Factor       `json:"proven,omitempty"`
	Chosen     Factor         `json:"chosen,omitempty"` // what the person picked, or the page that began
	Ask        ChallengeName  `json:"ask"`
	SentFor    ChallengeName  `json:"sent_for,omitempty"` // the challenge whose code is on its way
	Delivery   Delivery       `json:"delivery"`
	Ceremony   storage.Sealed `json:"ceremony,omitempty"` // what the passkey challenge, the SRP exchange, the custom challenge or the set-up must be held against
	SettingUp  Factor         `json:"setting_up,omitempty"`
	Enrolled   Factor         `json:"enrolled,omitempty"`
	Provider   string         `json:"provider_name,omitempty"` // whom the person came back from
	First      bool           `json:"first,omitempty"`         // that made the account: it asks no authentication trigger
	Vouched    Level          `json:"vouched_level,omitempty"` // that the provider says the person signed in at
	Login      storage.Sealed `json:"login,omitempty"`         // the person's session there, for the session here
	// LoginName and LoginSession are its hashes, as a session keeps them: the
	// provider may end it while the attempt is under way.
	LoginName    string         `json:"login_name_hash,omitempty"`
	LoginSession string         `json:"login_session_hash,omitempty"`
	Twice        bool           `json:"twice,omitempty"`    // the app asks for two factors, whoever signs in
	Linking      string         `json:"linking,omitempty"`  // whose identity joins the account once its owner is in
	External     storage.Sealed `json:"external,omitempty"` // that identity
	Match        string         `json:"match,omitempty"`
	Approved     bool           `json:"approved,omitempty"` // the mailed link was followed in another browser
	Remember     bool           `json:"remember,omitempty"`
	Familiar     bool           `json:"familiar,omitempty"`   // the browser has signed this person in before
	Levels       []Level        `json:"levels,omitempty"`     // see Start
	Since        time.Time      `json:"since,omitzero"`       // when the sign-in was whose factors count here, see Upgrade
	Custom       bool           `json:"custom,omitempty"`     // see Start
	Steps        []customStep   `json:"steps,omitempty"`      // of a custom way in
	DeviceKey    string         `json:"device_key,omitempty"` // the one that came along
	Browser      string         `json:"browser,omitempty"`    // its hash then, to see whether it stands in for the second factor
	Breached     bool           `json:"breached,omitempty"`   // the password is in a list of breached ones
	Risk         *Risk          `json:"risk,omitempty"`
	Event        string         `json:"event,omitempty"`   // the SignInEvent that says how far it has come
	Address      string         `json:"address,omitempty"` // where it began, for the page behind its link
	UserAgent    string         `json:"user_agent,omitempty"`
	PasswordAt   time.Time      `json:"password_at,omitzero"` // when this attempt itself replaced the temporary password
	Finished     bool           `json:"finished,omitempty"`
	CreatedAt    time.Time      `json:"created_at"`
	ExpiresAt    time.Time      `json:"expires_at"`

	// held says that what is answered named the turn, which must stay the same
	// until it is recorded.
	held bool
}

// attempts keeps open and finished attempts until they expire.
var attempts = storage.Collection[attempt]{
	Name: "attempt", Format: 1,
	ID: func(a *attempt) []any { return []any{string(a.ID)} },
	Indexes: []storage.Index[attempt]{
		{Name: "expires", Of: func(a *attempt) []any { return []any{a.ExpiresAt} }},
		{Name: "login", Of: func(a *attempt) []any {
			if a.LoginName == "" || a.Finished {
				return nil
			}
			return []any{string(a.PoolID), a.LoginName}
		}},
	},
}
