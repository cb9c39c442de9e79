package identity

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/storage"
)

// Apps may sign people up and in by themselves, through the API: they ask, the
// person answers, and no browser takes part (Start.API). What differs from the
// pages is here. Who gets in does not.

// StepAt names a step that an app has in hand.
type StepAt struct {
	Attempt AttemptID
	Channel Channel
	Turn    int // see Reply
	Origin  Origin
}

func (at StepAt) step() stepOf { return stepOf{at.Attempt, at.Channel, at.Turn} }

// Enrolled is a sign-up by the API. Where existence is hidden a taken address
// gets one that looks the same.
type Enrolled struct {
	ID        UserID
	Confirmed bool
	Delivery  Delivery // where the code went; zero where none did
	Step      Step     // for Proceed, once the account is confirmed
}

// Enroll is SignUp for an app: it signs nobody in. The app may go on from the step
// once the account is confirmed, so that nobody types a new password twice.
func (a *Accounts) Enroll(ctx context.Context, in SignUp) (Enrolled, error) {
	in.API = true
	step, made, err := a.signUp(ctx, "Accounts.Enroll", in)
	if err != nil {
		return Enrolled{}, err
	}
	out := Enrolled{ID: made.ID, Confirmed: made.Status == Confirmed, Step: step}
	if step.Challenge != nil {
		out.Delivery = step.Challenge.Delivery
	}
	return out, nil
}

// park keeps a sign-up until the app goes on with it.
func (a *Accounts) park(w storage.Writer, n *newcomer, in SignUp) (Step, error) {
	at := n.attempt(in)
	at.Ask = AskConfirmSignUp
	if to, ok := signUpAddress(&n.pool, &n.user); ok && n.user.Status == Unconfirmed {
		at.Delivery = to.delivery()
	}
	at, err := a.openAttempt(w, at)
	return Step{Attempt: at.ID, Turn: at.Turn, Challenge: &Challenge{Name: at.Ask, Identifier: at.Identifier, Delivery: at.Delivery}}, err
}

// ConfirmStep is Confirm, and answers the step of the sign-up for Proceed. Where
// the step is over, or another's, the account is confirmed all the same and there
// is no step. An app that names none, as Amplify, gets a new one, which has proven
// what the code did, if its person may choose how to sign in.
func (a *Accounts) ConfirmStep(ctx context.Context, in Confirm, at StepAt) (Step, error) {
	const op = "Accounts.ConfirmStep"
	return a.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		k, failed, err := a.confirm(w, op, in)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		if at.Attempt == "" {
			return a.stepOfCode(w, &k, in, at)
		}
		now, failed, err := (&SignIn{a.Core}).loadTurn(w, op, at.step())
		if err != nil || failed != nil || now.Ask != AskConfirmSignUp || now.UserID != k.UserID || now.ClientID != in.Client {
			return Step{}, nil, err
		}
		if by := codeFactors[k.Attribute]; len(now.Proven) == 0 {
			now.Proven = []Factor{by}
		}
		now, err = a.putTurn(w, now)
		return Step{Attempt: now.ID, Turn: now.Turn, Challenge: &Challenge{Name: now.Ask, Identifier: now.Identifier}}, nil, err
	})
}

// stepOfCode begins a step with a sign-up code that was right.
func (a *Accounts) stepOfCode(w storage.Writer, k *code, in Confirm, at StepAt) (Step, *Error, error) {
	client, err := clients.Get(w, string(in.Pool), string(in.Client))
	by, known := codeFactors[k.Attribute]
	if err != nil || !known || !client.MayFlow(FlowChoice) {
		return Step{}, nil, err
	}
	now, err := a.openAttempt(w, attempt{
		PoolID: in.Pool, ClientID: in.Client, Channel: at.Channel, Identifier: in.Identifier, UserID: k.UserID, API: true,
		Ask: AskConfirmSignUp, Proven: []Factor{by},
	})
	return Step{Attempt: now.ID, Turn: now.Turn, Challenge: &Challenge{Name: now.Ask, Identifier: now.Identifier}}, nil, err
}

