package script

import "time"

// GiveUp counts machines as beyond stopping.
func (e *Engine) GiveUp(n int32) { e.stuck.Add(n) }

// Stuck is how many machines did not stop when told to.
func (e *Engine) Stuck() int32 { return e.stuck.Load() }

// Pass lets time pass since files were looked at.
func (e *Engine) Pass(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, one := range e.bundles {
		one.checked = one.checked.Add(-d)
	}
}
