package identity

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/risk"
	"poolhouse.dev/storage"
)

// SignInEvent is one sign-in, or the try of one (Cognito AuthEventType).
type SignInEvent struct {
	PoolID    PoolID    `json:"user_pool_id"`
	UserID    UserID    `json:"sub"`
	ID        string    `json:"event_id"`
	At        time.Time `json:"creation_date"`
	Response  string    `json:"event_response"`   // Pass, Fail, InProgress
	Reason    Code      `json:"reason,omitempty"` // why it failed
	ClientID  ClientID  `json:"client_id,omitempty"`
	Provider  string    `json:"provider_name,omitempty"` // who vouched, for FactorExternal
	Factors   []Factor  `json:"factors,omitempty"`       // what was proven
	Address   string    `json:"address,omitempty"`
	UserAgent string    `json:"user_agent,omitempty"`
	Country   string    `json:"country,omitempty"`
	City      string    `json:"city,omitempty"`
	Latitude  float64   `json:"latitude,omitempty"`
	Longitude float64   `json:"longitude,omitempty"`
	Located   bool      `json:"located,omitempty"` // the coordinates mean something
	Risk      Risk      `json:"risk"`
	Feedback  string    `json:"feedback,omitempty"` // FeedbackInvalid, FeedbackValid
	// FeedbackBy is who gave it, "" for its person; FeedbackAt is when, where it is known.
	FeedbackBy string    `json:"feedback_by,omitempty"`
	FeedbackAt time.Time `json:"feedback_at,omitzero"`
}

// network answers where the event came from, as risk compares it.
func (e *SignInEvent) network() string {
	a, err := netip.ParseAddr(e.Address)
	if err != nil {
		return ""
	}
	return risk.NetworkOf(a)
}

// The outcomes of events (Cognito EventResponseType).
const (
	eventPass    = "Pass"
	eventFail    = "Fail"
	eventPending = "InProgress" // a way in was proven, the second factor not
	// FeedbackInvalid marks an event that its person or an administrator disowned,
	// FeedbackValid one that was theirs (Cognito FeedbackValueType).
	FeedbackInvalid = "Invalid"
	FeedbackValid   = "Valid"
	// FeedbackByAdmin is FeedbackBy of what an administrator said.
	FeedbackByAdmin = "Admin"
)

// ChallengeResult is what came of one challenge of a sign-in.
type ChallengeResult struct {
	Challenge string `json:"challengeName"`     // Password, Mfa (Cognito ChallengeName)
	Response  string `json:"challengeResponse"` // Success, Failure
}

