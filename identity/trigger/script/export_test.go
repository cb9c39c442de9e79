package script

// GiveUp counts machines as beyond stopping.
func (e *Engine) GiveUp(n int32) { e.stuck.Add(n) }

// Stuck is how many machines did not stop when told to.
func (e *Engine) Stuck() int32 { return e.stuck.Load() }
