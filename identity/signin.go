package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// defaultAttemptLife is how long an attempt may take when the client does not
// say (Cognito AuthSessionValidity is 3 to 15 minutes; the baseline's flow cookie 15).
const defaultAttemptLife = 15 * time.Minute

// defaultSessionLife is the same for what an app asks and answers (Cognito's default).
const defaultSessionLife = 3 * time.Minute

// longestTyped is what an attempt keeps of the name that was typed, in bytes. No
// name is that long, and anybody may open attempts.
const longestTyped = 512

// shortened is what is kept of a text that anybody may send.
func shortened(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), longestTyped)], "")
}

// Start opens an attempt.
type Start struct {
	Pool       PoolID
	Client     ClientID // "" for the account pages
	Channel    Channel
	Identifier string // as typed: a username, address or number
	Prefer     Factor // the way in to begin with, if it is one; "" lets the person choose
	Twice      bool   // the app asks for two factors; nothing changes in a pool without second factors
	// Levels are how strongly the person is to sign in, the one that the app likes
	// best first: the first that they can reach is demanded (Cognito TARGET_ACR_VALUES).
	Levels  []Level
	Upgrade *Upgrade // with Levels: what an earlier sign-in proved counts
	API     bool     // an app asks and answers for the person; a client that may know who exists is told at once
	// Custom begins CUSTOM_AUTH: the pool's triggers make the way in. With Verifier
	// the app begins it with SRP_A: AskPassword then stands for PASSWORD_VERIFIER.
	Custom    bool
	Verifier  bool
	DeviceKey string // with API: the one that the app keeps, as a browser keeps a cookie
	Puzzle    PuzzleAnswer
	Origin    Origin
}

// Reply answers the challenge an attempt asked last.
type Reply struct {
	Attempt AttemptID
	Channel Channel
	// Turn is Step.Turn of the step that is answered, so that each step is answered
	// once; a wrong answer leaves it as it is. 0 answers whichever is due: a person
	// may have the same page open twice.
	Turn   int
	Answer Answer
	// Remember asks that this browser stand in for the second factor from now on.
	Remember bool
	// DeviceKey is the app's, which it may show with a later answer only. One that
	// is not known is refused once a way in is proven, as ResourceNotFound of
	// device_key, and then forgotten: the same answer is good without it.
	DeviceKey string
	Origin    Origin
}

// Begin opens an attempt for the name that was typed. An unknown name gets one
// too; it fails like a wrong password.
func (s *SignIn) Begin(ctx context.Context, st Start) (Step, error) {
	const op = "SignIn.Begin"
	if err := s.pass(ctx, entry{op, st.Pool, st.Client, DoorSignIn, st.Identifier, st.Puzzle, st.Origin}); err != nil {
		return Step{}, err
	}
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		pool, u, failed, err := s.mayBegin(w, op, &st)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		if err := s.askPreAuthentication(w, &pool, &u, st.Identifier, st.Client, st.Origin); err != nil {
			return Step{}, nil, err
		}
		a := st.attempt(u.ID)
		if failed, err := s.credit(w, op, &a, st.Upgrade); err != nil || failed != nil {
			return Step{}, failed, err
		}
		if err := s.recognise(w, &pool, &a, st.Origin); err != nil {
			return Step{}, nil, err
		}
		if failed, err := s.alreadyThere(w, op, pool, a); err != nil || failed != nil {
			return Step{}, failed, err
		}
		return s.advance(w, op, pool, a, st.Origin)
	})
}

// mayBegin refuses what is refused before anything is asked, and answers whose name
// was typed; the zero User for nobody's.
func (s *SignIn) mayBegin(w storage.Writer, op string, st *Start) (pool Pool, u User, failed *Error, err error) {
	pool, cl, err := s.reopen(w, op, st.Pool, st.Client)
	if err != nil {
		return pool, u, nil, err
	}
	if st.Custom && !cl.allowsCustom() {
		return pool, u, refuse(op, NotAllowed), nil
	}
	if failed := closedTo(op, &pool, st.Origin); failed != nil {
		return pool, u, failed, s.recordRefusal(w, attempt{PoolID: st.Pool, ClientID: st.Client}, st.Origin, failed.Code)
	}
	by := caller{pool: st.Pool, client: st.Client, origin: st.Origin}
	if failed, err := s.mayEnter(w, op, by, signInsByClient); err != nil || failed != nil {
		return pool, u, failed, err
	}
	if u, err = s.findUser(w, &pool, st.Identifier); err != nil && !errors.Is(err, storage.ErrNotFound) {
		return pool, u, nil, err
	}
	return pool, u, openRefusal(op, &cl, &u, !st.API || !u.isGhost() || s.migrates(&pool), UserNotFound), nil
}

