package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/internal/overlay"
)

// transaction begins with its first statement, in the same round trip.
type transaction struct {
	ctx   context.Context
	store *Store
	conn  *pgxpool.Conn
	begin string
	begun bool
	// lost: a statement failed because of another transaction.
	lost bool
	// asked: the commit was sent.
	asked bool
}

func (s *Store) acquire(ctx context.Context, begin string) (*transaction, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !s.busy.enter() {
		return nil, storage.ErrClosed
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		s.busy.leave()
		return nil, explain(ctx, err)
	}
	return &transaction{ctx: ctx, store: s, conn: conn, begin: begin}, nil
}

// release rolls back what is not committed; also after a panic, and when the
// context has ended.
func (tx *transaction) release() {
	defer tx.store.busy.leave()
	defer tx.conn.Release() // drops a connection that is still in a transaction
	if !tx.begun || tx.conn.Conn().IsClosed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tx.ctx), 5*time.Second)
	defer cancel()
	_, _ = tx.conn.Exec(ctx, "rollback")
}

// send runs the statements in one round trip, the first ones of a transaction
// together with its begin.
func (tx *transaction) send(ctx context.Context, batch *pgx.Batch) (err error) {
	defer func() {
		tx.lost = tx.lost || isLost(err)
		err = explain(ctx, err)
	}()
	if !tx.begun {
		tx.begun = true
		first := &pgx.Batch{}
		first.Queue(tx.begin)
		first.QueuedQueries = append(first.QueuedQueries, batch.QueuedQueries...)
		batch = first
	}
	return tx.conn.SendBatch(ctx, batch).Close()
}

// explain answers the context's error when that is why, and names a full disk.
func explain(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case hasCode(err, diskFull):
		return fmt.Errorf("%w: %w", storage.ErrFull, err)
	case unreachable(err):
		return fmt.Errorf("%w: %w", storage.ErrUnavailable, err)
	}
	return err
}

// unreachable says that the failure is no answer of a working server: the
// connection failed (no PgError, or class 08), the server is stopping or
// starting (57P01-57P03), or it takes no more connections (53300).
func unreachable(err error) bool {
	var said *pgconn.PgError
	var dialled *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &said):
		return strings.HasPrefix(said.Code, "08") || strings.HasPrefix(said.Code, "57P0") || said.Code == "53300"
	case errors.As(err, &dialled), errors.As(err, &network), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return true
	}
	return false
}

// Get answers the value under the key.
func (tx *transaction) Get(key storage.Key) (value []byte, err error) {
	found := false
	batch := &pgx.Batch{}
	batch.Queue("select value from kv where key = $1", []byte(key)).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			found = true
			if err := rows.Scan(&value); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err := tx.send(tx.ctx, batch); err != nil {
		return nil, err
	}
	if !found {
		return nil, storage.ErrNotFound
	}
	return value, nil
}

// Scan answers one page.
func (tx *transaction) Scan(span storage.Range) (page []storage.Entry, err error) {
	text, args := scanStatement(span)
	batch := &pgx.Batch{}
	batch.Queue(text, args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var e storage.Entry
			if err := rows.Scan((*[]byte)(&e.Key), &e.Value); err != nil {
				return err
			}
			page = append(page, e)
		}
		return rows.Err()
	})
	return page, tx.send(tx.ctx, batch)
}

func scanStatement(span storage.Range) (text string, args []any) {
	var where []string
	add := func(condition string, bound storage.Key) {
		if len(bound) > 0 {
			args = append(args, []byte(bound))
			where = append(where, fmt.Sprintf("%s $%d", condition, len(args)))
		}
	}
	add("key >=", span.Start)
	add("key <", span.End)
	text = "select key, value from kv"
	if len(where) > 0 {
		text += " where " + strings.Join(where, " and ")
	}
	text += " order by key"
	if span.Reverse {
		text += " desc"
	}
	args = append(args, span.PageSize())
	return fmt.Sprintf("%s limit $%d", text, len(args)), args
}

// flush carries all writes of a closure. The three sets of keys are disjoint. A
// fresh key that is taken fails with a unique violation; a key that another
// transaction has written since our snapshot fails as a serialization failure.
const flush = `with gone as (delete from kv where key = any($1::bytea[])),
kept as (insert into kv select * from unnest($2::bytea[], $3::bytea[]) on conflict (key) do update set value = excluded.value)
insert into kv select * from unnest($4::bytea[], $5::bytea[])`

// commit sends the writes and the commit in one round trip. A transaction that
// only read must commit too: what it saw counts only then.
func (tx *transaction) commit(ctx context.Context, w *overlay.Writer) error {
	if !tx.begun && w.Clean() {
		return nil
	}
	batch := &pgx.Batch{}
	if !w.Clean() {
		batch.Queue(flush, writes(w)...)
	}
	batch.Queue("commit").Exec(func(tag pgconn.CommandTag) error {
		if tag.String() != "COMMIT" { // a failed transaction answers ROLLBACK
			return errors.New("storage: PostgreSQL rolled back")
		}
		return nil
	})
	tx.asked = true
	err := tx.send(ctx, batch)
	if err == nil {
		tx.begun = false
	}
	return err
}

func writes(w *overlay.Writer) []any {
	gone, keptKeys, keptValues := [][]byte{}, [][]byte{}, [][]byte{}
	freshKeys, freshValues := [][]byte{}, [][]byte{}
	for key, change := range w.Changes() {
		switch {
		case change.Gone:
			gone = append(gone, key)
		case change.Fresh:
			freshKeys, freshValues = append(freshKeys, key), append(freshValues, change.Value)
		default:
			keptKeys, keptValues = append(keptKeys, key), append(keptValues, change.Value)
		}
	}
	return []any{gone, keptKeys, keptValues, freshKeys, freshValues}
}
