package identity

import (
	"errors"
	"slices"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// deed is one audited change to an account.
type deed struct {
	Action  string
	Client  ClientID
	Session string
	Origin  Origin
	Detail  map[string]string
}

// record writes that a change was made.
func (c *Core) record(w storage.Writer, u *User, d deed) error {
	return audit.Write(w, c.deedEvent(u, d, audit.OK, ""))
}

// recordFailure writes that a change was refused.
func (c *Core) recordFailure(w storage.Writer, u *User, d deed, code Code) error {
	return audit.Write(w, c.deedEvent(u, d, audit.Refused, string(code)))
}

func (c *Core) deedEvent(u *User, d deed, outcome, reason string) audit.Event {
	a := attempt{PoolID: u.PoolID, ClientID: d.Client}
	if !u.isGhost() {
		a.UserID = u.ID
	}
	return c.event(d.Action, outcome, a, d.Origin, func(e *audit.Event) {
		e.Session, e.Reason, e.Detail = d.Session, reason, d.Detail
	})
}

// wrongAnswers are the refusals that count as a failed sign-in of their person.
var wrongAnswers = []Code{IncorrectPassword, CodeMismatch, PasskeyRefused}

func (c *Core) recordRefusal(w storage.Writer, a attempt, o Origin, code Code) error {
	if slices.Contains(wrongAnswers, code) {
		if err := errors.Join(c.noteFailure(w, a, o, code), c.press(w, a.PoolID, o)); err != nil {
			return err
		}
	}
	return audit.Write(w, c.event("sign_in", audit.Refused, a, o, func(e *audit.Event) { e.Reason = string(code) }))
}

// event fills what every audit entry about an attempt carries.
func (c *Core) event(action, outcome string, a attempt, o Origin, more func(*audit.Event)) audit.Event {
	e := audit.Event{
		At: c.Now(), Pool: string(a.PoolID), Client: string(a.ClientID), User: string(a.UserID),
		Action: action, Outcome: outcome, UserAgent: o.UserAgent, Request: o.Request, Address: o.addressText(),
	}
	more(&e)
	return e
}
