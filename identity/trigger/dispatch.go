package trigger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// Bounds of one call, as Cognito sets them for Lambda: three tries of five
// seconds each.
const (
	Tries   = 3
	TryTime = 5 * time.Second
	pause   = 100 * time.Millisecond // before the second try, twice that before the third
	allTime = Tries*TryTime + time.Second
)

// Invoker asks functions of one kind.
type Invoker interface {
	// Invoke asks once. It answers the event that came back and what was printed;
	// its error is an *Error, and what was printed is answered beside it.
	Invoke(ctx context.Context, fn Function, ask Ask) (Answer, error)
}

// Ask is one question: the event as JSON, under an id that every try has.
type Ask struct {
	ID   string
	Call Call
	Body []byte
}

// Answer is what a function gave back.
type Answer struct {
	Body    []byte
	Console []string
}

// Dispatcher asks triggers where they are. Its zero value knows none.
type Dispatcher struct {
	Scripts  Invoker // run in this process
	Webhooks Invoker // asked by signed HTTP
	Lambdas  Invoker // asked by the Lambda Invoke API or a function URL
	Runs     *Runs   // keeps what happened; nil keeps nothing
	Log      *slog.Logger
	Now      func() time.Time

	functions atomic.Pointer[Functions]
	breakers  breakers
}

// Use takes functions from now on.
func (d *Dispatcher) Use(functions Functions) { d.functions.Store(&functions) }

// Of answers where a target is; the error says what to do about it.
func (d *Dispatcher) Of(target string) (Function, error) {
	functions := d.functions.Load()
	if functions == nil {
		functions = &Functions{}
	}
	return functions.Of(target)
}

// Check says why a target cannot be asked: an ARN that nothing maps, a path that
// leads to no handler, a handler with mistakes, each with file and line.
func (d *Dispatcher) Check(kind Kind, target string) error {
	fn, err := d.Of(target)
	if err != nil {
		return err
	}
	scripts, ok := d.Scripts.(interface {
		Check(path string, kind Kind) error
	})
	if fn.Path == "" || !ok {
		return nil
	}
	return scripts.Check(fn.Path, kind)
}

// Reload makes scripts be read again when they are next needed.
func (d *Dispatcher) Reload() {
	if scripts, ok := d.Scripts.(interface{ Reload() }); ok {
		scripts.Reload()
	}
}

// Last answers the last runs of a pool's trigger, or with kind "" of all, newest first.
func (d *Dispatcher) Last(ctx context.Context, pool string, kind Kind, limit int) ([]Run, error) {
	if d.Runs == nil {
		return nil, nil
	}
	return d.Runs.Last(ctx, pool, kind, limit)
}

// Flush waits until the runs that are over are kept.
func (d *Dispatcher) Flush(ctx context.Context) {
	if d.Runs != nil {
		d.Runs.flush(ctx)
	}
}

// Run asks a trigger (Runner).
func (d *Dispatcher) Run(ctx context.Context, call Call) (json.RawMessage, error) {
	response, run, err := d.run(ctx, call)
	if d.Runs != nil {
		d.Runs.add(run.without(d.secretsOf(call, response)))
	}
	d.tell(run, err)
	return response, err
}

// Test asks a trigger and answers what happened, with everything it printed.
// What is kept of the run is what Run keeps.
func (d *Dispatcher) Test(ctx context.Context, call Call) (json.RawMessage, Run) {
	response, run, _ := d.run(ctx, call)
	run.Test = true
	if d.Runs != nil {
		d.Runs.add(run.without(d.secretsOf(call, response)))
	}
	return response, run
}

