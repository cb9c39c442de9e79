package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/internal/overlay"
)

// maxAttempts bounds how often a closure runs. Within one process the lane
// makes a second loss rare; further ones come from other processes.
const maxAttempts = 12

// errAgain says that the closure is to run again.
var errAgain = errors.New("again")

// attempt is what one run of a closure has learned from those before.
type attempt struct {
	number int
	// lost says that a run failed against another transaction.
	lost bool
	// ask says that a run took a key to be free that was not: Insert now asks.
	ask bool
}

// wait holds back a closure that has lost, a little longer each time; the
// jitter parts those that lost against each other.
func (a *attempt) wait(ctx context.Context) error {
	if !a.lost {
		return nil
	}
	longest := min(time.Millisecond<<a.number, 250*time.Millisecond)
	timer := time.NewTimer(rand.N(longest))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// try runs the closure once and commits.
func (s *Store) try(ctx context.Context, a *attempt, fn func(storage.Writer) error) error {
	if a.lost {
		select {
		case s.lane <- struct{}{}:
			defer func() { <-s.lane }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	tx, err := s.acquire(ctx, "begin isolation level serializable")
	if err != nil {
		return err
	}
	defer tx.release()
	w := &overlay.Writer{Context: ctx, Base: tx, Assume: !a.ask}
	return a.judge(ctx, tx, w, fn(w))
}

// judge decides what follows from how the closure ended.
func (a *attempt) judge(ctx context.Context, tx *transaction, w *overlay.Writer, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case tx.lost:
		// Whatever the closure made of the failure, the database has given it up.
		a.lost = true
		return errAgain
	case w.Doubt(), err != nil && w.Assumed():
		// It decided while taking a key to be free; it may not have been.
		a.ask = true
		return errAgain
	case err != nil:
		return err
	}
	return a.commit(ctx, tx, w)
}

func (a *attempt) commit(ctx context.Context, tx *transaction, w *overlay.Writer) error {
	err := tx.commit(ctx, w)
	switch {
	case err == nil:
		return nil
	case hasCode(err, uniqueViolation):
		a.ask = true
		return errAgain
	case isLost(err):
		a.lost = true
		return errAgain
	case tx.asked && !isRefused(err) && !pgconn.SafeToRetry(err):
		return fmt.Errorf("%w: %w", storage.ErrUnknown, err)
	}
	return err
}

// PostgreSQL error codes, manual appendix A.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	uniqueViolation      = "23505"
	diskFull             = "53100"
)

func hasCode(err error, code string) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && answer.Code == code
}

func isLost(err error) bool {
	return hasCode(err, serializationFailure) || hasCode(err, deadlockDetected)
}

// isRefused says that the server itself refused, and stays up to say so: then
// nothing was committed. A FATAL answer may stand in place of one that was lost.
func isRefused(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && answer.SeverityUnlocalized == "ERROR"
}
