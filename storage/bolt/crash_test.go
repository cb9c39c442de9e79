package bolt_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/bolt"
)

// The test binary is also the child: it writes to the store named here until it
// is killed, or holds it until its input ends.
const (
	writeTo = "POOLHOUSE_TEST_WRITE_TO"
	hold    = "POOLHOUSE_TEST_HOLD"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(writeTo); path != "" {
		child(path, writeForEver)
	}
	if path := os.Getenv(hold); path != "" {
		child(path, holdUntilEOF)
	}
	os.Exit(m.Run())
}

func child(path string, work func(*bolt.Store)) {
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	work(s)
	os.Exit(0)
}

func holdUntilEOF(*bolt.Store) {
	fmt.Println("held")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// writeForEver has eight writers; each change is two keys and a count, and is
// printed once it is acknowledged. Every eighth closure fails or panics.
func writeForEver(s *bolt.Store) {
	run := fmt.Sprint(time.Now().UnixNano())
	for writer := range 8 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprint(run, "-", writer, "-", i)
				if change(s, id, i%8 == 7) == nil {
					_, _ = os.Stdout.WriteString(id + "\n") // one write, so that a line is whole
				}
			}
		}()
	}
	select {}
}

var errMeant = errors.New("meant to fail")

func change(s *bolt.Store, id string, fail bool) (err error) {
	return s.Update(context.Background(), func(w storage.Writer) error {
		if err := errors.Join(w.Insert(storage.K("left", id), bytes.Repeat([]byte{1}, 300)), w.Insert(storage.K("right", id), nil)); err != nil {
			return err
		}
		count, err := w.Get(storage.K("count"))
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		var n int
		_, _ = fmt.Sscan(string(count), &n)
		if fail {
			return errors.Join(errMeant, w.Put(storage.K("count"), []byte("0")))
		}
		return w.Put(storage.K("count"), []byte(fmt.Sprint(n+1)))
	})
}

func TestKilledAtRandomNothingAcknowledgedIsLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "poolhouse.db")
	s, err := bolt.Create(path)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]bool{}
	for range 25 {
		writeAndKill(t, path, time.Duration(20+rand.IntN(120))*time.Millisecond, acknowledged)
		wantSound(t, path, acknowledged)
	}
	t.Logf("%d acknowledged changes, none lost", len(acknowledged))
	if len(acknowledged) < 500 {
		t.Errorf("only %d changes were acknowledged", len(acknowledged))
	}
}

func writeAndKill(t *testing.T, path string, after time.Duration, acknowledged map[string]bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writeTo+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err := errors.Join(err, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the child wrote nothing")
	}
	acknowledged[lines.Text()] = true
	killer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer killer.Stop()
	for lines.Scan() {
		acknowledged[lines.Text()] = true
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the child ended by itself: %v", err)
	}
}

// wantSound: every acknowledged change is there, every change there is whole,
// the count agrees, and bbolt finds its pages in order.
func wantSound(t *testing.T, path string, acknowledged map[string]bool) {
	t.Helper()
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	left, right := all(t, s, "left"), all(t, s, "right")
	for id := range acknowledged {
		if !left[id] || !right[id] {
			t.Fatalf("acknowledged %s is lost", id)
		}
	}
	for id := range left {
		if !right[id] {
			t.Fatalf("%s is half there", id)
		}
	}
	err = s.View(context.Background(), func(r storage.Reader) error {
		count, err := r.Get(storage.K("count"))
		if string(count) != fmt.Sprint(len(left)) || len(left) != len(right) {
			t.Fatalf("count %s, %d left, %d right", count, len(left), len(right))
		}
		return err
	})
	if err := errors.Join(err, s.Close(), check(path)); err != nil {
		t.Fatal(err)
	}
}

func all(t *testing.T, s storage.Store, name string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := s.View(context.Background(), func(r storage.Reader) error {
		span := storage.Prefix(name)
		for {
			page, err := r.Scan(span)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, e := range page {
				parts, _ := e.Key.Parts()
				found[parts[1].(string)] = true
			}
			span = span.After(page[len(page)-1].Key)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func check(path string) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		return err
	}
	err = db.View(func(tx *bbolt.Tx) error {
		var errs []error
		for err := range tx.Check() {
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	})
	return errors.Join(err, db.Close())
}

func TestAFileThatAnotherProcessHoldsIsRefused(t *testing.T) {
	path := write(t, sample(t))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), hold+"="+path)
	in, err := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	if !bufio.NewScanner(out).Scan() {
		t.Fatal("the child does not hold the file")
	}
	wantRefused(t, path, storage.ErrLocked, "stop the other process")
	if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
		t.Fatal(err)
	}
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantWhole(t, s, 200)
	_ = s.Close()
}
