package bolt

import (
	"context"
	"slices"
	"sync"

	"poolhouse.dev/storage"
)

// queue gives the turn to one writer after the other, first come first served.
// A writer passes its turn on by itself, so it can see whether anybody waits.
type queue struct {
	mu      sync.Mutex
	taken   bool
	closed  bool
	waiting []chan struct{}
}

// take waits for the turn; the context ends only the waiting.
func (q *queue) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ticket, err := q.enter()
	if err != nil || ticket == nil {
		return err
	}
	select {
	case <-ticket:
		return nil
	case <-ctx.Done():
	}
	if q.leave(ticket) {
		return ctx.Err()
	}
	return nil // the turn came first; the caller sees the context itself
}

// enter answers a ticket to wait for, or nil when the turn is free and now taken.
func (q *queue) enter() (chan struct{}, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, storage.ErrClosed
	}
	if !q.taken {
		q.taken = true
		return nil, nil
	}
	ticket := make(chan struct{})
	q.waiting = append(q.waiting, ticket)
	return ticket, nil
}

func (q *queue) leave(ticket chan struct{}) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := slices.Index(q.waiting, ticket)
	if at >= 0 {
		q.waiting = slices.Delete(q.waiting, at, at+1)
	}
	return at >= 0
}

// pass gives the turn to the next in line and says whether there was one; if
// not, the caller still has it.
func (q *queue) pass() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return false
	}
	close(q.waiting[0])
	q.waiting = q.waiting[1:]
	return true
}

// release gives the turn to the next in line, or lays it down.
func (q *queue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.taken = false
		return
	}
	close(q.waiting[0])
	q.waiting = q.waiting[1:]
}

// close takes the turn after everybody who waits, and keeps it.
func (q *queue) close() error {
	ticket, err := q.enter()
	if err != nil {
		return err
	}
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	if ticket != nil {
		<-ticket
	}
	return nil
}