// Challenges answers what was proven, and what failed, each once.
func (e *SignInEvent) Challenges() []ChallengeResult {
	all := []ChallengeResult{}
	for _, f := range e.Factors {
		one := ChallengeResult{"Mfa", "Success"}
		if f == FactorPassword {
			one.Challenge = "Password"
		}
		if !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	switch e.Reason {
	case IncorrectPassword:
		all = append(all, ChallengeResult{"Password", "Failure"})
	case CodeMismatch, PasskeyRefused, PasskeyUnknown:
		all = append(all, ChallengeResult{"Mfa", "Failure"})
	}
	return all
}

// eventMemory is how long sign-ins are kept.
const eventMemory = 90 * 24 * time.Hour

var signInEvents = storage.Collection[SignInEvent]{
	Name: "sign_in_event", Format: 1,
	ID: func(e *SignInEvent) []any { return []any{string(e.PoolID), string(e.UserID), e.ID} },
	Indexes: []storage.Index[SignInEvent]{
		{Name: "user", Of: func(e *SignInEvent) []any { return []any{string(e.PoolID), string(e.UserID), e.At} }},
		{Name: "at", Of: func(e *SignInEvent) []any { return []any{e.At} }},
	},
}

func eventsOf(pool PoolID, user UserID) storage.Page {
	return storage.Page{Index: "user", Prefix: []any{string(pool), string(user)}, Reverse: true}
}

// pastSignIns answers the sign-ins that passed and were not disowned, newest first.
func (c *Core) pastSignIns(r storage.Reader, pool PoolID, user UserID) ([]SignInEvent, error) {
	page := eventsOf(pool, user)
	page.Limit = pastLooked
	all, err := signInEvents.List(r, page)
	return filter(all, func(e SignInEvent) bool { return e.Response == eventPass && e.Feedback != FeedbackInvalid }), err
}

// noteEvent keeps the outcome of an attempt; code "" is a pass. Risky ones are
// told to the person where the pool says so.
func (c *Core) noteEvent(w storage.Writer, s *standing, a attempt, o Origin, code Code) error {
	if s.user.isGhost() || s.pool.securityMode() == "OFF" {
		return nil
	}
	e, told := c.eventOf(a, o, code), a.Event != ""
	if told {
		begun, err := signInEvents.Get(w, string(e.PoolID), string(e.UserID), a.Event)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		e.ID, e.Feedback, e.FeedbackBy, e.FeedbackAt = a.Event, begun.Feedback, begun.FeedbackBy, begun.FeedbackAt
	}
	if err := errors.Join(signInEvents.Put(w, e), c.exportSignIn(w, &s.pool, &e, o.Request)); err != nil {
		return err
	}
	if told || !e.Risk.Notify || code != "" && code != SignInBlocked {
		return nil
	}
	return c.tellRisky(w, &s.pool, &s.user, e, o)
}

// noteHalfway keeps that somebody has come as far as the second factor, and
// tells the person where the pool says so: whoever stops there may have stolen
// the password. The end of the attempt is written over it.
func (c *Core) noteHalfway(w storage.Writer, s *standing, a *attempt, o Origin) error {
	if a.Event != "" || s.user.isGhost() || s.pool.securityMode() == "OFF" {
		return nil
	}
	e := c.eventOf(*a, o, "")
	e.Response, a.Event = eventPending, e.ID
	if err := errors.Join(signInEvents.Insert(w, e), c.exportSignIn(w, &s.pool, &e, o.Request)); err != nil || !e.Risk.Notify {
		return err
	}
	return c.tellRisky(w, &s.pool, &s.user, e, o)
}

// noteFailure keeps a wrong answer, and that somebody was tried from here.
func (c *Core) noteFailure(w storage.Writer, a attempt, o Origin, code Code) error {
	p, err := pools.Get(w, string(a.PoolID))
	if err != nil || p.securityMode() == "OFF" {
		return err
	}
	if a.UserID == "" {
		return c.noteUse(w, p.ID, hashOf(looseName(&p, a.Identifier)), o)
	}
	if err := c.noteUse(w, p.ID, string(a.UserID), o); err != nil {
		return err
	}
	e := c.eventOf(a, o, code) // beside the attempt's own: it may yet succeed
	return errors.Join(signInEvents.Insert(w, e), c.exportSignIn(w, &p, &e, o.Request))
}

func (c *Core) eventOf(a attempt, o Origin, code Code) SignInEvent {
	place := c.Places.Of(o.Address)
	e := SignInEvent{
		PoolID: a.PoolID, UserID: a.UserID, ID: uuid.NewString(), At: c.Now(), Response: eventPass, Reason: code, ClientID: a.ClientID, Provider: a.Provider,
		Factors: a.Proven, UserAgent: o.UserAgent, Country: place.Country, City: place.City, Latitude: place.Latitude, Longitude: place.Longitude, Located: place.Located,
		Risk: Risk{Level: risk.None.String()}, Address: o.addressText(),
	}
	if code != "" {
		e.Response = eventFail
	}
	if a.Risk != nil {
		e.Risk = *a.Risk
	}
	return e
}

// tellRisky writes to the person, with a link to say that it was not them.
func (c *Core) tellRisky(w storage.Writer, p *Pool, u *User, e SignInEvent, o Origin) error {
	to, ok := noticeAddress(u)
	if !ok {
		return nil
	}
	_, link, err := c.issueCode(w, codeKey{Pool: u.PoolID, User: u.ID, Purpose: PurposeNotMe, Flow: AttemptID(e.ID)}, to)
	if err != nil {
		return err
	}
	return c.tell(w, u, letter{
		Kind: message.RiskySignIn, Cause: message.CauseTakeover, Client: e.ClientID, To: to, Base: o.Base,
		Data: map[string]string{
			"at": e.At.UTC().Format(time.RFC3339), "user_agent": o.UserAgent, "address": e.Address, "country": e.Country, "city": e.City, "response": e.Response,
			"action": e.Risk.Action, "event": e.ID, "username": shownName(p, u, to),
		},
		Secrets: map[string]string{"link": link},
	})
}

// History is what people and administrators see of past sign-ins.
type History struct{ *Core }

// List answers the person's sign-ins, newest first, at most page.Limit; next
// asks for those after, and is nil at the end.
func (h *History) List(ctx context.Context, auth Authentication, page Page) (events []SignInEvent, next []byte, err error) {
	const op = "History.List"
	err = h.Store.View(ctx, func(r storage.Reader) error {
		m, err := h.mine(r, op, auth)
		if err != nil {
			return err
		}
		events, next, err = h.eventPage(r, op, m.user, page)
		return err
	})
	return events, next, err
}

func (c *Core) eventPage(r storage.Reader, op string, u User, page Page) ([]SignInEvent, []byte, error) {
	of := page.of("user", string(u.PoolID), string(u.ID))
	of.Reverse = true
	events, next, err := signInEvents.ListPage(r, of)
	return events, next, badCursor(op, err)
}

// NotMe takes the person's word that a sign-in was somebody else's: all other
// sessions end, no browser is known any more, the factors that came with or after
// it go, and the event counts as foreign. The password stays; the page asks to
// change it.
func (h *History) NotMe(ctx context.Context, auth Authentication, event string, o Origin) error {
	const op = "History.NotMe"
	return h.update(ctx, func(w storage.Writer) (*Error, error) {
		m, err := h.mine(w, op, auth)
		if err != nil {
			return nil, err
		}
		d := deed{Action: "disown_sign_in", Client: auth.client, Session: auth.session, Origin: o}
		if failed, err := h.disown(w, op, &m.user, event, d); err != nil || failed != nil {
			return failed, err
		}
		if err := h.endSessions(w, &m.user, auth.session); err != nil {
			return nil, err
		}
		return nil, h.record(w, &m.user, d)
	})
}

// disown marks the event and forgets every browser: one of them was used.
func (c *Core) disown(w storage.Writer, op string, u *User, event string, d deed) (*Error, error) {
	e, err := signInEvents.Get(w, string(u.PoolID), string(u.ID), event)
	if errors.Is(err, storage.ErrNotFound) {
		return refuse(op, ResourceNotFound), nil
	}
	if err != nil {
		return nil, err
	}
	e.Feedback, e.FeedbackBy, e.FeedbackAt = FeedbackInvalid, "", c.Now()
	if err := signInEvents.Put(w, e); err != nil {
		return nil, err
	}
	if d.Action = "remove_factor"; e.Response == eventPass {
		if err := c.removeSince(w, u, e.At.Add(-onTheWayIn), d); err != nil {
			return nil, err
		}
	}
	return nil, removeBrowsers(w, u)
}

// onTheWayIn is how much older than a sign-in a factor may be that was set up in
// the middle of it.
const onTheWayIn = time.Minute

// removeSince removes the ways in that were added from a moment on: whoever
// signed in then may have left one for later. The owner is told of each.
func (c *Core) removeSince(w storage.Writer, u *User, from time.Time, d deed) error {
	has, err := c.possessionsOf(w, u)
	if err != nil {
		return err
	}
	for _, k := range has.keys {
		if k.CreatedAt.Before(from) {
			continue
		}
		if err := c.remove(w, u, FactorPasskey, k.ID, d); err != nil {
			return err
		}
	}
	if len(has.app.Secret) > 0 && !has.app.ChangedAt.Before(from) {
		if err := c.remove(w, u, FactorTOTP, "", d); err != nil {
			return err
		}
	}
	if len(has.recovery.Codes) > 0 && !has.recovery.CreatedAt.Before(from) {
		if err := recoverySets.Delete(w, string(u.PoolID), string(u.ID)); err != nil {
			return err
		}
	}
	return c.unjoinSince(w, u, from)
}

// unjoinSince takes off the providers that were joined from a moment on.
func (c *Core) unjoinSince(w storage.Writer, u *User, from time.Time) error {
	joined, err := identitiesOf(w, u)
	if err != nil {
		return err
	}
	for _, i := range joined {
		if i.Primary || i.CreatedAt.Before(from) {
			continue
		}
		if err := identities.Delete(w, string(i.PoolID), i.Provider, i.Subject); err != nil {
			return err
		}
	}
	return nil
}

// NotMeByLink does the same by the link of the mail, for somebody who need not
// be signed in: all sessions end, and a password must be set anew.
func (h *History) NotMeByLink(ctx context.Context, pool PoolID, link string, o Origin) error {
	const op = "History.NotMeByLink"
	return h.update(ctx, func(w storage.Writer) (*Error, error) {
		k, failed, err := h.followLink(w, op, pool, link)
		if err == nil && failed == nil && k.Purpose != PurposeNotMe {
			failed = refuse(op, CodeExpired)
		}
		if err != nil || failed != nil {
			return failed, err
		}
		u, err := getUser(w, pool, k.UserID)
		if errors.Is(err, storage.ErrNotFound) {
			return refuse(op, CodeExpired), nil
		}
		if err != nil {
			return nil, err
		}
		d := deed{Action: "disown_sign_in", Origin: o}
		if failed, err := h.disown(w, op, &u, string(k.Flow), d); err != nil || failed != nil {
			return failed, err
		}
		if failed, err := h.useCode(w, op, k); err != nil || failed != nil {
			return failed, err
		}
		return nil, h.lockOut(w, &u, d)
	})
}

// lockOut ends everything the account has open. Whoever knows the password by
// now must not get in with it again.
func (c *Core) lockOut(w storage.Writer, u *User, d deed) error {
	cred, err := c.passwordOf(w, *u)
	if err != nil {
		return err
	}
	if cred.Hash != "" && u.Status == Confirmed {
		u.Status = ResetRequired
	}
	if err := c.signOutEverywhere(w, u); err != nil {
		return err
	}
	u.ModifiedAt = c.Now()
	if err := users.Put(w, *u); err != nil {
		return err
	}
	return c.record(w, u, d)
}
