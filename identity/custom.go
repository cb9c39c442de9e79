package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// With CUSTOM_AUTH three triggers of the pool make a way in: one defines what
// comes next, one creates a challenge, one verifies the answer. That way is one
// factor of a medium of its own. Whether the person may come in, and whether a
// second factor is owed, stays decide's business.

// customStep is one step that was taken, as the triggers are shown it.
type customStep struct {
	Name     string `json:"challengeName"`
	Result   bool   `json:"challengeResult"`
	Metadata string `json:"challengeMetadata,omitempty"`
}

// customChallenge is what one challenge was made of. The private half is never
// shown: it is kept sealed.
type customChallenge struct {
	Public   map[string]string `json:"publicChallengeParameters"`
	Private  map[string]string `json:"privateChallengeParameters"`
	Metadata string            `json:"challengeMetadata"`
}

// Bounds of a custom way in.
const (
	maxCustomSteps  = 32     // of one attempt: a trigger that never ends it is stopped
	maxCustomWrong  = 3      // wrong answers in one attempt
	maxCustomParams = 20_000 // bytes of a challenge
)

// The names of the steps beside CUSTOM_CHALLENGE.
const (
	stepSRP      = "SRP_A"
	stepPassword = "PASSWORD_VERIFIER"
)

// passed says that a step of this name was taken, and was right.
func (a *attempt) passed(name string) bool {
	return slices.ContainsFunc(a.Steps, func(c customStep) bool { return c.Name == name && c.Result })
}

// allowsCustom says that people may come in to this client by CUSTOM_AUTH.
func (cl *Client) allowsCustom() bool {
	return cl.MayFlow(FlowCustom)
}

// customWays is the only way into a custom attempt, while the client allows it.
func customWays(cl *Client) []Factor {
	if !cl.allowsCustom() {
		return nil
	}
	return []Factor{FactorCustom}
}

// customEvent is what all three triggers are told.
type customEvent struct {
	UserAttributes map[string]string `json:"userAttributes"`
	UserNotFound   bool              `json:"userNotFound"`
	ClientMetadata map[string]string `json:"clientMetadata"`
}

type defineRequest struct {
	customEvent
	Session []customStep `json:"session"`
}

type defineResponse struct {
	ChallengeName      string `json:"challengeName"`
	IssueTokens        bool   `json:"issueTokens"`
	FailAuthentication bool   `json:"failAuthentication"`
}

type createRequest struct {
	customEvent
	ChallengeName string       `json:"challengeName"`
	Session       []customStep `json:"session"`
}

type verifyRequest struct {
	customEvent
	Private map[string]string `json:"privateChallengeParameters"`
	Answer  string            `json:"challengeAnswer"`
}

type verifyResponse struct {
	AnswerCorrect bool `json:"answerCorrect"`
}

// customEventOf tells of a person, or of a name that nobody has.
func customEventOf(u *User, o Origin) customEvent {
	e := customEvent{UserNotFound: u.isGhost(), UserAttributes: map[string]string{}, ClientMetadata: metadata(o.Told.Client)}
	if !e.UserNotFound {
		e.UserAttributes = eventAttributes(u)
	}
	return e
}

// ErrNoCustomTrigger is the cause of TriggerMalformed where the pool lacks a trigger that CUSTOM_AUTH takes.
var ErrNoCustomTrigger = errors.New("the pool has no such trigger")

// askCustom asks one of the three triggers, and reads its answer into says.
func (c *Core) askCustom(w storage.Writer, s *standing, a *attempt, kind trigger.Kind, request, says any, o Origin) error {
	source := map[trigger.Kind]string{
		trigger.DefineAuthChallenge: "DefineAuthChallenge_Authentication", trigger.CreateAuthChallenge: "CreateAuthChallenge_Authentication",
		trigger.VerifyAuthChallengeResponse: "VerifyAuthChallengeResponse_Authentication",
	}[kind]
	name := s.user.Username
	if s.user.isGhost() {
		name = a.Identifier
	}
	answer, err := c.ask(w, question{
		pool: &s.pool, kind: kind, source: source, about: fmt.Sprint(len(a.Steps)), user: name, client: a.ClientID, origin: o,
		request: request, response: says,
	})
	switch {
	case err != nil:
		return err
	case answer == nil:
		return malformed(source, ErrNoCustomTrigger)
	}
	if err := json.Unmarshal(answer, says); err != nil {
		return malformed(source, err)
	}
	return nil
}

// advanceCustom lets the triggers say what comes next. A way in that they call
// proven is held against the rest by decide, as any other.
func (c *Core) advanceCustom(w storage.Writer, op string, s *standing, a attempt, o Origin) (Step, *Error, error) {
	var says defineResponse
	request := defineRequest{customEventOf(&s.user, o), append([]customStep{}, a.Steps...)}
	if err := c.askCustom(w, s, &a, trigger.DefineAuthChallenge, request, &says, o); err != nil {
		return Step{}, nil, err
	}
	switch {
	case says.FailAuthentication || len(a.Steps) >= maxCustomSteps:
		return Step{}, refuse(op, IncorrectPassword), c.endCustom(w, a, o)
	case says.IssueTokens:
		a.Proven, a.Chosen = append(slices.Clone(a.Proven), FactorCustom), ""
		return c.advance(w, op, s.pool, a, o)
	}
	a, err := c.named(w, a)
	if err != nil {
		return Step{}, nil, err
	}
	switch ChallengeName(says.ChallengeName) {
	case stepPassword:
		a.Ask, a.Ceremony = AskPassword, nil
	case AskCustom:
		a.Ask = AskCustom
		err = c.createCustom(w, s, &a, o)
	default:
		err = malformed("DefineAuthChallenge_Authentication", fmt.Errorf("no such challenge: %.40q", says.ChallengeName))
	}
	if err != nil {
		return Step{}, nil, err
	}
	a, err = c.putTurn(w, a)
	return Step{Attempt: a.ID, Turn: a.Turn, Challenge: c.challenge(s, a, decide(s.facts))}, nil, err
}

// createCustom has a challenge made, and seals what it is verified by.
func (c *Core) createCustom(w storage.Writer, s *standing, a *attempt, o Origin) error {
	var made customChallenge
	request := createRequest{customEventOf(&s.user, o), string(AskCustom), append([]customStep{}, a.Steps...)}
	if err := c.askCustom(w, s, a, trigger.CreateAuthChallenge, request, &made, o); err != nil {
		return err
	}
	text, err := json.Marshal(made)
	if err != nil || len(text) > maxCustomParams {
		return malformed("CreateAuthChallenge_Authentication", errors.Join(err, errors.New("it is too long")))
	}
	a.Ceremony = c.Sealer.Seal(text, "custom", string(a.PoolID), string(a.ID))
	return nil
}

// customOf answers the attempt's challenge; the zero one when there is none.
func (c *Core) customOf(a *attempt) (made customChallenge) {
	if err := c.openJSON(a.Ceremony, &made, "custom", string(a.PoolID), string(a.ID)); err != nil {
		return customChallenge{}
	}
	return made
}

// endCustom ends an attempt that failed for good.
func (c *Core) endCustom(w storage.Writer, a attempt, o Origin) error {
	err := c.recordRefusal(w, a, o, IncorrectPassword)
	if err != nil || a.ID == "" {
		return err
	}
	a.Finished, a.Ceremony = true, nil
	return attempts.Put(w, a)
}