// Proceed goes on from what an app's step has proven already: after ConfirmStep,
// or after SetUp. Where that is not enough it answers what is asked. WrongAnswer says
// that the step is of another challenge.
func (s *SignIn) Proceed(ctx context.Context, at StepAt) (Step, error) {
	const op = "SignIn.Proceed"
	seen, err := s.openTurn(ctx, op, at.step(), at.Origin)
	if err != nil {
		return Step{}, err
	}
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		now, failed, err := s.reloadAttempt(w, op, seen)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		if now.Ask != AskConfirmSignUp && now.Ask != AskSetUp {
			return Step{}, refuse(op, WrongAnswer), nil
		}
		if now.Ask == AskConfirmSignUp && now.UserID == "" {
			return Step{}, refuse(op, UserNotConfirmed), nil // as for whoever has not typed the code yet
		}
		return s.advanceFrom(w, op, now, at.Origin)
	})
}

// SetUp checks the first use of a new factor and records it, as Respond does, and
// leaves the sign-in there until Proceed (Cognito VerifySoftwareToken).
func (s *SignIn) SetUp(ctx context.Context, r Reply) (Step, error) {
	const op = "SignIn.SetUp"
	seen, err := s.openReply(ctx, op, r)
	if err != nil {
		return Step{}, err
	}
	reply, ok := r.Answer.(SetUpAnswer)
	if !ok {
		return Step{}, refuse(op, WrongAnswer)
	}
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		now, failed, err := s.setUpIn(w, op, seen, reply, r.Origin)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		now.Chosen = ""
		now, err = s.putTurn(w, now)
		return Step{Attempt: now.ID, Turn: now.Turn, Challenge: &Challenge{Name: now.Ask, Identifier: now.Identifier, Second: true}}, nil, err
	})
}

// Speaker is whom an attempt is about, as the app may know it.
type Speaker struct {
	// Username is what the app calls the person from now on. It says nothing of
	// whether there is such a person.
	Username string
	ask      ChallengeName
	names    []string
}

// Asks answers what is asked of the person.
func (s Speaker) Asks() ChallengeName { return s.ask }

// Called says that an app means this person by a name.
func (s Speaker) Called(name string) bool { return slices.Contains(s.names, name) }

// Speaker answers whom the attempt of a step is about. name is what the app calls
// the person in its answer.
func (s *SignIn) Speaker(ctx context.Context, at StepAt, name string) (who Speaker, err error) {
	const op = "SignIn.Speaker"
	err = s.Store.View(ctx, func(r storage.Reader) error {
		a, failed, err := s.loadTurn(r, op, at.step())
		if err != nil || failed != nil {
			return either(failed, err)
		}
		p, err := pools.Get(r, string(a.PoolID))
		if err != nil {
			return err
		}
		u, err := s.userOf(r, &p, &a)
		if err != nil {
			return err
		}
		who, err = s.speaker(r, &p, &u, &a, name)
		return err
	})
	return who, err
}

func (c *Core) speaker(r storage.Reader, p *Pool, u *User, a *attempt, name string) (Speaker, error) {
	typed := a.Identifier
	if !u.isGhost() {
		typed = u.Username
	}
	who := Speaker{Username: srpUser(p, u, typed), ask: a.Ask, names: []string{a.Identifier, string(u.ID)}}
	who.names = append(who.names, who.Username)
	meant, err := c.userOrGhost(r, p, name)
	if err == nil && meant.ID == u.ID {
		who.names = append(who.names, name)
	}
	return who, err
}

// Known answers UserNotFound to a client that may know who exists, for a name that
// nobody has.
func (a *Accounts) Known(ctx context.Context, pool PoolID, client ClientID, name string) error {
	const op = "Accounts.Known"
	return a.Store.View(ctx, func(r storage.Reader) error {
		p, cl, err := a.reopen(r, op, pool, client)
		if err != nil {
			return err
		}
		u, err := a.userOrGhost(r, &p, name)
		if err != nil {
			return err
		}
		return either(openRefusal(op, &cl, &u, !u.isGhost(), UserNotFound), nil)
	})
}

