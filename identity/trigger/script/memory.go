package script

import (
	"math"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"time"
)

// How much handlers hold is found in two steps, as Go counts no memory by
// goroutine. Every 10 ms while one runs the whole heap is looked at, which costs
// nothing. Once it has grown by half the limit, garbage is collected and what is left
// is told apart by where it was allocated (the heap profile, a sample of one in
// 512 KiB): only what the script engine allocated counts. Then the handler that
// has run longest is stopped.
//
// What this cannot hold: one step of the language, or one native call, ends before
// the handler stops; guard.go bounds those that build much at once. A handler
// that doubles what it has may thus hold several times the limit for some tens of
// milliseconds, and code that is written to do harm can do it.

// watchInterval is how often the heap is looked at while a handler runs.
const watchInterval = 10 * time.Millisecond

type watchdog struct {
	limit int64

	mu      sync.Mutex
	running map[*machine]struct{}
	awake   bool
}

func (w *watchdog) begin(m *machine) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running == nil {
		w.running = map[*machine]struct{}{}
	}
	w.running[m] = struct{}{}
	if !w.awake {
		w.awake = true
		go w.watch(heap())
	}
}

func (w *watchdog) end(m *machine) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.running, m)
}

// watch looks until no handler runs.
func (w *watchdog) watch(before int64) {
	for suspect := before + w.limit/2; ; {
		time.Sleep(watchInterval)
		longest := w.longest()
		if longest == nil {
			return
		}
		if heap() < suspect {
			continue
		}
		runtime.GC()
		held := held()
		if held > w.limit {
			longest.stop(errMemory)
		}
		suspect = heap() + max(w.limit-held, w.limit/4)
	}
}

// longest answers who has run longest; nil ends the watch.
func (w *watchdog) longest() *machine {
	w.mu.Lock()
	defer w.mu.Unlock()
	var longest *machine
	for m := range w.running {
		if longest == nil || m.running.Load() < longest.running.Load() {
			longest = m
		}
	}
	w.awake = longest != nil
	return longest
}

// heap answers the bytes of the whole program's objects, dead ones included.
func heap() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// held answers the bytes that handlers hold, as of the last collection.
func held() int64 {
	var records []runtime.MemProfileRecord
	for n, ok := runtime.MemProfile(nil, true); !ok; n, ok = runtime.MemProfile(records, true) {
		records = make([]runtime.MemProfileRecord, n+50)
	}
	ours, total := map[uintptr]bool{}, 0.0
	for i := range records {
		if r := &records[i]; r.InUseObjects() > 0 && byScript(r.Stack(), ours) {
			total += scaled(r.InUseObjects(), r.InUseBytes())
		}
	}
	return int64(total)
}

// byScript says that an allocation was made while a handler ran.
func byScript(stack []uintptr, known map[uintptr]bool) bool {
	for _, pc := range stack {
		ours, seen := known[pc]
		if !seen {
			ours = runsScript(pc)
			known[pc] = ours
		}
		if ours {
			return true
		}
	}
	return false
}

func runsScript(pc uintptr) bool {
	frames := runtime.CallersFrames([]uintptr{pc})
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "github.com/dop251/goja.(*vm).") || strings.HasPrefix(frame.Function, "github.com/dop251/goja.(*Runtime).") {
			return true
		}
		if !more {
			return false
		}
	}
}

// scaled answers what a sample stands for (as runtime/pprof has it).
func scaled(objects, bytes int64) float64 {
	average := float64(bytes) / float64(objects)
	return float64(bytes) / (1 - math.Exp(-average/float64(runtime.MemProfileRate)))
}
