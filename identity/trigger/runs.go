package trigger

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"poolhouse.dev/storage"
)

// kept is how many runs of each trigger of a pool are kept.
const kept = 100

// Bounds of what a run keeps of what was printed: lines, and characters a line.
const (
	maxLines = 50
	maxLine  = 500
)

// Run is what happened when a trigger was asked. It holds neither event nor
// answer, and no secret of either.
type Run struct {
	ID           string    `json:"id"` // sorts by time
	PoolID       string    `json:"pool_id"`
	Kind         Kind      `json:"kind"`
	Source       string    `json:"source"` // Cognito's triggerSource
	Target       string    `json:"target"` // without user and query of a URL
	At           time.Time `json:"at"`
	Milliseconds int64     `json:"milliseconds"`
	Tries        int       `json:"tries"` // 0: it was not asked
	Outcome      Outcome   `json:"outcome"`
	Message      string    `json:"message,omitempty"` // why it did not answer
	Console      []string  `json:"console,omitempty"`
	Test         bool      `json:"test,omitempty"` // by `poolhouse trigger test`
}

var runs = storage.Collection[Run]{
	Name: "trigger_run", Format: 1,
	ID: func(r *Run) []any { return []any{r.PoolID, string(r.Kind), r.ID} },
}

// maxWaiting bounds the runs that wait to be written; past it the oldest are lost.
const maxWaiting = 1000

// Runs keeps the last runs of each trigger of each pool. They are written soon
// after, not before an answer is used: nobody waits for it.
type Runs struct {
	Store storage.Store
	Log   *slog.Logger
	// Lives says whether a pool is there; nil is that every one is. What a trigger did
	// that outlasted its pool is not kept: nothing would remove it.
	Lives func(r storage.Reader, pool string) (bool, error)

	mu      sync.Mutex
	waiting []Run
	written chan struct{} // closed by the writer when nothing waits; nil without one
	closed  bool
}

func (k *Runs) add(run Run) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return
	}
	if len(k.waiting) >= maxWaiting {
		k.waiting = k.waiting[1:]
	}
	k.waiting = append(k.waiting, run)
	if k.written == nil {
		k.written = make(chan struct{})
		go k.write()
	}
}

// write stores what waits until nothing does. Runs that come meanwhile share the
// next transaction.
func (k *Runs) write() {
	for {
		batch := k.next()
		if len(batch) == 0 {
			return
		}
		if err := k.store(batch); err != nil && k.Log != nil {
			k.Log.Error("runs of triggers were not kept", "runs", len(batch), "error", err)
		}
	}
}

// next answers what waits. The writer ends when that is nothing.
func (k *Runs) next() []Run {
	k.mu.Lock()
	defer k.mu.Unlock()
	batch := k.waiting
	k.waiting = nil
	if len(batch) == 0 {
		close(k.written)
		k.written = nil
	}
	return batch
}

// flush waits until what has happened is written.
func (k *Runs) flush(ctx context.Context) {
	k.mu.Lock()
	written := k.written
	k.mu.Unlock()
	if written == nil {
		return
	}
	select {
	case <-written:
	case <-ctx.Done():
	}
}

func (k *Runs) store(batch []Run) error {
	slices.SortStableFunc(batch, func(a, b Run) int {
		return cmp.Or(cmp.Compare(a.PoolID, b.PoolID), cmp.Compare(a.Kind, b.Kind))
	})
	return k.Store.Update(context.Background(), func(w storage.Writer) error {
		lives := false
		for i, run := range batch {
			if i == 0 || batch[i-1].PoolID != run.PoolID {
				var err error
				if lives, err = k.lives(w, run.PoolID); err != nil {
					return err
				}
			}
			if !lives {
				continue
			}
			if err := runs.Put(w, run); err != nil {
				return err
			}
			if last := i+1 == len(batch) || batch[i+1].PoolID != run.PoolID || batch[i+1].Kind != run.Kind; last {
				if err := forget(w, run.PoolID, run.Kind); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (k *Runs) lives(r storage.Reader, pool string) (bool, error) {
	if k.Lives == nil {
		return true, nil
	}
	return k.Lives(r, pool)
}

// forget removes all runs of a trigger but the last hundred.
func forget(w storage.Writer, pool string, kind Kind) error {
	page := storage.Page{Prefix: []any{pool, string(kind)}, Reverse: true, Limit: kept}
	_, rest, err := runs.ListPage(w, page)
	for err == nil && rest != nil {
		var old []Run
		page.Cursor, page.Limit = rest, 0
		if old, rest, err = runs.ListPage(w, page); err != nil {
			return err
		}
		for _, run := range old {
			if err := runs.Delete(w, run.PoolID, string(run.Kind), run.ID); err != nil {
				return err
			}
		}
	}
	return err
}

// Last answers the last runs of a pool's trigger, or with kind "" of all its
// triggers, newest first; limit 0 is all that are kept.
func (k *Runs) Last(ctx context.Context, pool string, kind Kind, limit int) (out []Run, err error) {
	k.flush(ctx)
	prefix := []any{pool}
	if kind != "" {
		prefix = append(prefix, string(kind))
	}
	err = k.Store.View(ctx, func(r storage.Reader) (err error) {
		out, err = runs.List(r, storage.Page{Prefix: prefix})
		return err
	})
	slices.SortStableFunc(out, func(a, b Run) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out, err
}

// DeletePool removes the runs of a pool, in the transaction that removes it.
func DeletePool(w storage.Writer, pool string) error {
	all, err := runs.List(w, storage.Page{Prefix: []any{pool}})
	for _, run := range all {
		if err == nil {
			err = runs.Delete(w, run.PoolID, string(run.Kind), run.ID)
		}
	}
	return err
}

// Close waits until everything is written; what comes later is not kept.
func (k *Runs) Close() error {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	k.flush(context.Background())
	return nil
}
