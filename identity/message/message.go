// Package message takes what people are told, codes and notices, from the
// transaction that causes it to their mailbox or phone, and what apps are told
// to the address that they named.
//
// A message is put in the outbox with the deed, and sent afterwards by a
// Sender, which tries again until the other side takes it. Delivery is at least
// once: when a process dies between the hand-over and its own note of it, the
// message is sent twice, with the same Message-ID (RFC 5322 §3.6.4) or
// Idempotency-Key.
//
// Documents: RFC 5321 and RFC 6409 (submission), RFC 5322 (format), RFC 8314
// (TLS), RFC 3834 (automatic mail), ITU-T E.164 (numbers).
package message

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"poolhouse.dev/storage"
)

// Kinds of message; views/email has the words for each.
const (
	SignUp          = "sign_up"
	ResendCode      = "resend_code"
	ForgotPassword  = "forgot_password"
	AdminCreateUser = "admin_create_user"
	AttributeChange = "attribute_change" // verify a new address
	AccountExists   = "account_exists"
	PasswordChanged = "password_changed"
	AddressChanged  = "address_changed"
	UserDeleted     = "user_deleted"
	DeletionPlanned = "deletion_planned" // and how to keep the account
	SignInCode      = "sign_in_code"     // code and link to sign in with
	MFACode         = "mfa_code"         // code of a second factor, or to set one up
	FactorAdded     = "factor_added"
	FactorRemoved   = "factor_removed"
	RecoveryUsed    = "recovery_code_used"
	RecoveryMade    = "recovery_codes_made"
	RiskySignIn     = "risky_sign_in"  // with a link to say that it was somebody else
	ApprovalAsked   = "approval_asked" // an app asks for something; the account pages say what
	RecoveryLink    = "recovery_link"  // a way back in that an administrator sent
)

// Kinds lists every kind, for the tests that hold the words.
func Kinds() []string {
	return []string{
		SignUp, ResendCode, ForgotPassword, AdminCreateUser, AttributeChange,
		AccountExists, PasswordChanged, AddressChanged, UserDeleted, DeletionPlanned,
		SignInCode, MFACode, FactorAdded, FactorRemoved, RecoveryUsed, RecoveryMade, RiskySignIn, RecoveryLink, ApprovalAsked,
	}
}

// Kinds of calls to apps; whoever puts one in has the words for it.
const (
	BackchannelLogout = "backchannel_logout"
	CIBAPing          = "ciba_ping" // what an app asked somebody for has been answered
)

// LogEntry is the kind of an entry of a pool's log delivery, and EntryData the member
// of Data that has its words.
const (
	LogEntry  = "log_entry"
	EntryData = "entry"
)

// Causes are what a message with a code or a temporary password is sent for, by
// Cognito's names of trigger sources: CustomMessage_SignUp. A message without one is
// no business of a trigger's.
const (
	CauseSignUp         = "SignUp"
	CauseResend         = "ResendCode" // of a sign-up
	CauseForgotPassword = "ForgotPassword"
	CauseInvitation     = "AdminCreateUser"
	CauseUpdate         = "UpdateUserAttribute" // an address has changed
	CauseVerify         = "VerifyUserAttribute" // a code for an address was asked for
	CauseAuthentication = "Authentication"
	CauseTakeover       = "AccountTakeOverNotification" // no code; of mails alone
)

// Causes lists every cause.
func Causes() []string {
	return []string{
		CauseSignUp, CauseResend, CauseForgotPassword, CauseInvitation, CauseUpdate, CauseVerify, CauseAuthentication, CauseTakeover,
	}
}

// Channels.
const (
	Email = "email"
	SMS   = "sms"
	App   = "app" // a call to an app: To is a URL, and Content.Text is posted there
	Log   = "log" // an entry of a pool's log delivery: To is an ARN, and Data has the entry
)

// States. A stuck message is kept and shown until somebody retries it.
const (
	Waiting = "waiting"
	Sent    = "sent"
	Stuck   = "stuck"
)

