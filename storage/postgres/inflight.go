package postgres

import "sync"

// inFlight counts transactions and lets Close wait for the last.
type inFlight struct {
	mu     sync.Mutex
	closed bool
	wait   sync.WaitGroup
}

func (f *inFlight) enter() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.wait.Add(1)
	}
	return !f.closed
}

func (f *inFlight) leave() { f.wait.Done() }

// close says whether it was the first to close.
func (f *inFlight) close() bool {
	f.mu.Lock()
	first := !f.closed
	f.closed = true
	f.mu.Unlock()
	f.wait.Wait()
	return first
}
