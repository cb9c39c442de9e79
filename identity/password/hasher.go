package password

import (
	"context"
	"crypto/rand"
	"runtime"
	"slices"
	"time"
)

// Options set up a Hasher; every zero value has a default.
type Options struct {
	// Workers is how many hashes are computed at once; GOMAXPROCS by default.
	// Each takes Params.Memory, so this bounds memory as well as CPU.
	Workers int
	// Queue is how long a caller waits for a worker before ErrBusy; 5 s by default.
	Queue time.Duration
	// Params is what new hashes are made with; DefaultParams by default.
	Params Params
}

// Hasher makes argon2id hashes and verifies those of every Kind, never more at once
// than it has workers.
type Hasher struct {
	places chan struct{}
	dear   dearPlaces
	queue  time.Duration
	params Params
}

// NewHasher answers a Hasher that is ready to use.
func NewHasher(o Options) *Hasher {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Queue <= 0 {
		o.Queue = 5 * time.Second
	}
	if o.Params == (Params{}) {
		o.Params = DefaultParams
	}
	return &Hasher{places: make(chan struct{}, o.Workers), dear: dearOf(o.Workers), queue: o.Queue, params: o.Params}
}

// Hash answers the PHC string to store for password. It answers ErrTooLong,
// ErrBusy or the context's error.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	text, err := Normalise(password)
	if err != nil {
		return "", err
	}
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return h.make(text).String(), nil
}

// make computes a hash of the house. The caller holds a place.
func (h *Hasher) make(text string) hash {
	made := hash{params: h.params, salt: make([]byte, saltBytes)}
	rand.Read(made.salt)
	made.tag = compute(text, made.params, made.salt, tagBytes)
	return made
}

// Verify says whether password is the one behind a hash of any kind. An empty one
// stands for a user without a password: the same work, never right. It answers
// ErrTooLong, ErrBusy, ErrMalformed, ErrCostly or the context's error.
func (h *Hasher) Verify(ctx context.Context, encoded, password string) (bool, error) {
	if encoded == "" {
		return false, h.Decoy(ctx, password)
	}
	text, err := Normalise(password)
	if err != nil {
		return false, err
	}
	one, err := read(encoded)
	if err != nil {
		return false, err
	}
	rows := []chan struct{}{h.places}
	if house, ok := one.(hash); !ok || house.params.work() > h.params.work() {
		rows = []chan struct{}{h.dear.places, h.places}
	}
	if err := h.pass(ctx, rows...); err != nil {
		return false, err
	}
	defer leave(rows)
	return one.matches(password, text), nil
}

// Decoy does the work of Verify for a user who does not exist, so that timing
// tells nothing. It answers the errors Verify would.
func (h *Hasher) Decoy(ctx context.Context, password string) error {
	_, err := h.Hash(ctx, password)
	return err
}

// Reused says whether password is behind one of the hashes: the history check.
// It looks at all of them, one place in the queue at a time.
func (h *Hasher) Reused(ctx context.Context, password string, encoded []string) (bool, error) {
	found := false
	for _, one := range encoded {
		ok, err := h.Verify(ctx, one, password)
		if err != nil {
			return false, err
		}
		found = found || ok
	}
	return found, nil
}

// enter waits for a free place.
func (h *Hasher) enter(ctx context.Context) error { return h.pass(ctx, h.places) }

func (h *Hasher) leave() { <-h.places }

// pass waits for a place in each of the rows, one after the other, as long as one
// caller may wait. Channels serve waiting senders in order, so that nobody starves.
func (h *Hasher) pass(ctx context.Context, rows ...chan struct{}) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	deadline := time.NewTimer(h.queue)
	defer deadline.Stop()
	for i, row := range rows {
		select {
		case row <- struct{}{}:
			continue
		default:
		}
		select {
		case row <- struct{}{}:
		case <-deadline.C:
			leave(rows[:i])
			return ErrBusy
		case <-ctx.Done():
			leave(rows[:i])
			return ctx.Err()
		}
	}
	return nil
}

// leave gives back the last place first: who waits for that has waited in all rows.
func leave(rows []chan struct{}) {
	for _, row := range slices.Backward(rows) {
		<-row
	}
}