// Message is one message to one person or app, before anybody has put it in words.
type Message struct {
	ID        string            `json:"id"` // sorts by time
	Kind      string            `json:"kind"`
	Cause     string            `json:"cause,omitempty"` // one of Causes
	Pool      string            `json:"pool"`
	Client    string            `json:"client,omitempty"`
	User      string            `json:"user,omitempty"`
	Channel   string            `json:"channel"`
	To        string            `json:"to"`
	Locale    string            `json:"locale,omitempty"`
	Base      string            `json:"base,omitempty"`   // scheme and host of the page that asked for it
	Data      map[string]string `json:"data,omitempty"`   // forgotten once it is sent
	Words     *Words            `json:"words,omitempty"`  // in place of ours; forgotten too
	Told      map[string]string `json:"told,omitempty"`   // what the app sent along for a custom sender; forgotten too
	Secret    storage.Sealed    `json:"secret,omitempty"` // JSON object of code, link, password; forgotten too
	CreatedAt time.Time         `json:"created_at"`
	Since     time.Time         `json:"since"` // patience counts from here
	NextTry   time.Time         `json:"next_try"`
	SentAt    time.Time         `json:"sent_at,omitzero"`
	Attempts  int               `json:"attempts,omitempty"`
	LastError string            `json:"last_error,omitempty"`
	State     string            `json:"state"`
	Claim     string            `json:"claim,omitempty"` // the try that has it in hand until NextTry
}

var messages = storage.Collection[Message]{
	Name: "message", Format: 1,
	ID: func(m *Message) []any { return []any{m.ID} },
	Indexes: []storage.Index[Message]{
		{Name: "due", Of: func(m *Message) []any {
			if m.State != Waiting {
				return nil
			}
			return []any{m.Channel, m.NextTry}
		}},
		{Name: "state", Of: func(m *Message) []any { return []any{m.State, m.CreatedAt} }},
		{Name: "app_stuck", Of: func(m *Message) []any {
			if m.Channel != App && m.Channel != Log || m.State != Stuck {
				return nil
			}
			return []any{m.CreatedAt}
		}},
	},
}

// New answers a message that is due at once. The caller fills in the rest.
func New(now time.Time, kind string) Message {
	now = now.UTC()
	return Message{ID: newID(now), Kind: kind, Channel: Email, State: Waiting, CreatedAt: now, Since: now, NextTry: now}
}

func newID(now time.Time) string {
	var raw [8]byte
	rand.Read(raw[:])
	return fmt.Sprintf("%016x", now.UnixNano()) + hex.EncodeToString(raw[:])
}

// Outbox is where messages wait.
type Outbox struct {
	Store  storage.Store
	Sealer *storage.Sealer
}

// SealSecrets puts codes and links into the message, sealed to its ID.
func (o Outbox) SealSecrets(m *Message, secrets map[string]string) error {
	sealed, err := sealSecrets(o.Sealer, m.ID, secrets)
	m.Secret = sealed
	return err
}

// Put keeps a message made by New, in the caller's transaction. Wake the Sender
// once that is through.
func (Outbox) Put(w storage.Writer, m Message) error {
	switch {
	case m.ID == "" || m.Kind == "" || m.State != Waiting:
		return errors.New("message: made without New")
	case m.Channel != Email && m.Channel != SMS && m.Channel != App && m.Channel != Log:
		return fmt.Errorf("message: no channel %q", m.Channel)
	case m.To == "" || hasControl(m.To):
		return errors.New("message: not an address")
	}
	return messages.Insert(w, m)
}

// Pretend does the work of Put for a message that goes to nobody, and keeps
// nothing: how long an answer takes must not tell whether somebody is written to.
func (o Outbox) Pretend(w storage.Writer, m Message) error {
	m.To = "nobody@example.invalid"
	if err := o.Put(w, m); err != nil {
		return err
	}
	return messages.Delete(w, m.ID)
}

// hasControl finds line breaks and their like, by which one header becomes two.
func hasControl(text string) bool { return strings.ContainsFunc(text, unicode.IsControl) }

// Sweep removes sent messages from before a time, in transactions of bounded
// size, and answers how many there were. What waits or is stuck stays; but calls
// to apps, which mean nothing so long after, go when they are stuck, too.
func Sweep(ctx context.Context, s storage.Store, before time.Time) (int, error) {
	old := func(m *Message) bool { return m.CreatedAt.Before(before) }
	sent, failed := messages.Sweep(ctx, s, storage.Page{Index: "state", Prefix: []any{Sent}}, old)
	stuck, err := messages.Sweep(ctx, s, storage.Page{Index: "app_stuck"}, old)
	return sent + stuck, errors.Join(failed, err)
}
