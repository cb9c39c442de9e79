package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// defaultAttemptLife is how long an attempt may take when the client does not
// say (Cognito AuthSessionValidity is 3 to 15 minutes; the baseline's flow cookie 15).
const defaultAttemptLife = 15 * time.Minute

// longestTyped is what an attempt keeps of the name that was typed, in bytes. No
// name is that long, and anybody may open attempts.
const longestTyped = 512

// Start opens an attempt.
type Start struct {
	Pool       PoolID
	Client     ClientID // "" for the account pages
	Channel    Channel
	Identifier string // as typed: a username, address or number
	Origin     Origin
}

// Reply answers the challenge an attempt asked last.
type Reply struct {
	Attempt AttemptID
	Channel Channel
	Answer  Answer
	Origin  Origin
}

// Begin opens an attempt for the name that was typed. An unknown name gets one
// too; it fails like a wrong password.
func (s *SignIn) Begin(ctx context.Context, st Start) (Step, error) {
	const op = "SignIn.Begin"
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		pool, _, err := s.reopen(w, op, st.Pool, st.Client)
		if err != nil {
			return Step{}, nil, err
		}
		u, err := s.findUser(w, &pool, st.Identifier)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return Step{}, nil, err
		}
		return s.advance(w, op, pool, attempt{
			PoolID: st.Pool, ClientID: st.Client, Channel: st.Channel, Identifier: st.Identifier, UserID: u.ID,
		}, st.Origin)
	})
}

// Respond checks an answer and says what comes next. A refusal leaves the
// attempt open for another try unless its code is AttemptExpired.
func (s *SignIn) Respond(ctx context.Context, r Reply) (Step, error) {
	const op = "SignIn.Respond"
	a, err := s.openReply(ctx, op, r)
	if err != nil {
		return Step{}, err
	}
	switch reply := r.Answer.(type) {
	case PasswordAnswer:
		return s.respondPassword(ctx, op, a, reply, r.Origin)
	case NewPasswordAnswer:
		return s.respondNewPassword(ctx, op, a, reply, r.Origin)
	case ConfirmAnswer:
		return s.respondConfirm(ctx, op, a, reply, r.Origin)
	}
	return Step{}, refuse(op, WrongAnswer)
}

// Look answers what an attempt asks now, for a reloaded page. It changes nothing.
func (s *SignIn) Look(ctx context.Context, id AttemptID, channel Channel) (Step, error) {
	const op = "SignIn.Look"
	var step Step
	err := s.Store.View(ctx, func(r storage.Reader) error {
		a, failed, err := s.loadAttempt(r, op, id, channel)
		if err != nil || failed != nil {
			return either(failed, err)
		}
		step, err = s.show(r, a)
		return err
	})
	return step, err
}

// openReply loads the attempt and holds the answer against what it asks.
func (s *SignIn) openReply(ctx context.Context, op string, r Reply) (attempt, error) {
	var a attempt
	err := s.Store.View(ctx, func(rd storage.Reader) (err error) {
		var failed *Error
		a, failed, err = s.loadAttempt(rd, op, r.Attempt, r.Channel)
		return either(failed, err)
	})
	if err != nil {
		return attempt{}, err
	}
	if r.Answer == nil || r.Answer.answers() != a.Ask {
		return attempt{}, refuse(op, WrongAnswer)
	}
	return a, nil
}

// loadAttempt finds a live attempt on its own channel; anywhere else it is unknown.
func (s *SignIn) loadAttempt(r storage.Reader, op string, id AttemptID, channel Channel) (attempt, *Error, error) {
	a, err := attempts.Get(r, string(id))
	if errors.Is(err, storage.ErrNotFound) {
		return attempt{}, refuse(op, AttemptExpired), nil
	}
	if err != nil {
		return attempt{}, nil, fmt.Errorf("attempt: %w", err)
	}
	if a.Finished || a.Channel != channel || !s.Now().Before(a.ExpiresAt) {
		return attempt{}, refuse(op, AttemptExpired), nil
	}
	return a, nil, nil
}

// again re-reads the attempt inside the recording transaction: it must still
// ask what was answered, and what it proved must still be true.
func (s *SignIn) again(r storage.Reader, op string, seen attempt) (attempt, *Error, error) {
	a, failed, err := s.loadAttempt(r, op, seen.ID, seen.Channel)
	if err != nil || failed != nil {
		return a, failed, err
	}
	stale, err := s.provenBefore(r, a)
	if stale || a.Ask != seen.Ask {
		failed = refuse(op, AttemptExpired)
	}
	return a, failed, err
}

// provenBefore says that the password changed since the attempt proved it. A
// reset took the account from whoever knew the password before.
func (s *SignIn) provenBefore(r storage.Reader, a attempt) (bool, error) {
	if len(a.Proven) == 0 || a.UserID == "" {
		return false, nil
	}
	cred, err := s.passwordOf(r, User{PoolID: a.PoolID, ID: a.UserID})
	return cred.ChangedAt.After(a.CreatedAt), err
}

