package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"runtime"
	"time"

	"golang.org/x/crypto/argon2"
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

// Hasher computes argon2id hashes, never more at once than it has workers.
type Hasher struct {
	places chan struct{}
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
	return &Hasher{places: make(chan struct{}, o.Workers), queue: o.Queue, params: o.Params}
}

// Hash answers the PHC string to store for password. It answers ErrTooLong,
// ErrBusy or the context's error.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	text, err := Normalise(password)
	if err != nil {
		return "", err
	}
	made := hash{params: h.params, salt: make([]byte, saltBytes)}
	rand.Read(made.salt)
	if made.tag, err = h.compute(ctx, text, made.params, made.salt, tagBytes); err != nil {
		return "", err
	}
	return made.String(), nil
}

// Verify says whether password is the one behind encoded, and whether the hash
// should be made anew because the house asks for more today. An empty encoded
// stands for a user without a password: the same work, never right. It answers
// ErrTooLong, ErrBusy, ErrMalformed, ErrCostly or the context's error.
func (h *Hasher) Verify(ctx context.Context, encoded, password string) (ok, rehash bool, err error) {
	if encoded == "" {
		return false, false, h.Decoy(ctx, password)
	}
	text, err := Normalise(password)
	if err != nil {
		return false, false, err
	}
	stored, err := parse(encoded)
	if err != nil {
		return false, false, err
	}
	tag, err := h.compute(ctx, text, stored.params, stored.salt, uint32(len(stored.tag)))
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(tag, stored.tag) == 1
	return ok, ok && stored.weaker(h.params), nil
}

// Decoy does the work of Verify for a user who does not exist, so that timing
// tells nothing. It answers the errors Verify would.
func (h *Hasher) Decoy(ctx context.Context, password string) error {
	text, err := Normalise(password)
	if err != nil {
		return err
	}
	var salt [saltBytes]byte
	_, err = h.compute(ctx, text, h.params, salt[:], tagBytes)
	return err
}

// Reused says whether password is behind one of the hashes: the history check.
// It looks at all of them, one place in the queue at a time.
func (h *Hasher) Reused(ctx context.Context, password string, encoded []string) (bool, error) {
	found := false
	for _, one := range encoded {
		ok, _, err := h.Verify(ctx, one, password)
		if err != nil {
			return false, err
		}
		found = found || ok
	}
	return found, nil
}

func (h *Hasher) compute(ctx context.Context, text string, p Params, salt []byte, size uint32) ([]byte, error) {
	if err := h.enter(ctx); err != nil {
		return nil, err
	}
	defer func() { <-h.places }()
	return argon2.IDKey([]byte(text), salt, p.Time, p.Memory, p.Threads, size), nil
}

// enter waits for a free place. Channels serve waiting senders in order, so
// that nobody starves.
func (h *Hasher) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case h.places <- struct{}{}:
		return nil
	default:
	}
	deadline := time.NewTimer(h.queue)
	defer deadline.Stop()
	select {
	case h.places <- struct{}{}:
		return nil
	case <-deadline.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}