// attempt is what the attempt begins with, for a user or for nobody.
func (st *Start) attempt(user UserID) attempt {
	a := attempt{
		PoolID: st.Pool, ClientID: st.Client, Channel: st.Channel, Identifier: st.Identifier, UserID: user, Chosen: st.Prefer, Twice: st.Twice, API: st.API,
		DeviceKey: shortened(st.DeviceKey), Custom: st.Custom, Levels: st.Levels,
	}
	if st.Custom && st.Verifier {
		a.Steps = []customStep{{Name: stepSRP, Result: true}}
	}
	return a
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
		return s.respondPassword(ctx, op, a, reply, r)
	case CustomAnswer:
		return s.respondCustom(ctx, op, a, reply, r)
	case DeviceAnswer:
		return s.respondDevice(ctx, op, a, reply, r)
	case SRPAnswer:
		return s.respondSRP(ctx, op, a, reply, r)
	case NewPasswordAnswer:
		return s.respondNewPassword(ctx, op, a, reply, r.Origin)
	case ConfirmAnswer:
		return s.respondConfirm(ctx, op, a, reply, r.Origin)
	case CodeAnswer:
		return s.respondCode(ctx, op, a, reply, r)
	case PasskeyAnswer:
		return s.respondPasskey(ctx, op, a, reply, r)
	case SetUpAnswer:
		return s.respondSetUp(ctx, op, a, reply, r.Origin)
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
	a, err := s.openTurn(ctx, op, stepOf{r.Attempt, r.Channel, r.Turn}, r.Origin)
	if err != nil {
		return attempt{}, err
	}
	if r.DeviceKey != "" && !slices.Contains(a.Proven, factorDevice) {
		a.DeviceKey = shortened(r.DeviceKey)
	}
	if r.Answer == nil || r.Answer.answers() != a.Ask {
		return attempt{}, refuse(op, WrongAnswer)
	}
	return a, nil
}

// stepOf names a step of an attempt; turn is 0 for whichever is due.
type stepOf struct {
	attempt AttemptID
	channel Channel
	turn    int
}

// openTurn loads the attempt at this step, unless the network is shut out.
func (s *SignIn) openTurn(ctx context.Context, op string, at stepOf, o Origin) (a attempt, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) (err error) {
		var failed *Error
		if a, failed, err = s.loadTurn(r, op, at); err != nil || failed != nil {
			return either(failed, err)
		}
		p, err := pools.Get(r, string(a.PoolID))
		if err != nil {
			return err
		}
		return either(closedTo(op, &p, o), nil)
	})
	return a, err
}

// loadTurn is loadAttempt for a step that must be the one due.
func (s *SignIn) loadTurn(r storage.Reader, op string, at stepOf) (attempt, *Error, error) {
	a, failed, err := s.loadAttempt(r, op, at.attempt, at.channel)
	if err != nil || failed != nil {
		return attempt{}, failed, err
	}
	if a.held = at.turn != 0; a.held && a.Turn != at.turn {
		return attempt{}, refuse(op, AttemptExpired), nil
	}
	return a, nil, nil
}

// putTurn records a step.
func (c *Core) putTurn(w storage.Writer, a attempt) (attempt, error) {
	a.Turn++
	return a, attempts.Put(w, a)
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

// reloadAttempt re-reads the attempt inside the recording transaction: it must
// still ask what was answered, and what it proved must still be true.
func (s *SignIn) reloadAttempt(r storage.Reader, op string, seen attempt) (attempt, *Error, error) {
	a, failed, err := s.loadAttempt(r, op, seen.ID, seen.Channel)
	if err != nil || failed != nil {
		return a, failed, err
	}
	a.DeviceKey = cmp.Or(seen.DeviceKey, a.DeviceKey)
	stale, err := s.provenBefore(r, a)
	if stale || a.Ask != seen.Ask || seen.held && a.Turn != seen.Turn {
		failed = refuse(op, AttemptExpired)
	}
	return a, failed, err
}

// provenBefore says that the account is gone, or that the password changed since
// the attempt proved it: a reset took the account from whoever knew it before.
func (s *SignIn) provenBefore(r storage.Reader, a attempt) (bool, error) {
	if len(a.Proven) == 0 || a.UserID == "" {
		return false, nil
	}
	u, err := getUser(r, a.PoolID, a.UserID)
	if errors.Is(err, storage.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	cred, err := s.passwordOf(r, u)
	if cred.Hash == "" && slices.Contains(a.Proven, FactorPassword) {
		return true, err // it was taken away from whoever made it
	}
	return cred.ChangedAt.After(a.CreatedAt) && cred.ChangedAt.After(a.PasswordAt), err
}

// recognise notes whether the browser knows the person, and where it is.
func (c *Core) recognise(r storage.Reader, p *Pool, a *attempt, o Origin) error {
	a.UserAgent = shortened(o.UserAgent)
	a.Address = cmp.Or(o.addressText(), a.Address)
	d, known, err := c.browserOf(r, p.ID, a.UserID, o)
	a.Familiar, a.Browser = known, d.Hash
	return err
}

// closedTo refuses networks that the pool shuts out, whoever is meant.
func closedTo(op string, p *Pool, o Origin) *Error {
	if holdsAddress(p.Risk.Exceptions.Blocked, o.Address) {
		return refuse(op, SignInBlocked)
	}
	return nil
}

// openAttempt records a step; a new attempt gets its id and its life.
func (c *Core) openAttempt(w storage.Writer, a attempt) (attempt, error) {
	a, err := c.named(w, a)
	if err != nil {
		return a, err
	}
	return c.putTurn(w, a)
}

// named gives a new attempt its id and its life before it is stored, for what
// is bound to it.
func (c *Core) named(r storage.Reader, a attempt) (attempt, error) {
	if a.ID != "" {
		return a, nil
	}
	if len(a.Identifier) > longestTyped {
		a.Identifier = shortened(a.Identifier)
	}
	life := defaultAttemptLife
	if a.API {
		life = defaultSessionLife
	}
	if a.ClientID != "" {
		cl, err := clients.Get(r, string(a.PoolID), string(a.ClientID))
		if err != nil {
			return a, fmt.Errorf("client: %w", err)
		}
		if cl.AuthSessionValidity > 0 {
			life = time.Duration(cl.AuthSessionValidity) * time.Minute
		}
	}
	a.ID, a.CreatedAt = AttemptID(otp.NewToken()), c.Now()
	a.ExpiresAt = a.CreatedAt.Add(life)
	return a, nil
}