// openAttempt gives a new attempt its id and its life and stores it.
func (c *Core) openAttempt(w storage.Writer, a attempt) (attempt, error) {
	if a.ID != "" {
		return a, attempts.Put(w, a)
	}
	if len(a.Identifier) > longestTyped {
		a.Identifier = strings.ToValidUTF8(a.Identifier[:longestTyped], "")
	}
	life := defaultAttemptLife
	if a.ClientID != "" {
		cl, err := clients.Get(w, string(a.PoolID), string(a.ClientID))
		if err != nil {
			return a, fmt.Errorf("client: %w", err)
		}
		if cl.AuthSessionValidity > 0 {
			life = time.Duration(cl.AuthSessionValidity) * time.Minute
		}
	}
	a.ID, a.CreatedAt = AttemptID(otp.NewToken()), c.Now()
	a.ExpiresAt = a.CreatedAt.Add(life)
	return a, attempts.Insert(w, a)
}

// advance asks decide what comes next and records it. a need not be stored yet.
func (c *Core) advance(w storage.Writer, op string, p Pool, a attempt, o Origin) (Step, *Error, error) {
	u, f, err := c.gather(w, p, a)
	if err != nil {
		return Step{}, nil, err
	}
	v := decide(f)
	switch {
	case v.Refuse != "":
		return Step{}, refuse(op, v.Refuse), c.recordRefusal(w, a, o, v.Refuse)
	case v.Done:
		done, err := c.finish(w, a, u, o)
		return Step{Attempt: a.ID, Done: done}, nil, err
	}
	a.Ask = v.Ask
	if a.Ask == AskConfirmSignUp {
		if a.Delivery, err = c.ensureSignUpCode(w, p, u, a, o); err != nil {
			return Step{}, nil, err
		}
	}
	if a, err = c.openAttempt(w, a); err != nil {
		return Step{}, nil, err
	}
	step, err := c.show(w, a)
	return step, nil, err
}

// gather reads the facts about an attempt's person.
func (c *Core) gather(r storage.Reader, p Pool, a attempt) (User, facts, error) {
	f := facts{Proven: a.Proven, Required: required(p)}
	if a.UserID == "" {
		return User{}, f, nil
	}
	u, err := users.Get(r, string(a.PoolID), string(a.UserID))
	if errors.Is(err, storage.ErrNotFound) {
		return User{}, f, nil
	}
	if err != nil {
		return User{}, f, fmt.Errorf("user: %w", err)
	}
	cred, err := c.passwordOf(r, u)
	if err != nil {
		return User{}, f, err
	}
	f.Known, f.Disabled, f.Status = true, u.Disabled, u.Status
	f.Confirmable = confirmable(&p, &u)
	f.TemporaryExpired = !cred.ExpiresAt.IsZero() && !c.Now().Before(cred.ExpiresAt)
	return u, f, nil
}

// show prints what the attempt asks.
func (c *Core) show(r storage.Reader, a attempt) (Step, error) {
	ch := &Challenge{Name: a.Ask, Identifier: a.Identifier, Delivery: a.Delivery}
	if a.Ask == AskNewPassword {
		p, err := pools.Get(r, string(a.PoolID))
		if err != nil {
			return Step{}, fmt.Errorf("pool: %w", err)
		}
		u, err := getUser(r, a.PoolID, a.UserID)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return Step{}, err
		}
		ch.Missing = missingRequired(&p, &u)
	}
	return Step{Attempt: a.ID, Challenge: ch}, nil
}

// finish turns a proven attempt into a signed-in browser.
func (c *Core) finish(w storage.Writer, a attempt, u User, o Origin) (*SignedIn, error) {
	key, err := c.tallyKey(w, a, o, "")
	if err != nil {
		return nil, err
	}
	if err := c.forgive(w, a.PoolID, key); err != nil {
		return nil, err
	}
	if a.ID != "" {
		a.Finished = true
		if err := attempts.Put(w, a); err != nil {
			return nil, err
		}
	}
	browser, err := c.rememberBrowser(w, u, o)
	if err != nil {
		return nil, err
	}
	session, cookie, err := c.openSession(w, a, u, o)
	if err != nil {
		return nil, err
	}
	err = audit.Write(w, c.event("sign_in", audit.OK, a, o, func(e *audit.Event) { e.Session = session.ID }))
	return &SignedIn{Auth: session.authentication(), Cookie: cookie, Browser: browser}, err
}

// rememberBrowser makes the browser a known one; the answer is a new secret
// for its cookie, or "" when it has one.
func (c *Core) rememberBrowser(w storage.Writer, u User, o Origin) (string, error) {
	secret, fresh := o.Browser, ""
	if secret == "" {
		secret = otp.NewToken()
		fresh = secret
	}
	b := knownBrowser{PoolID: u.PoolID, UserID: u.ID, Hash: hashOf(secret), LastSeen: c.Now()}
	return fresh, knownBrowsers.Put(w, b)
}
