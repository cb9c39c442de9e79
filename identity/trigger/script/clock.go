package script

import (
	"slices"
	"time"

	"github.com/dop251/goja"
)

// maxTimers bounds the timers of one machine.
const maxTimers = 1000

// clock keeps the timers of a machine, the next one first.
type clock struct {
	timers []*timer
	last   int64
}

type timer struct {
	id    int64
	due   time.Time
	every time.Duration // 0: once
	call  goja.Callable
	args  []goja.Value
}

func (c *clock) empty() bool { return len(c.timers) == 0 }

func (c *clock) next() (time.Time, *timer) {
	if len(c.timers) == 0 {
		return time.Time{}, nil
	}
	return c.timers[0].due, c.timers[0]
}

func (c *clock) add(t *timer) {
	at, _ := slices.BinarySearchFunc(c.timers, t, func(a, b *timer) int {
		if order := a.due.Compare(b.due); order != 0 {
			return order
		}
		return int(a.id - b.id)
	})
	c.timers = slices.Insert(c.timers, at, t)
}

func (c *clock) remove(id int64) {
	c.timers = slices.DeleteFunc(c.timers, func(t *timer) bool { return t.id == id })
}

// ring calls a timer that is due.
func (m *machine) ring(t *timer) error {
	m.clock.remove(t.id)
	if t.every > 0 {
		t.due = time.Now().Add(t.every)
		m.clock.add(t)
	}
	_, err := t.call(goja.Undefined(), t.args...)
	return err
}

// setTimer makes setTimeout, setInterval and setImmediate.
func (m *machine) setTimer(repeats, waits bool) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		fn, ok := goja.AssertFunction(call.Argument(0))
		if !ok {
			panic(m.js.NewTypeError("the first argument is not a function"))
		}
		if len(m.clock.timers) >= maxTimers {
			panic(m.js.NewTypeError("more than 1000 timers"))
		}
		wait, args := time.Duration(0), call.Arguments[1:]
		if waits && len(args) > 0 {
			milliseconds := min(max(args[0].ToInteger(), 1), 1<<31)
			wait, args = time.Duration(milliseconds)*time.Millisecond, args[1:]
		}
		m.clock.last++
		t := &timer{id: m.clock.last, due: time.Now().Add(wait), call: fn, args: slices.Clone(args)}
		if repeats {
			t.every = max(wait, time.Millisecond)
		}
		m.clock.add(t)
		return m.js.ToValue(t.id)
	}
}

func (m *machine) clearTimer(call goja.FunctionCall) goja.Value {
	m.clock.remove(call.Argument(0).ToInteger())
	return goja.Undefined()
}
