// Package script runs triggers that are written in JavaScript or TypeScript, in
// this process: the handlers that AWS documents for Lambda, unchanged as far as
// they need no AWS SDK. esbuild bundles a handler with what it imports of its
// folder, goja runs it.
//
// Each call has a machine of its own and nothing outlives it. A handler sees the
// event, the environment that the configuration gives it, console, timers and
// fetch through package fetch; no file, no other network, no other process. It
// has five seconds, and a share of memory (memory.go says what that cannot hold).
// These bounds are against mistakes: whoever may write a handler is trusted as
// whoever may write the configuration is.
package script

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/identity/trigger"
)

// Options set up an Engine.
type Options struct {
	// Fetch is what handlers fetch with; without it they cannot.
	Fetch *fetch.Client
	// Watch looks once a second, when it is asked, whether files have changed.
	Watch bool
	// MaxMemory is how much all handlers that run may hold, in bytes; 128 MiB by default.
	MaxMemory int64
}

// Engine runs handlers (trigger.Invoker). Nothing is initialised before the first call.
type Engine struct {
	options Options
	watch   watchdog
	seats   chan struct{} // machines that exist
	turns   chan struct{} // machines that run and do not wait
	stuck   atomic.Int32  // machines that did not stop when told to

	mu      sync.Mutex
	bundles map[source]*loaded
}

// source is what a bundle is made of: which entry a folder has is the kind's matter.
type source struct {
	path string
	kind trigger.Kind
}

// loaded is a bundle, or why there is none.
type loaded struct {
	once    sync.Once
	bundle  *bundle
	err     error
	print   map[string]stamp // what the files were like
	checked time.Time
}

type stamp struct {
	at   time.Time
	size int64
}

// New answers an Engine that is ready to use.
func New(o Options) *Engine {
	if o.MaxMemory <= 0 {
		o.MaxMemory = 128 << 20
	}
	turns := runtime.GOMAXPROCS(0)
	return &Engine{
		options: o, watch: watchdog{limit: o.MaxMemory}, bundles: map[source]*loaded{},
		seats: make(chan struct{}, max(32, 8*turns)), turns: make(chan struct{}, turns),
	}
}

// Check says what keeps a handler from being run: the path leads nowhere, or
// there are mistakes in it, with file and line.
func Check(path string, kind trigger.Kind) error {
	_, err := compile(path, kind)
	return err
}

// Check says what keeps a handler from being run, and keeps it at hand.
func (e *Engine) Check(path string, kind trigger.Kind) error {
	_, err := e.bundleOf(path, kind)
	return err
}

// Reload forgets what was read, so that files are read again when they are next
// needed. Calls that run go on with what they have.
func (e *Engine) Reload() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.bundles)
}

// bundleOf answers a handler, compiled once.
func (e *Engine) bundleOf(path string, kind trigger.Kind) (*bundle, error) {
	key := source{path, kind}
	e.mu.Lock()
	one := e.bundles[key]
	if one == nil || e.options.Watch && one.changed() {
		one = &loaded{}
		e.bundles[key] = one
	}
	e.mu.Unlock()
	one.once.Do(func() {
		one.bundle, one.err = compile(path, kind)
		e.mu.Lock()
		defer e.mu.Unlock()
		one.checked, one.print = time.Now(), map[string]stamp{}
		if one.bundle != nil {
			for _, file := range one.bundle.files {
				one.print[file] = stampOf(file)
			}
		}
	})
	return one.bundle, one.err
}

// changed says that a file is not what it was, or that there was a mistake,
// which may have been mended anywhere. It looks at most once a second.
func (l *loaded) changed() bool {
	if l.print == nil || time.Since(l.checked) < time.Second {
		return false
	}
	l.checked = time.Now()
	if l.err != nil {
		return true
	}
	for file, before := range l.print {
		if stampOf(file) != before {
			return true
		}
	}
	return false
}

func stampOf(file string) stamp {
	info, err := os.Stat(file)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

// maxStuck is how many machines may be beyond stopping before no handler is run
// any more: each has a processor to itself.
const maxStuck = 4

// grace is how long a machine that was told to stop is waited for.
const grace = 500 * time.Millisecond

// Invoke runs a handler (trigger.Invoker). No failure is worth another try: the
// same code would be asked the same.
func (e *Engine) Invoke(ctx context.Context, fn trigger.Function, ask trigger.Ask) (trigger.Answer, error) {
	if e.stuck.Load() >= maxStuck {
		return trigger.Answer{}, trigger.Failure(false, fmt.Errorf("%d handlers cannot be stopped; none is run until the server is started again", maxStuck))
	}
	code, err := e.bundleOf(fn.Path, ask.Call.Kind)
	if err != nil {
		return trigger.Answer{}, trigger.Failure(false, err)
	}
	select {
	case e.seats <- struct{}{}:
	case <-ctx.Done():
		return trigger.Answer{}, trigger.Failure(false, errors.New("too many handlers run at once"))
	}
	m := newMachine(ctx, e, fn, ask)
	ended := make(chan struct{})
	go func() {
		defer func() { close(ended); <-e.seats }()
		m.run(code)
	}()
	return e.await(ctx, m, ended)
}

// await answers when a machine has ended, or is given up. One that is given up
// goes on in its native call; it is counted until it ends.
func (e *Engine) await(ctx context.Context, m *machine, ended chan struct{}) (trigger.Answer, error) {
	select {
	case <-ended:
		return m.outcome()
	case <-ctx.Done():
		m.stop(errTime)
	}
	select {
	case <-ended:
		return m.outcome()
	case <-time.After(grace):
	}
	e.stuck.Add(1)
	go func() { <-ended; e.stuck.Add(-1) }()
	return trigger.Answer{Console: m.console.lines()}, trigger.Failure(false, errTime)
}

// Why a handler was stopped.
var (
	errTime   = errors.New("it took longer than 5 seconds")
	errMemory = errors.New("it took more memory than handlers may")
	errNever  = errors.New("it ended without an answer: its promise was never settled, or its callback never called")
)
