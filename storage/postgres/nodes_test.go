package postgres_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/postgres"
	"poolhouse.dev/storage/postgres/pgtest"
	"poolhouse.dev/storage/storagetest"
)

// nodes are two processes' stores on one database: each transaction goes to
// the other one than the last.
type nodes struct {
	stores [2]*postgres.Store
	turn   atomic.Int64
}

func (n *nodes) next() *postgres.Store { return n.stores[n.turn.Add(1)%2] }

func (n *nodes) View(ctx context.Context, fn func(storage.Reader) error) error {
	return n.next().View(ctx, fn)
}

func (n *nodes) Update(ctx context.Context, fn func(storage.Writer) error) error {
	return n.next().Update(ctx, fn)
}

func (n *nodes) Close() error { return errors.Join(n.stores[0].Close(), n.stores[1].Close()) }

func TestSuiteOnTwoNodes(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store {
		dsn := pgtest.DSN(t)
		return &nodes{stores: [2]*postgres.Store{open(t, dsn), open(t, dsn)}}
	})
}

func TestManyProcessesOpenAnEmptyDatabaseAtOnce(t *testing.T) {
	dsn := pgtest.DSN(t)
	done := make(chan error)
	for range 8 {
		go func() {
			s, err := postgres.Open(context.Background(), dsn)
			if err == nil {
				err = s.Close()
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestATableOfAnotherProgramIsRefused(t *testing.T) {
	dsn := pgtest.DSN(t)
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(context.Background(), "create table kv (key text)"); err != nil {
		t.Fatal(err)
	}
	_, err = postgres.Open(context.Background(), dsn)
	if !errors.Is(err, storage.ErrForeign) || !strings.Contains(err.Error(), "name another database") {
		t.Errorf("got %v", err)
	}
}

func TestAServerThatIsNotThereIsAnError(t *testing.T) {
	_, err := postgres.Open(context.Background(), "postgres://nobody:secret@127.0.0.1:1/none?sslmode=disable")
	if !errors.Is(err, storage.ErrUnavailable) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

// TestAServerThatStopsIsUnavailable ends the store's connections from the
// server's side, as a stopping server does.
func TestAServerThatStopsIsUnavailable(t *testing.T) {
	dsn := pgtest.DSN(t)
	s := open(t, dsn+"&application_name=about-to-end")
	err := s.View(context.Background(), func(r storage.Reader) error {
		if _, err := r.Get(storage.Key("k")); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		endConnections(t, dsn, "about-to-end")
		_, err := r.Get(storage.Key("k"))
		return err
	})
	if !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

// endConnections ends the connections of one application; the server may be
// shared with other tests.
func endConnections(t *testing.T, dsn, application string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1", application); err != nil {
		t.Fatal(err)
	}
}

// TestACommitWithoutAnAnswerIsUnknown cuts the connection behind the commit:
// it was made, the client cannot know, and the engine must not run it again.
func TestACommitWithoutAnAnswerIsUnknown(t *testing.T) {
	dsn := pgtest.DSN(t)
	direct := open(t, dsn)
	cut := &cutter{}
	through := open(t, cut.between(t, dsn))
	runs := 0
	cut.armed.Store(true)
	err := through.Update(context.Background(), func(w storage.Writer) error {
		runs++
		return w.Insert(storage.Key("k"), []byte(cutHere))
	})
	if !errors.Is(err, storage.ErrUnknown) || runs != 1 {
		t.Errorf("got %v after %d runs", err, runs)
	}
	cut.armed.Store(false)
	for _, s := range []storage.Store{direct, through} { // the pool has replaced its connection
		err := s.View(context.Background(), func(r storage.Reader) error { _, err := r.Get(storage.Key("k")); return err })
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			t.Error(err)
		}
	}
}

// cutter is a proxy that, once armed, lets nothing of what follows a commit
// come back, and closes the connection.
type cutter struct{ armed atomic.Bool }

func (c *cutter) between(t *testing.T, dsn string) string {
	t.Helper()
	to, err := url.Parse(dsn)
	if err != nil || to.Host == "" {
		t.Fatalf("this test needs a DSN as a URL: %v", err)
	}
	server := to.Host
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go c.serve(l, server)
	to.Host = l.Addr().String()
	return to.String()
}

func (c *cutter) serve(l net.Listener, server string) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		upstream, err := net.Dial("tcp", server)
		if err != nil {
			_ = client.Close()
			continue
		}
		var silent atomic.Bool
		go c.forward(client, upstream, &silent)
		go answer(upstream, client, &silent)
	}
}

// cutHere is the value whose flush, which the commit goes with, is the last
// thing that is answered.
const cutHere = "cut here"

// forward watches for it.
func (c *cutter) forward(client, upstream net.Conn, silent *atomic.Bool) {
	defer func() { _ = upstream.Close() }()
	buf := make([]byte, 1<<16)
	for {
		n, err := client.Read(buf)
		if c.armed.Load() && n > 0 {
			silent.Store(strings.Contains(string(buf[:n]), cutHere) || silent.Load())
		}
		if _, werr := upstream.Write(buf[:n]); err != nil || werr != nil {
			return
		}
	}
}

func answer(upstream, client net.Conn, silent *atomic.Bool) {
	defer func() { _ = client.Close() }()
	buf := make([]byte, 1<<16)
	for {
		n, err := upstream.Read(buf)
		if err != nil || silent.Load() {
			return
		}
		if _, err := client.Write(buf[:n]); err != nil && err != io.EOF {
			return
		}
	}
}