// ClientOf answers the app client of an id, and its pool, for who names no pool: in
// the pool at, or where that is "" in the first pool that has one, prefer before the
// others. ClientNotFound says that there is none.
func (s *Settings) ClientOf(ctx context.Context, at, prefer PoolID, id ClientID) (p Pool, cl Client, err error) {
	const op = "Settings.ClientOf"
	err = s.Store.View(ctx, func(r storage.Reader) error {
		if at != "" {
			p, cl, err = s.reopen(r, op, at, id)
			return err
		}
		all, err := pools.List(r, storage.Page{})
		if err != nil {
			return err
		}
		slices.SortStableFunc(all, func(a, b Pool) int { return boolOrder(a.ID == prefer, b.ID == prefer) })
		for _, each := range all {
			cl, err = clients.Get(r, string(each.ID), string(id))
			if !errors.Is(err, storage.ErrNotFound) {
				p = each
				return err
			}
		}
		return refuse(op, ClientNotFound)
	})
	return p, cl, err
}

// The ways to sign in through the API (Cognito ExplicitAuthFlowsType).
const (
	FlowSRP      = "ALLOW_USER_SRP_AUTH"
	FlowPassword = "ALLOW_USER_PASSWORD_AUTH"
	FlowAdmin    = "ALLOW_ADMIN_USER_PASSWORD_AUTH"
	FlowCustom   = "ALLOW_CUSTOM_AUTH"
	FlowChoice   = "ALLOW_USER_AUTH"
	FlowRefresh  = "ALLOW_REFRESH_TOKEN_AUTH"
)

// What else the API gives tokens for (Cognito GetClientToken, GetDerivedToken).
const (
	FlowClientToken   = "ALLOW_CLIENT_TOKEN_AUTH"
	FlowImpersonation = "ALLOW_TOKEN_EXCHANGE_IMPERSONATION"
	FlowDelegation    = "ALLOW_TOKEN_EXCHANGE_DELEGATION"
)

// oldFlows are what the names before 2019 allow. They never withheld SRP nor
// renewal, unless there is to be nothing but custom challenges.
var oldFlows = map[string][]string{
	"ADMIN_NO_SRP_AUTH":     {FlowAdmin, FlowSRP, FlowCustom, FlowRefresh},
	"USER_PASSWORD_AUTH":    {FlowPassword, FlowSRP, FlowCustom, FlowRefresh},
	"CUSTOM_AUTH_FLOW_ONLY": {FlowCustom, FlowRefresh},
}

// MayFlow says that the client may sign people in by a flow. A client that lists
// none has our pages alone.
func (cl *Client) MayFlow(flow string) bool {
	return slices.ContainsFunc(cl.ExplicitAuthFlows, func(allowed string) bool {
		return allowed == flow || slices.Contains(oldFlows[allowed], flow)
	})
}

// HidesExistence says that the client is not told whether a user exists.
func (cl *Client) HidesExistence() bool { return cl.hidesExistence() }

// DeleteAttributes clears attributes of the person's own.
func (a *Accounts) DeleteAttributes(ctx context.Context, auth Authentication, names []string, o Origin) error {
	cleared := map[string]string{}
	for _, name := range names {
		cleared[strings.TrimSpace(name)] = ""
	}
	_, err := a.Update(ctx, auth, cleared, o)
	return err
}

// Bearer is what an access token says of the sign-in behind it.
type Bearer struct {
	Pool     PoolID
	Client   ClientID
	User     UserID
	Session  string
	Epoch    int
	At       time.Time
	Methods  []string
	Factors  []Factor
	Twice    bool
	Provider string
}

// Authentication answers on whose behalf the bearer of an access token acts, who
// has been found good. It opens the person's own account, and gives no tokens. No
// recent sign-in is asked of it: to whom the app gives the token, and for how
// long, is the app's affair (Cognito).
func (b Bearer) Authentication() Authentication {
	return Authentication{
		pool: b.Pool, client: b.Client, user: b.User, session: b.Session, epoch: b.Epoch, at: b.At,
		methods: b.Methods, factors: b.Factors, twice: b.Twice, provider: b.Provider, bearer: true,
	}
}

// EndByID ends the session of a public id, in the caller's transaction; none is no error.
func (s *Sessions) EndByID(w storage.Writer, pool PoolID, id string) error {
	found, err := sessions.By(w, "id", string(pool), id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.endSession(w, found, "sign_out")
}
