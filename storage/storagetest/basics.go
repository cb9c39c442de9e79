package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"poolhouse.dev/storage"
)

func putAndGet(t *testing.T, s storage.Store) {
	for _, want := range []string{"one", "", "two", "\x00\xff"} {
		put(t, s, storage.Key("k"), want)
		wantValue(t, s, storage.Key("k"), want)
	}
	wantAbsent(t, s, storage.Key("k\x00"))
	wantAbsent(t, s, storage.Key("K"))
}

func ownBytes(t *testing.T, s storage.Store) {
	fill(t, s, 100) // a very small store may answer copies by accident
	key, val := []byte("key"), []byte("value")
	update(t, s, func(w storage.Writer) error {
		err := w.Put(key, val)
		key[0], val[0] = 'X', 'X'
		got, _ := w.Get(storage.Key("key"))
		got[1] = 'Y'
		key[0], val[0] = 'k', 'v'
		return err
	})
	view(t, s, func(r storage.Reader) error {
		got, err := r.Get(storage.Key("key"))
		page, _ := r.Scan(storage.Range{})
		got[0], page[0].Key[0], page[0].Value[0] = 'Z', 'Z', 'Z'
		return err
	})
	wantValue(t, s, storage.Key("key"), "value")
}

func insertTaken(t *testing.T, s storage.Store) {
	key := storage.Key("k")
	insert := func(value string) func(storage.Writer) error {
		return func(w storage.Writer) error { return w.Insert(key, []byte(value)) }
	}
	update(t, s, insert("first"))
	wantError(t, s.Update(context.Background(), insert("second")), storage.ErrExists)
	wantValue(t, s, key, "first")

	other := errors.New("other")
	refused := error(nil)
	err := s.Update(context.Background(), func(w storage.Writer) error {
		refused = insert("third")(w)
		return other
	})
	wantError(t, err, other)
	wantError(t, refused, storage.ErrExists)

	update(t, s, func(w storage.Writer) error {
		refused = insert("fourth")(w)
		return w.Put(storage.Key("noted"), []byte("yes"))
	})
	wantError(t, refused, storage.ErrExists)
	wantValue(t, s, key, "first")
	wantValue(t, s, storage.Key("noted"), "yes")

	update(t, s, func(w storage.Writer) error {
		return errors.Join(w.Delete(key), insert("fifth")(w))
	})
	wantValue(t, s, key, "fifth")

	update(t, s, func(w storage.Writer) error {
		refused = insert("sixth")(w)
		if refused != nil {
			return nil
		}
		return w.Delete(key) // undone by the caller, as a collection does
	})
	wantError(t, refused, storage.ErrExists)
	wantValue(t, s, key, "fifth")
}

func deleteKey(t *testing.T, s storage.Store) {
	put(t, s, storage.Key("k"), "v")
	update(t, s, func(w storage.Writer) error {
		return errors.Join(w.Delete(storage.Key("k")), w.Delete(storage.Key("absent")))
	})
	wantAbsent(t, s, storage.Key("k"))
	update(t, s, func(w storage.Writer) error {
		return errors.Join(w.Put(storage.Key("k"), nil), w.Delete(storage.Key("k")))
	})
	wantAbsent(t, s, storage.Key("k"))
}

func sizes(t *testing.T, s storage.Store) {
	key := storage.Key(strings.Repeat("k", storage.MaxKey))
	big := bytes.Repeat([]byte("0123456789abcdef"), storage.MaxValue/16)
	update(t, s, func(w storage.Writer) error { return w.Put(key, big) })
	wantValue(t, s, key, string(big))
	for _, bad := range []storage.Entry{{Key: nil}, {Key: append(key, 'k')}, {Key: storage.Key("v"), Value: append(big, '0')}} {
		err := s.Update(context.Background(), func(w storage.Writer) error { return w.Put(bad.Key, bad.Value) })
		wantError(t, err, storage.ErrTooLarge)
		err = s.Update(context.Background(), func(w storage.Writer) error { return w.Insert(bad.Key, bad.Value) })
		wantError(t, err, storage.ErrTooLarge)
	}
	wantAbsent(t, s, storage.Key("v"))
}

// byteOrder holds for every byte, whatever a collation thinks of it.
func byteOrder(t *testing.T, s storage.Store) {
	update(t, s, func(w storage.Writer) error {
		for i := 255; i >= 0; i-- {
			if err := w.Put(storage.Key{byte(i)}, nil); err != nil {
				return err
			}
		}
		return errors.Join(w.Put(storage.Key{0, 0}, nil), w.Put(storage.Key{255, 255}, nil))
	})
	view(t, s, func(r storage.Reader) error {
		page, err := r.Scan(storage.Range{})
		if len(page) != 258 {
			t.Fatalf("got %d entries, want 258", len(page))
		}
		for i := 1; i < len(page); i++ {
			if bytes.Compare(page[i-1].Key, page[i].Key) >= 0 {
				t.Fatalf("%x comes before %x", page[i-1].Key, page[i].Key)
			}
		}
		return err
	})
}