// run asks, and writes down what happened.
func (d *Dispatcher) run(ctx context.Context, call Call) (json.RawMessage, Run, error) {
	// A browser that goes away ends the request, but not what the trigger began.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), allTime)
	defer cancel()
	run := Run{
		ID: newID(), PoolID: call.Event.UserPoolID, Kind: call.Kind, Source: call.Event.TriggerSource, Target: Shown(call.Target),
		At: d.Now(), Outcome: Answered,
	}
	response, err := d.dispatch(ctx, call, &run)
	run.Milliseconds = d.Now().Sub(run.At).Milliseconds()
	failed := as(err)
	if failed == nil {
		return response, run, nil
	}
	failed.Kind = call.Kind
	run.Outcome, run.Message = failed.Outcome, failed.said()
	return nil, run, failed
}

// said is why a run failed, for the operator.
func (e *Error) said() string {
	if e.Message == "" && e.Err != nil {
		return Bounded(e.Err.Error(), maxMessage)
	}
	return e.Message
}

func (d *Dispatcher) dispatch(ctx context.Context, call Call, run *Run) (json.RawMessage, error) {
	fn, err := d.Of(call.Target)
	if err != nil {
		return nil, Failure(false, err)
	}
	if fn.Bound && !slices.Contains(fn.Pools, call.Event.UserPoolID) {
		return nil, Failure(false, errOthers) // it was attached before the file named its pools
	}
	body, err := json.Marshal(call.Event)
	if err != nil {
		return nil, Failure(false, err)
	}
	trigger := string(call.Kind) + " " + fn.Target // a folder has several, and one may be broken
	if wait, ok := d.breakers.let(trigger, run.At); !ok {
		return nil, Failure(false, fmt.Errorf("it failed %d times in a row and is asked again in %d seconds", maxFailures, int(wait/time.Second)+1))
	}
	response, err := d.try(ctx, fn, Ask{ID: run.ID, Call: call, Body: body}, run)
	failed := as(err)
	d.breakers.note(trigger, failed != nil && failed.Outcome == Failed, d.Now())
	return response, err
}

// try asks until there is an answer, or no further try would help.
func (d *Dispatcher) try(ctx context.Context, fn Function, ask Ask, run *Run) (json.RawMessage, error) {
	for {
		run.Tries++
		response, err := d.once(ctx, fn, ask, run)
		failed := as(err)
		if failed == nil || !failed.Again || run.Tries == Tries {
			return response, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause << (run.Tries - 1)):
		}
	}
}

func (d *Dispatcher) once(ctx context.Context, fn Function, ask Ask, run *Run) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, TryTime)
	defer cancel()
	invoker := d.invoker(fn)
	if invoker == nil {
		return nil, Failure(false, errors.New("nothing here asks such a function"))
	}
	answer, err := invoker.Invoke(ctx, fn, ask)
	run.Console = append(run.Console, answer.Console...)
	if err != nil {
		return nil, err
	}
	if unread[ask.Call.Kind] {
		return json.RawMessage("{}"), nil
	}
	response, err := ReadAnswer(answer.Body)
	if err != nil {
		return nil, Malformation(err)
	}
	return response, nil
}

// unread are triggers that answer nothing: handlers for them end with a bare
// return, as AWS's own examples do.
var unread = map[Kind]bool{CustomEmailSender: true, CustomSMSSender: true}

func (d *Dispatcher) invoker(fn Function) Invoker {
	switch {
	case fn.Path != "":
		return d.Scripts
	case fn.URL != "":
		return d.Webhooks
	}
	return d.Lambdas
}

// tell logs what an operator should look at: not refusals, which are a
// trigger's business.
func (d *Dispatcher) tell(run Run, err error) {
	if err == nil || run.Outcome == Refused || d.Log == nil {
		return
	}
	d.Log.Warn("a trigger did not answer", "trigger", run.Kind, "source", run.Source, "pool", run.PoolID, "outcome", run.Outcome,
		"tries", run.Tries, "milliseconds", run.Milliseconds, "error", run.Message)
}

func as(err error) *Error {
	var failed *Error
	if err == nil || errors.As(err, &failed) {
		return failed
	}
	return Failure(false, err)
}

// newID answers an id that sorts by time.
func newID() string {
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.NewString() // no randomness of the right kind: the order suffers, nothing else
	}
	return id.String()
}
