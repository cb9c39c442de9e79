// Package postgres is the storage engine for more than one process: one table
// kv(key bytea, value bytea) in any database that speaks PostgreSQL's protocol.
//
// Documents implemented: PostgreSQL 15 manual, chapters 13.2.3 (serializable
// isolation) and 13.5 (serialization failure handling).
package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"poolhouse.dev/storage"
)

// Store is a pool of connections to one database.
type Store struct {
	pool *pgxpool.Pool
	// lane lets one transaction at a time try again: those that lost against
	// each other then no longer do.
	lane chan struct{}
	// busy counts transactions in flight, so that Close can wait for them.
	busy inFlight
}

const (
	tableName = "kv"
	marker    = "poolhouse store, layout 1"

	defaultConnections = 16
)

// Open connects and creates the table in an empty database. The DSN is a URL or
// key=value list as psql takes it; pool_max_conns sets the number of
// connections. A table kv that is not ours answers storage.ErrForeign.
func Open(ctx context.Context, dsn string) (*Store, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("storage: PostgreSQL address: %w", err)
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "poolhouse"
	}
	if !strings.Contains(dsn, "pool_max_conns") {
		config.MaxConns = defaultConnections
	}
	config.AfterConnect = prepareConnection
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("storage: PostgreSQL: %w", err)
	}
	s := &Store{pool: pool, lane: make(chan struct{}, 1)}
	if err := s.prepareTable(ctx); err != nil {
		pool.Close()
		return nil, explain(ctx, err)
	}
	return s, nil
}

// prepareConnection keeps scans on the index: a sequential scan of a small
// table takes a predicate lock on all of it, and every two writers then conflict.
func prepareConnection(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "set enable_seqscan = off")
	return err
}

// prepareTable creates the table in a database that has none, and then looks
// whether it is ours. That creating failed is no error when another process was
// quicker, whose transaction has left both the table and its comment.
func (s *Store) prepareTable(ctx context.Context) error {
	found, err := s.findMarker(ctx)
	if err == nil && found == "" {
		creating := s.createTable(ctx)
		if found, err = s.findMarker(ctx); found == "" {
			err = creating
		}
	}
	if err != nil {
		return fmt.Errorf("storage: PostgreSQL: %w", err)
	}
	if found != marker {
		return fmt.Errorf("%w: the database has a table %s that says %q; name another database or schema", storage.ErrForeign, tableName, found)
	}
	return nil
}

// findMarker answers the comment on the table, "" when there is no table.
func (s *Store) findMarker(ctx context.Context) (text string, err error) {
	err = s.pool.QueryRow(ctx, `select case when to_regclass($1) is null then ''
		else coalesce(obj_description(to_regclass($1), 'pg_class'), 'nothing') end`, tableName).Scan(&text)
	return text, err
}

func (s *Store) createTable(ctx context.Context) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "create table "+tableName+" (key bytea primary key, value bytea not null)"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "comment on table "+tableName+" is '"+marker+"'")
		return err
	})
}

// Close waits for what is in flight.
func (s *Store) Close() error {
	if s.busy.close() {
		s.pool.Close()
	}
	return nil
}

// View runs fn on a snapshot.
func (s *Store) View(ctx context.Context, fn func(storage.Reader) error) error {
	tx, err := s.acquire(ctx, "begin isolation level repeatable read read only")
	if err != nil {
		return err
	}
	defer tx.release()
	return fn(tx)
}

// Update runs fn in a serializable transaction, again when it lost against
// others, until it has lost too often: storage.ErrConflict.
func (s *Store) Update(ctx context.Context, fn func(storage.Writer) error) error {
	next := &attempt{}
	for ; next.number < maxAttempts; next.number++ {
		if err := next.wait(ctx); err != nil {
			return err
		}
		err := s.try(ctx, next, fn)
		if !errors.Is(err, errAgain) {
			return err
		}
	}
	return fmt.Errorf("%w (%d attempts)", storage.ErrConflict, maxAttempts)
}