func numbered(i int) storage.Key { return storage.Key(fmt.Sprintf("n%04d", i)) }

func fill(t testing.TB, s storage.Store, n int) {
	update(t, s, func(w storage.Writer) error {
		for i := range n {
			if err := w.Put(numbered(i), []byte{byte(i)}); err != nil {
				return err
			}
		}
		return nil
	})
}

func scanPages(t *testing.T, s storage.Store) {
	fill(t, s, 1500)
	view(t, s, func(r storage.Reader) error {
		page, err := r.Scan(storage.Range{})
		if len(page) != 1000 {
			t.Errorf("without a limit: %d entries, want 1000", len(page))
		}
		return err
	})
	for _, reverse := range []bool{false, true} {
		span := storage.Range{Start: numbered(100), End: numbered(200), Reverse: reverse, Limit: 7}
		got := walk(t, s, span)
		if len(got) != 100 {
			t.Fatalf("reverse %v: %d entries, want 100", reverse, len(got))
		}
		for i, e := range got {
			want := numbered(100 + i)
			if reverse {
				want = numbered(199 - i)
			}
			if !bytes.Equal(e.Key, want) {
				t.Fatalf("reverse %v: entry %d is %q, want %q", reverse, i, e.Key, want)
			}
		}
	}
}

// walk pages through the range, each page in a view of its own.
func walk(t testing.TB, s storage.Store, span storage.Range) (all []storage.Entry) {
	for {
		var page []storage.Entry
		view(t, s, func(r storage.Reader) (err error) {
			page, err = r.Scan(span)
			return err
		})
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		span = span.After(page[len(page)-1].Key)
	}
}

func scanOwnWrites(t *testing.T, s storage.Store) {
	fill(t, s, 10)
	update(t, s, func(w storage.Writer) error {
		err := errors.Join(w.Delete(numbered(0)), w.Delete(numbered(3)), w.Delete(numbered(4)), w.Delete(numbered(9)),
			w.Put(numbered(5), []byte("new")), w.Insert(storage.Key("n0001x"), nil), w.Insert(storage.Key("z"), nil))
		for _, reverse := range []bool{false, true} {
			want := `"n0001"="\x01" "n0001x"="" "n0002"="\x02" "n0005"="new" "n0006"="\x06" "n0007"="\a" "n0008"="\b" "z"="" `
			if reverse {
				want = `"z"="" "n0008"="\b" "n0007"="\a" "n0006"="\x06" "n0005"="new" "n0002"="\x02" "n0001x"="" "n0001"="\x01" `
			}
			for limit := 1; limit < 12; limit++ {
				got := pages(t, w, storage.Range{Reverse: reverse, Limit: limit})
				if got != want {
					t.Errorf("reverse %v, pages of %d:\ngot  %s\nwant %s", reverse, limit, got, want)
				}
			}
		}
		return err
	})
}

func pages(t testing.TB, r storage.Reader, span storage.Range) (text string) {
	for {
		page, err := r.Scan(span)
		if err != nil {
			t.Error(err)
		}
		if len(page) > span.Limit {
			t.Errorf("a page of %d, limit %d", len(page), span.Limit)
		}
		if len(page) == 0 {
			return text
		}
		text += show(page)
		span = span.After(page[len(page)-1].Key)
	}
}

func readOwnWrites(t *testing.T, s storage.Store) {
	put(t, s, storage.Key("a"), "1")
	update(t, s, func(w storage.Writer) error {
		err := errors.Join(w.Put(storage.Key("a"), []byte("2")), w.Insert(storage.Key("b"), []byte("3")))
		a, errA := w.Get(storage.Key("a"))
		b, errB := w.Get(storage.Key("b"))
		if string(a) != "2" || string(b) != "3" {
			t.Errorf("got a=%q b=%q", a, b)
		}
		if err := w.Insert(storage.Key("b"), nil); !errors.Is(err, storage.ErrExists) {
			t.Errorf("second insert: %v", err)
		}
		err = errors.Join(err, errA, errB, w.Delete(storage.Key("a")))
		if _, gone := w.Get(storage.Key("a")); !errors.Is(gone, storage.ErrNotFound) {
			t.Errorf("after delete: %v", gone)
		}
		return err
	})
	wantAbsent(t, s, storage.Key("a"))
	wantValue(t, s, storage.Key("b"), "3")
}
