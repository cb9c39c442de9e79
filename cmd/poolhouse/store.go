package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
	"poolhouse.dev/storage/bolt"
	"poolhouse.dev/storage/memory"
	"poolhouse.dev/storage/postgres"
)

// opening says what to do when there is no store.
type opening int

const (
	existing opening = iota // refuse: a command works on what is there
	orNew                   // make one, unless there has been one
	inMemory                // keep everything in memory (poolhouse dev)
)

// openStore opens the store that the settings name and answers it with its sealer.
func (a *app) openStore(ctx context.Context, s *settings, how opening) (storage.Store, *storage.Sealer, error) {
	if how == inMemory {
		return a.seal(ctx, s, memory.Open(), true)
	}
	f := folder(s.Data)
	if how == orNew {
		if err := f.prepare(); err != nil {
			return nil, nil, err
		}
	}
	store, err := openEngine(ctx, s, how)
	if err != nil {
		return nil, nil, err
	}
	fresh, err := isFresh(ctx, store)
	if err == nil && fresh && how == existing {
		err = noStore(s)
	}
	if err == nil && fresh && s.Storage != "" && exists(f.marker()) {
		err = f.missing("the data in the database")
	}
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	return a.seal(ctx, s, store, fresh)
}

func openEngine(ctx context.Context, s *settings, how opening) (storage.Store, error) {
	if s.Storage != "" {
		return openPostgres(ctx, s.Storage)
	}
	return openBolt(s, how)
}

func openPostgres(ctx context.Context, dsn string) (storage.Store, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	store, err := postgres.Open(ctx, dsn)
	if err != nil {
		return nil, &failure{exitStore, "the database does not answer", oneLine(err.Error()),
			"check the storage setting, that PostgreSQL runs, and that its user may create a table"}
	}
	return store, nil
}

func openBolt(s *settings, how opening) (storage.Store, error) {
	f := folder(s.Data)
	if !exists(f.store()) {
		if how == existing {
			return nil, noStore(s)
		}
		if err := f.missing("the store " + f.store()); err != nil {
			return nil, err
		}
		store, err := bolt.Create(f.store())
		return store, namedStore(f.store(), err)
	}
	store, err := bolt.Open(f.store(), bolt.Options{})
	if err != nil {
		return nil, namedStore(f.store(), err)
	}
	return store, os.Chmod(f.store(), 0o600)
}

// namedStore says which store an error is about.
func namedStore(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrLocked):
		return lockedFailure("the store " + path)
	case errors.Is(err, storage.ErrForeign):
		return foreignFailure("the store "+path, err)
	case errors.Is(err, os.ErrPermission):
		return &failure{exitFolder, "cannot open the store " + path, "permission denied", "give this user the file and its folder (chown)"}
	}
	return err
}

func noStore(s *settings) error {
	where := folder(s.Data).store()
	if s.Storage != "" {
		where = "the database"
	}
	return &failure{exitStore, "there is no store in " + where, "no server has started with it yet",
		"name the right folder with --data or --config, or start the server once: poolhouse serve"}
}

// isFresh says that the store holds nothing at all. Sealing is the first thing
// that ever writes, so a store is fresh exactly until it has a master key.
func isFresh(ctx context.Context, store storage.Store) (bool, error) {
	fresh := false
	err := store.View(ctx, func(r storage.Reader) error {
		found, err := r.Scan(storage.Range{Limit: 1})
		fresh = len(found) == 0
		return err
	})
	return fresh, err
}

// seal finds the master key and holds it against the store. The order makes a
// crash at any point harmless: store, key, seal, marker; each step can be
// repeated, and no key is ever made for a store that has one.
func (a *app) seal(ctx context.Context, s *settings, store storage.Store, fresh bool) (storage.Store, *storage.Sealer, error) {
	key, err := a.masterKey(s, fresh)
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	sealer, err := storage.NewSealer(key)
	if err == nil {
		err = storage.CheckSealer(ctx, store, sealer)
	}
	if err == nil {
		err = storage.Migrate(ctx, store, identity.Migrations())
	}
	if err == nil {
		err = folder(s.Data).mark(time.Now())
	}
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	return store, sealer, nil
}

// ready says whether the store answers.
func ready(store storage.Store) func(context.Context) error {
	return func(ctx context.Context) error {
		err := store.View(ctx, func(r storage.Reader) error {
			_, err := r.Scan(storage.Range{Limit: 1})
			return err
		})
		if err != nil {
			return fmt.Errorf("store: %w", err)
		}
		return nil
	}
}
