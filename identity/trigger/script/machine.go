package script

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"

	"poolhouse.dev/identity/trigger"
)

// maxDepth is how deep functions may call one another.
const maxDepth = 2000

// machine is one handler running once. Everything but stop and what comes
// through jobs happens on one goroutine.
type machine struct {
	ctx     context.Context
	engine  *Engine
	fn      trigger.Function
	ask     trigger.Ask
	js      *goja.Runtime
	console console
	clock   clock
	loaded  map[string]goja.Value // modules of Node

	jobs    chan func() // what came from outside, to be done here
	pending int         // how much is to come
	waits   bool        // for the loop to run empty before it answers (callbackWaitsForEmptyEventLoop)

	rejected []*goja.Promise // without a handler, so far
	settled  bool
	body     []byte
	err      *trigger.Error

	running atomic.Int64 // since when, in nanoseconds; 0 while it waits
	mu      sync.Mutex
	why     error // it was stopped
}

func newMachine(ctx context.Context, e *Engine, fn trigger.Function, ask trigger.Ask) *machine {
	return &machine{ctx: ctx, engine: e, fn: fn, ask: ask, waits: true, jobs: make(chan func())}
}

// run runs the handler to its end.
func (m *machine) run(code *bundle) {
	defer m.recover()
	err := m.turn(func() error {
		return m.begin(code)
	})
	for err == nil && !m.over() {
		var job func() error
		if job, err = m.next(); err == nil {
			err = m.turn(job)
		}
	}
	if err != nil {
		m.fail(err)
	}
}

// recover makes a failure of goja itself one of the handler.
func (m *machine) recover() {
	if fault := recover(); fault != nil {
		m.settled, m.err = true, trigger.Failure(false, fmt.Errorf("the script engine failed: %v", fault))
	}
}

// turn does something while it is the machine's turn: as many run at once as
// there are processors.
func (m *machine) turn(do func() error) error {
	select {
	case m.engine.turns <- struct{}{}:
	case <-m.ctx.Done():
		return errTime
	}
	m.running.Store(time.Now().UnixNano())
	m.engine.watch.begin(m)
	defer func() {
		m.engine.watch.end(m)
		m.running.Store(0)
		<-m.engine.turns
	}()
	if err := do(); err != nil {
		return err
	}
	return m.unhandled()
}

// unhandled refuses for a promise that was rejected and that nobody looked at, as
// Lambda does.
func (m *machine) unhandled() error {
	for _, promise := range m.rejected {
		m.console.print("Unhandled promise rejection: " + said(promise.Result()))
		m.reject(promise.Result())
	}
	m.rejected = nil
	return nil
}

func (m *machine) track(p *goja.Promise, operation goja.PromiseRejectionOperation) {
	if operation == goja.PromiseRejectionReject {
		m.rejected = append(m.rejected, p)
	} else {
		m.rejected = slices.DeleteFunc(m.rejected, func(other *goja.Promise) bool { return other == p })
	}
}

// start makes the machine itself.
func (m *machine) start() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.js = goja.New()
	m.js.SetMaxCallStackSize(maxDepth)
	m.js.SetPromiseRejectionTracker(m.track)
	return m.why
}

// stop ends what runs, at its next step; what is native first ends by itself.
func (m *machine) stop(why error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.why == nil {
		m.why = why
	}
	if m.js != nil {
		m.js.Interrupt(m.why)
	}
}

func (m *machine) stopped() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.why
}

// over says that there is an answer and nothing else to be done.
func (m *machine) over() bool {
	return m.settled && (!m.waits || m.err != nil || m.pending == 0 && m.clock.empty())
}

// next waits for what is to be done next.
func (m *machine) next() (func() error, error) {
	due, timer := m.clock.next()
	if timer == nil && m.pending == 0 {
		return nil, errNever
	}
	wait := time.NewTimer(time.Until(due))
	defer wait.Stop()
	ring := wait.C
	if timer == nil {
		ring = nil
	}
	select {
	case <-m.ctx.Done():
		return nil, errTime
	case job := <-m.jobs:
		m.pending--
		return func() error { job(); return m.stopped() }, nil
	case <-ring:
		return func() error { return m.ring(timer) }, nil
	}
}

// later does something in the background, and then done on the machine.
func (m *machine) later(work func() (done func())) {
	m.pending++
	go func() {
		done := work()
		select {
		case m.jobs <- done:
		case <-m.ctx.Done():
		}
	}()
}

// begin loads the handler and calls it.
func (m *machine) begin(code *bundle) error {
	if err := m.start(); err != nil {
		return err
	}
	if err := m.furnish(); err != nil {
		return err
	}
	handler, err := m.load(code)
	if err != nil {
		return err
	}
	event, err := m.parse(m.ask.Body)
	if err != nil {
		return err
	}
	return m.call(handler, event)
}

func (m *machine) parse(text []byte) (goja.Value, error) {
	parse, _ := goja.AssertFunction(m.js.Get("JSON").ToObject(m.js).Get("parse"))
	return parse(nil, m.js.ToValue(string(text)))
}

// resolve takes what the handler answered.
func (m *machine) resolve(value goja.Value) error {
	if m.settled {
		return nil
	}
	m.settled = true
	if value == nil || goja.IsUndefined(value) {
		value = goja.Null() // as Lambda does
	}
	write, _ := goja.AssertFunction(m.js.Get("JSON").ToObject(m.js).Get("stringify"))
	text, err := write(nil, value)
	var thrown *goja.Exception
	if errors.As(err, &thrown) {
		m.err = trigger.Refusal(said(thrown.Value()))
		return nil
	} else if err != nil {
		return err
	}
	m.body = []byte(text.String())
	return nil
}

// reject takes why the handler refused: an Error's message, or what was thrown.
func (m *machine) reject(reason goja.Value) {
	if m.settled {
		return
	}
	m.settled, m.err = true, trigger.Refusal(said(reason))
}

func said(reason goja.Value) string {
	if reason == nil || goja.IsUndefined(reason) || goja.IsNull(reason) {
		return ""
	}
	if object, ok := reason.(*goja.Object); ok {
		if message := object.Get("message"); message != nil && !goja.IsUndefined(message) {
			return message.String()
		}
		if text, err := json.Marshal(object); err == nil && object.ClassName() != "Error" {
			return string(text)
		}
	}
	return reason.String()
}

// fail takes what ended the machine: a stop, a thrown value, or no answer at all.
func (m *machine) fail(err error) {
	if why := m.stopped(); why != nil {
		err = why
	}
	var thrown *goja.Exception
	var deep *goja.StackOverflowError
	switch {
	case errors.Is(err, errTime), errors.Is(err, errMemory):
		m.settled, m.err = true, trigger.Failure(false, err)
	case m.settled: // it answered, and what came later failed
	case errors.As(err, &thrown):
		m.console.trace(thrown)
		m.reject(thrown.Value())
	case errors.As(err, &deep):
		m.reject(m.js.ToValue("Maximum call stack size exceeded"))
	case errors.Is(err, errNever):
		m.settled, m.err = true, trigger.Malformation(err)
	default:
		m.settled, m.err = true, trigger.Failure(false, err)
	}
}

func (m *machine) outcome() (trigger.Answer, error) {
	answer := trigger.Answer{Body: m.body, Console: m.console.lines()}
	if m.err != nil {
		return answer, m.err
	}
	return answer, nil
}
