package cognito

import "poolhouse.dev/identity"

// Key is one signing key; its private half stays in the store.
type Key struct {
	KeyID     string     `json:"KeyId"`
	Algorithm string     `json:"Algorithm"`
	State     string     `json:"State"` // next, active, old
	CreatedAt *Timestamp `json:"CreatedAt,omitempty"`
	UseFrom   *Timestamp `json:"UseFrom,omitempty"`
	DropAt    *Timestamp `json:"DropAt,omitempty"`
}

// ListKeysResponse is the output of ListKeys.
type ListKeysResponse struct {
	Keys []Key `json:"Keys"`
}

// How RotateKeys brings in the next key. By default it signs at once, and the
// one before stays published until its last token has ended.
const (
	RotatePrepare = "PREPARE" // publish it today, sign with it a day later
	RotateLeaked  = "LEAKED"  // forget the keys so far: their tokens end with them
)

// RotateKeysRequest is the input of RotateKeys.
type RotateKeysRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Algorithm  string          `json:"Algorithm,omitempty"` // "" is RS256
	Mode       string          `json:"Mode,omitempty"`
}

// RotateKeysResponse is its output.
type RotateKeysResponse struct {
	Key Key `json:"Key"`
}

// Message is one message in the outbox, without its codes and links.
type Message struct {
	ID        string     `json:"Id"`
	Kind      string     `json:"Kind"`
	Channel   string     `json:"Channel"`
	To        string     `json:"To"`
	State     string     `json:"State"`
	Attempts  int        `json:"Attempts"`
	LastError string     `json:"LastError,omitempty"`
	CreatedAt *Timestamp `json:"CreatedAt,omitempty"`
	NextTry   *Timestamp `json:"NextTry,omitempty"`
}

// ListMessagesRequest is the input of ListMessages.
type ListMessagesRequest struct {
	State string `json:"State,omitempty"` // waiting, stuck, sent; "" is waiting and stuck
}

// ListMessagesResponse is its output.
type ListMessagesResponse struct {
	Messages []Message `json:"Messages"`
}

// RetryMessageRequest is the input of RetryMessage.
type RetryMessageRequest struct {
	ID string `json:"Id"`
}

// ApplySettingsRequest is the input of ApplySettings: what a configuration file
// says. What it does not name stays as it is.
type ApplySettingsRequest struct {
	Pools  []PoolSettings `json:"Pools"`
	Assets []Asset        `json:"Assets,omitempty"`
	DryRun bool           `json:"DryRun,omitempty"`
}

// ApplySettingsResponse is its output.
type ApplySettingsResponse struct {
	Changes []Change `json:"Changes"`
	Extra   []string `json:"Extra,omitempty"` // what the store has and the request does not name
}

// Change is one difference between the settings and the store.
type Change struct {
	Action string `json:"Action"` // create, update
	What   string `json:"What"`   // pool local_main, client web in local_main
	Field  string `json:"Field,omitempty"`
	From   string `json:"From,omitempty"`
	To     string `json:"To,omitempty"`
}
