package identity

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// A trigger takes up to fifteen seconds, and nothing slow may happen within a
// transaction. So a transaction that comes to where a trigger is asked is
// abandoned, the trigger is asked with nothing open, and the transaction runs
// again with its answer at hand. It may run more than once anyway.

// maxAsked bounds the triggers that one operation asks, against one that asks
// something new in every run.
const maxAsked = 16

// asking is a transaction that may ask triggers.
type asking struct {
	storage.Writer
	answers map[string]json.RawMessage // by question
	after   *[]question                // to be asked once it is committed
}

// question is one trigger to be asked. About tells it from others of its source
// in one operation.
type question struct {
	pool   *Pool
	source string // Cognito's triggerSource
	kind   trigger.Kind
	about  string
	user   string // Cognito's userName
	client ClientID
	origin Origin
	// request is the event's request; response the members it may answer, empty.
	request, response any
}

func (q *question) key() string { return q.source + " " + q.about }

// errAsk abandons a transaction until its question is answered.
type errAsk struct{ question question }

func (e *errAsk) Error() string { return "identity: " + e.question.source + " has to be asked first" }

// ask answers what a trigger of the pool says: nil when none is attached. Its
// error abandons the transaction and must be returned as it is.
func (c *Core) ask(w storage.Writer, q question) (json.RawMessage, error) {
	if !c.triggered(q.pool, q.kind) {
		return nil, nil
	}
	open, ok := w.(*asking)
	if !ok {
		return nil, fmt.Errorf("identity: %s is asked in a transaction that cannot wait", q.source)
	}
	if answer, known := open.answers[q.key()]; known {
		return answer, nil
	}
	return nil, &errAsk{q}
}

// askAfter asks a trigger once the transaction is committed. What it answers
// changes nothing; when it fails, the operation says so.
func (c *Core) askAfter(w storage.Writer, q question) error {
	if !c.triggered(q.pool, q.kind) {
		return nil
	}
	open, ok := w.(*asking)
	if !ok {
		return fmt.Errorf("identity: %s is asked in a transaction that cannot wait", q.source)
	}
	*open.after = append(*open.after, q)
	return nil
}

func (c *Core) triggered(p *Pool, kind trigger.Kind) bool {
	_, attached := p.LambdaConfig.Of(kind)
	return attached && c.Triggers != nil
}

// transact runs fn in one transaction, which may ask triggers.
func (c *Core) transact(ctx context.Context, fn func(storage.Writer) error) error {
	answers := map[string]json.RawMessage{}
	for range maxAsked {
		var after []question
		err := c.Store.Update(ctx, func(w storage.Writer) error {
			after = nil
			return fn(&asking{Writer: w, answers: answers, after: &after})
		})
		var wants *errAsk
		if !errors.As(err, &wants) {
			if err != nil {
				return err
			}
			return c.afterwards(ctx, after)
		}
		if answers[wants.question.key()], err = c.consult(ctx, wants.question); err != nil {
			return err
		}
	}
	return errors.New("identity: an operation asks too many triggers")
}

func (c *Core) afterwards(ctx context.Context, after []question) error {
	for _, q := range after {
		if _, err := c.consult(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// consult asks a trigger, with nothing open.
func (c *Core) consult(ctx context.Context, q question) (json.RawMessage, error) {
	to, _ := q.pool.LambdaConfig.Of(q.kind)
	answer, err := c.Triggers.Run(ctx, trigger.Call{Kind: q.kind, Target: to.LambdaARN, Event: q.event()})
	return answer, refusedBy(q.source, err)
}

// event is what the trigger is given.
func (q *question) event() trigger.Event {
	to, _ := q.pool.LambdaConfig.Of(q.kind)
	return trigger.Event{
		Version: strings.TrimSuffix(strings.TrimPrefix(cmp.Or(to.LambdaVersion, "V1_0"), "V"), "_0"), TriggerSource: q.source,
		Region: q.pool.Region(), UserPoolID: string(q.pool.ID), UserName: q.user,
		CallerContext: trigger.CallerContext{AWSSDKVersion: cmp.Or(q.origin.UserAgent, "poolhouse"), ClientID: string(q.client)},
		Request:       q.request, Response: q.response,
	}
}

// triggerCodes are what the core calls each way in which a trigger fails.
var triggerCodes = map[trigger.Outcome]Code{
	trigger.Refused: TriggerRefused, trigger.Failed: TriggerFailed, trigger.Malformed: TriggerMalformed,
}

func refusedBy(source string, err error) error {
	var failed *trigger.Error
	if !errors.As(err, &failed) {
		return err
	}
	name, _, _ := strings.Cut(source, "_")
	if name == "TokenGeneration" {
		name = "PreTokenGeneration" // the one trigger whose sources bear another name
	}
	return &Error{Code: triggerCodes[failed.Outcome], Op: source, Field: name, Reason: failed.Message, Err: err}
}

// malformed refuses an answer that has not the shape of its trigger's.
func malformed(source string, err error) error {
	return refusedBy(source, &trigger.Error{Outcome: trigger.Malformed, Err: err})
}

// Region answers the part of the pool's id before the underscore, which AWS
// clients take for a region.
func (p *Pool) Region() string {
	region, _, _ := strings.Cut(string(p.ID), "_")
	return region
}
