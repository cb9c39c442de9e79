// Package account holds the pages of a signed-in person: profile and picture,
// password, sign-in methods, devices, sessions, sign-in history, connected apps,
// own data, and deleting the account.
package account

import (
	"hash/fnv"
	"strconv"

	"poolhouse.dev/views/form"
	"poolhouse.dev/views/gets"
	"poolhouse.dev/views/layout"
)

// Pages of the account, in the order of the menu.
const (
	PageProfile     = "profile"
	PagePassword    = "password"
	PageFactors     = "factors"
	PageDevices     = "devices"
	PageSessions    = "sessions"
	PageHistory     = "history"
	PageApps        = "apps"
	PageApprovals   = "approvals"
	PageConnections = "connections"
	PageData        = "data"
	PageDelete      = "delete"
)

// Frame is what all account pages share.
type Frame struct {
	layout.Page
	Name          string // e-mail or username of the person
	Portrait      Portrait
	Current       string // one of the Page constants
	Menu          []Link // the pages there are for this person
	SignOutAction string // posts csrf
}

// Link is one entry of the menu.
type Link struct {
	Page string // one of the Page constants
	Href string
}

// Portrait is the person's picture, or their initials where there is none.
type Portrait struct {
	URL      string // of our own; "" shows the initials
	Initials string
}

// ProfileProps of Profile. The form posts one field an attribute and csrf to Action.
type ProfileProps struct {
	Frame
	Signals      *Signals
	Action       string
	Username     string // shown, never editable; "" leaves it out
	PictureField PictureField
	Addresses    []Address
	Attributes   []form.Attribute // everything else
}

// PictureField is where a picture is chosen. The form posts csrf and the file
// "picture" as multipart/form-data to Action; removing posts csrf to RemoveAction.
type PictureField struct {
	Action       string // "" when the person may not change it
	RemoveAction string // "" when there is none
}

// Address is an e-mail address or phone number of the person. Changing it
// posts attribute, value and csrf to ChangeAction; the verify form posts
// attribute, code and csrf to VerifyAction.
type Address struct {
	Attribute    string // "email" or "phone_number"
	Value        string
	Verified     bool
	Pending      string // new value that waits for its code, or ""
	Required     bool
	ReadOnly     bool
	Input        string // what was typed into the change field, kept after an error; "" is Pending or Value
	ChangeAction string
	VerifyAction string // "" when nothing waits for a code
	SendAction   string // sends the code again, or for an unverified address the first one
	CancelAction string // drops the pending address; "" leaves it out
	SendWait     int    // seconds until the code may be sent again
	Sent         bool   // a code is under way: show the code field
}

// PasswordProps of Password. The form posts password (the present one, unless
// First), new_password and csrf to Action.
type PasswordProps struct {
	Frame
	Action string
	First  bool // the person signs in without a password and sets one
	Rules  form.Rules
}

// SessionsProps of Sessions. Each sign-out posts session and csrf to
// EndAction; "everywhere" posts csrf to EndAllAction.
type SessionsProps struct {
	Frame
	Sessions     []Session
	EndAction    string
	EndAllAction string
}

// Session is one signed-in browser.
type Session struct {
	ID       string
	Device   string // "Firefox on Linux"
	Address  string // IP address
	Place    string // "Berlin, Germany"; "" when nobody knows
	SignedIn layout.Moment
	LastSeen layout.Moment
	Current  bool
}

// DevicesProps of Devices. Renaming posts device, name and csrf to
// RenameAction, forgetting device and csrf to ForgetAction.
type DevicesProps struct {
	Frame
	Devices      []Device
	Remembers    bool // a remembered device skips the second factor here
	RenameAction string
	ForgetAction string
}

// Device is a browser that the person has signed in with.
type Device struct {
	ID         string
	Name       string // what the person calls it, or Browser
	Browser    string // "Firefox on Linux"
	Address    string
	Place      string
	FirstSeen  layout.Moment
	LastSeen   layout.Moment
	Remembered bool
	Current    bool
}

// HistoryProps of History. "This was not me" posts event and csrf to ReportAction.
type HistoryProps struct {
	Frame
	Events       []Event
	ReportAction string
	OlderURL     string // "" on the last page
	NewestURL    string // "" on the first page
}

// Event is one try at signing in.
type Event struct {
	ID       string
	OK       bool
	Outcome  string // in words: "Signed in", "Wrong password"
	When     layout.Moment
	Browser  string
	Address  string
	Place    string
	How      string // in words: "password, authenticator app"; "" when nothing was proven
	Risk     string // "low", "medium", "high", or "" for none
	Reasons  []string
	Reported bool // the person said that it was somebody else
	MayAsk   bool // offers "This was not me"
}

// ConnectionsProps of Connections. Connecting posts provider and csrf to
// ConnectAction, disconnecting provider, subject and csrf to DisconnectAction.
type ConnectionsProps struct {
	Frame
	Connections      []Connection
	Offers           []Offer // providers that are not connected
	Full             bool    // there is room for none of them
	ConnectAction    string
	DisconnectAction string
}

// Connection is an account elsewhere that signs the person in.
type Connection struct {
	Provider string // its name in the pool
	Subject  string // who the person is there
	Type     string // the provider's; "" when it is gone
	Who      string // the address or name there; "" when it said none
	Since    layout.Moment
	LastUsed layout.Moment
	Last     bool // the last way in: it stays
	Off      bool // it signs nobody in now
}

// id names the connection on the page: by a sum, for a subject may be anything.
func (c Connection) id() string {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(c.Provider + "\x00" + c.Subject)) // never fails
	return "connection-" + strconv.FormatUint(sum.Sum64(), 36)
}

// Offer is a provider that could be connected.
type Offer struct{ Provider, Type string }

// AppsProps of Apps. Disconnecting posts client and csrf to Action.
type AppsProps struct {
	Frame
	Apps   []App
	Action string
}

// App is an app that may be given tokens for the person.
type App struct {
	Client   string
	Name     string
	Gets     gets.Props
	Since    layout.Moment
	LastUsed layout.Moment
	Allowed  layout.Moment // zero when the person was not asked
}

// ApprovalsProps of Approvals. Answering posts approval, answer ("allow" or "deny")
// and csrf to Action.
type ApprovalsProps struct {
	Frame
	Approvals []Approval
	Action    string
}

// Approval is what an app asks for by its server.
type Approval struct {
	ID      string
	App     string
	Message string // the app's own words, which the person compares; or ""
	Gets    gets.Props
	Asked   layout.Moment
	Until   layout.Moment
	Address string // whence it was asked
	Place   string
}

// DataProps of Data. The form posts csrf to Action, which answers a file.
type DataProps struct {
	Frame
	Action string
}

// DeleteProps of Delete. The form posts password (where it is needed) and csrf
// to Action.
type DeleteProps struct {
	Frame
	Action       string
	NeedPassword bool
	GraceDays    int // 0 deletes at once
}

// LeavingProps of Leaving. Both forms post csrf and request.
type LeavingProps struct {
	layout.Page
	Name        string
	On          layout.Moment // when the account goes
	KeepAction  string
	LeaveAction string
}

// GoodbyeProps of Goodbye.
type GoodbyeProps struct {
	layout.Page
	GraceDays int
	SignInURL string
}
