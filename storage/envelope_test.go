package storage_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"poolhouse.dev/storage"
	"poolhouse.dev/storage/memory"
)

type note struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

func notes(format int) *storage.Collection[note] {
	return &storage.Collection[note]{
		Name: "note", Format: format,
		ID:     func(n *note) []any { return []any{n.ID} },
		Unique: []storage.Unique[note]{{Name: "text", Of: func(n *note) []any { return []any{n.Text} }}},
	}
}

var noteKey = storage.K("note", "r", "one")

// stored answers a store with one note, and the bytes it is kept as.
func stored(t *testing.T) (storage.Store, []byte) {
	t.Helper()
	s := memory.Open()
	var raw []byte
	err := s.Update(context.Background(), func(w storage.Writer) error {
		if err := notes(2).Insert(w, note{ID: "one", Text: "hello"}); err != nil {
			return err
		}
		var err error
		raw, err = w.Get(noteKey)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, raw
}

// get reads the note after its bytes were replaced.
func get(t *testing.T, s storage.Store, c *storage.Collection[note], raw []byte) (n note, err error) {
	t.Helper()
	fault := s.Update(context.Background(), func(w storage.Writer) error {
		if err := w.Put(noteKey, raw); err != nil {
			return err
		}
		n, err = c.Get(w, "one")
		return nil
	})
	if fault != nil {
		t.Fatal(fault)
	}
	return n, err
}

func TestEnvelopeFormatIsPermanent(t *testing.T) {
	_, raw := stored(t)
	want := `{"f":2,"c":"11a80c16","v":{"id":"one","text":"hello"}}`
	if string(raw) != want {
		t.Errorf("got  %s\nwant %s", raw, want)
	}
}

func TestDamageIsSeen(t *testing.T) {
	s, raw := stored(t)
	for i := range raw {
		for bit := range 8 {
			bent := []byte(string(raw))
			bent[i] ^= 1 << bit
			if n, err := get(t, s, notes(2), bent); !errors.Is(err, storage.ErrDamaged) {
				t.Fatalf("byte %d, bit %d: got %+v, %v", i, bit, n, err)
			}
		}
		if n, err := get(t, s, notes(2), raw[:i]); !errors.Is(err, storage.ErrDamaged) {
			t.Fatalf("cut to %d: got %+v, %v", i, n, err)
		}
	}
	_, err := get(t, s, notes(2), []byte("x"))
	if !strings.Contains(fmt.Sprint(err), `"note" "r" "one"`) {
		t.Errorf("the error does not name the record: %v", err)
	}
}

func TestAValueUnderAnotherKeyIsDamage(t *testing.T) {
	s, raw := stored(t)
	err := s.Update(context.Background(), func(w storage.Writer) error {
		if err := w.Put(storage.K("note", "r", "two"), raw); err != nil {
			return err
		}
		_, err := notes(2).Get(w, "two")
		return err
	})
	if !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func TestFormats(t *testing.T) {
	s, raw := stored(t)
	if _, err := get(t, s, notes(1), raw); !errors.Is(err, storage.ErrNewer) {
		t.Errorf("a newer record: %v", err)
	}
	if _, err := get(t, s, notes(3), raw); err == nil {
		t.Error("an older record was read without Upgrade")
	}
	upgraded := notes(3)
	upgraded.Upgrade = func(from int, raw []byte) ([]byte, error) {
		return []byte(strings.ReplaceAll(string(raw), "hello", fmt.Sprint("was ", from))), nil
	}
	if n, err := get(t, s, upgraded, raw); err != nil || n.Text != "was 2" {
		t.Errorf("upgraded: %+v, %v", n, err)
	}
}

func TestTextIsKeptOrRefused(t *testing.T) {
	s := memory.Open()
	texts := map[string]bool{"\uFFFD": true, `\ufffd`: true, `\\ufffd`: true, "\\": true, "a\x00b": true, "\u2028<&>": true,
		"\xff": false, "ok\xc3": false, "\\\xff": false}
	for text, fine := range texts {
		err := s.Update(context.Background(), func(w storage.Writer) error {
			if err := notes(1).Put(w, note{ID: "one", Text: text}); err != nil {
				return err
			}
			n, err := notes(1).Get(w, "one")
			if err == nil && n.Text != text {
				t.Errorf("%q came back as %q", text, n.Text)
			}
			return err
		})
		if (err == nil) != fine {
			t.Errorf("%q: %v", text, err)
		}
		err = s.Update(context.Background(), func(w storage.Writer) error {
			return notes(1).Put(w, note{ID: text, Text: "as id " + fmt.Sprintf("%q", text)})
		})
		if (err == nil) != fine {
			t.Errorf("%q as an id: %v", text, err)
		}
	}
}

func TestARecordThatIsTooLargeLeavesNothing(t *testing.T) {
	s := memory.Open()
	twice := notes(1)
	twice.Indexes = []storage.Index[note]{{Name: "twice", Of: func(n *note) []any { return []any{n.Text, n.Text} }}}
	var refused [3]error
	err := s.Update(context.Background(), func(w storage.Writer) error {
		refused[0] = notes(1).Insert(w, note{ID: "big", Text: strings.Repeat("x", storage.MaxKey)})
		refused[1] = notes(1).Insert(w, note{ID: strings.Repeat("x", storage.MaxValue)})
		refused[2] = twice.Insert(w, note{ID: "index", Text: strings.Repeat("x", storage.MaxKey*2/3)})
		left, err := w.Scan(storage.Range{})
		if len(left) != 0 {
			t.Errorf("%d entries left", len(left))
		}
		return err
	})
	for i := range refused {
		if err != nil || !errors.Is(refused[i], storage.ErrTooLarge) {
			t.Errorf("record %d: %v and %v", i, refused[i], err)
		}
	}
}

func TestAUniqueKeyThatLeadsAstrayIsDamage(t *testing.T) {
	s, _ := stored(t)
	for _, to := range []storage.Key{storage.K("one"), storage.K("nobody")} {
		err := s.Update(context.Background(), func(w storage.Writer) error {
			if err := w.Put(storage.K("note", "u", "text", "other"), to); err != nil {
				return err
			}
			_, err := notes(2).By(w, "text", "other")
			return err
		})
		if !errors.Is(err, storage.ErrDamaged) {
			t.Errorf("got %v", err)
		}
	}
}
