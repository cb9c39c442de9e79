package storage

import (
	"context"
	"errors"
	"fmt"
)

// Migration is one numbered change of what is stored. Numbers begin at 1 and
// have no gaps; a migration never changes once released.
type Migration struct {
	Number int
	Name   string
	// Page changes a bounded number of records, from the cursor on (nil the
	// first time), and answers where the next page begins, nil at the end. It
	// runs in a transaction of its own and may run again.
	Page func(w Writer, cursor []byte) (next []byte, err error)
}

// migrationRecord is how far a migration has come.
type migrationRecord struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	Cursor []byte `json:"cursor,omitempty"`
	Done   bool   `json:"done,omitempty"`
}

var migrationRecords = Collection[migrationRecord]{
	Name: "storage.migration", Format: 1,
	ID: func(m *migrationRecord) []any { return []any{m.Number} },
}

// Migrate runs what the store has not had yet, in order. Each page commits
// together with its cursor, so that a migration that was cut short goes on
// where it stopped, and two processes share the work without doing any twice.
// A store that had more migrations than the list answers ErrNewer.
func Migrate(ctx context.Context, s Store, list []Migration) error {
	if err := checkMigrations(list); err != nil {
		return err
	}
	done, err := migrated(ctx, s, len(list))
	if err != nil {
		return err
	}
	for _, m := range list[done:] {
		if err := m.run(ctx, s); err != nil {
			return fmt.Errorf("storage: migration %d (%s): %w", m.Number, m.Name, err)
		}
	}
	return nil
}

func checkMigrations(list []Migration) error {
	for i, m := range list {
		if m.Number != i+1 {
			return fmt.Errorf("storage: migration %q has number %d in place %d", m.Name, m.Number, i+1)
		}
	}
	return nil
}

// migrated answers how many migrations are finished.
func migrated(ctx context.Context, s Store, known int) (done int, err error) {
	err = s.View(ctx, func(r Reader) error {
		newest, err := migrationRecords.List(r, Page{Reverse: true, Limit: 1})
		if err != nil || len(newest) == 0 {
			return err
		}
		if done = newest[0].Number; done > known {
			return fmt.Errorf("%w: it has had migration %d, this program knows %d", ErrNewer, done, known)
		}
		if !newest[0].Done {
			done--
		}
		return nil
	})
	return done, err
}

func (m *Migration) run(ctx context.Context, s Store) error {
	for done := false; !done; {
		err := s.Update(ctx, func(w Writer) (err error) {
			done, err = m.page(w)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// page reads the cursor inside the transaction: another process may have moved it.
func (m *Migration) page(w Writer) (done bool, err error) {
	at, err := migrationRecords.Get(w, m.Number)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return false, err
	}
	if at.Done {
		return true, nil
	}
	next, err := m.Page(w, at.Cursor)
	if err != nil {
		return false, err
	}
	at = migrationRecord{Number: m.Number, Name: m.Name, Cursor: next, Done: next == nil}
	return at.Done, migrationRecords.Put(w, at)
}
