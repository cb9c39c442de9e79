package storagetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"poolhouse.dev/storage"
)

type person struct {
	Pool   string   `json:"pool"`
	ID     string   `json:"id"`
	Mail   string   `json:"mail,omitempty"`
	Phone  string   `json:"phone,omitempty"`
	Age    int      `json:"age"`
	Groups []string `json:"groups,omitempty"`
}

var people = storage.Collection[person]{
	Name: "person", Format: 1,
	ID: func(p *person) []any { return []any{p.Pool, p.ID} },
	Unique: []storage.Unique[person]{
		{Name: "mail", Of: func(p *person) []any { return unlessEmpty(p.Pool, p.Mail) }},
		{Name: "phone", Of: func(p *person) []any { return unlessEmpty(p.Pool, p.Phone) }},
	},
	Indexes: []storage.Index[person]{
		{Name: "age", Of: func(p *person) []any { return []any{p.Pool, p.Age} }},
		{Name: "group", Many: groupsOf},
	},
}

func unlessEmpty(pool, value string) []any {
	if value == "" {
		return nil
	}
	return []any{pool, value}
}

func groupsOf(p *person) (all [][]any) {
	for _, group := range p.Groups {
		all = append(all, []any{p.Pool, group})
	}
	return all
}

func collectionRefuses(t *testing.T, s storage.Store) {
	ann := person{Pool: "p", ID: "ann", Mail: "ann@example.test", Phone: "+1", Groups: []string{"staff"}}
	update(t, s, func(w storage.Writer) error { return people.Insert(w, ann) })
	refused := []struct {
		taken  person
		unique string
	}{
		{person{Pool: "p", ID: "ann"}, ""},
		{person{Pool: "p", ID: "bob", Mail: "ann@example.test", Phone: "+2", Age: 9}, "mail"},
		{person{Pool: "p", ID: "bob", Mail: "bob@example.test", Phone: "+1", Age: 9}, "phone"},
	}
	for _, c := range refused {
		var refusal error
		update(t, s, func(w storage.Writer) error { // the refusal leaves as a value, so the transaction commits
			refusal = people.Insert(w, c.taken)
			return nil
		})
		wantUnique(t, refusal, c.unique)
	}
	if left := everyEntry(t, s); left != 5 { // record, mail, phone, age, group
		t.Fatalf("%d entries, want the 5 of one record: a refused one left something behind", left)
	}
	update(t, s, func(w storage.Writer) error {
		return people.Insert(w, person{Pool: "q", ID: "ann", Mail: "ann@example.test"})
	})
}

func wantUnique(t testing.TB, err error, unique string) {
	t.Helper()
	var refusal *storage.ExistsError
	if !errors.As(err, &refusal) || !errors.Is(err, storage.ErrExists) || refusal.Unique != unique || refusal.Collection != "person" {
		t.Fatalf("got %v, want a refusal for %q", err, unique)
	}
}

func everyEntry(t testing.TB, s storage.Store) (n int) {
	view(t, s, func(r storage.Reader) error {
		page, err := r.Scan(storage.Range{})
		n = len(page)
		return err
	})
	return n
}

func collectionMoves(t *testing.T, s storage.Store) {
	ann := person{Pool: "p", ID: "ann", Mail: "old@example.test", Phone: "+1", Age: 30, Groups: []string{"a", "b"}}
	bob := person{Pool: "p", ID: "bob", Mail: "bob@example.test"}
	put := func(p person) error {
		return persist(s, func(w storage.Writer) error { return people.Put(w, p) })
	}
	if err := errors.Join(put(ann), put(bob), put(ann)); err != nil {
		t.Fatal(err)
	}
	ann.Mail, ann.Phone, ann.Age, ann.Groups = "new@example.test", "", 31, []string{"b", "c"}
	if err := put(ann); err != nil {
		t.Fatal(err)
	}
	wantPeople(t, s, storage.Page{Index: "age", Prefix: []any{"p", 30}})
	wantPeople(t, s, storage.Page{Index: "age", Prefix: []any{"p", 31}}, "ann")
	wantPeople(t, s, storage.Page{Index: "group", Prefix: []any{"p", "a"}})
	wantPeople(t, s, storage.Page{Index: "group", Prefix: []any{"p"}}, "ann", "ann")
	wantBy(t, s, "mail", "old@example.test", "")
	wantBy(t, s, "mail", "new@example.test", "ann")
	wantBy(t, s, "phone", "+1", "")

	var refusal error
	taken := ann
	taken.Phone, taken.Mail, taken.Age = "+9", bob.Mail, 99
	update(t, s, func(w storage.Writer) error { refusal = people.Put(w, taken); return nil })
	wantUnique(t, refusal, "mail")
	wantBy(t, s, "phone", "+9", "")
	wantPeople(t, s, storage.Page{Index: "age", Prefix: []any{"p", 99}})

	for _, id := range []string{"ann", "bob", "nobody"} {
		update(t, s, func(w storage.Writer) error { return people.Delete(w, "p", id) })
	}
	if left := everyEntry(t, s); left != 0 {
		t.Fatalf("%d entries left behind", left)
	}
}

func wantBy(t testing.TB, s storage.Store, unique, value, id string) {
	t.Helper()
	err := s.View(context.Background(), func(r storage.Reader) error {
		got, err := people.By(r, unique, "p", value)
		if err == nil && got.ID != id {
			t.Errorf("%s %s is %s's, want %q", unique, value, got.ID, id)
		}
		return err
	})
	if id == "" {
		wantError(t, err, storage.ErrNotFound)
	} else if err != nil {
		t.Fatal(err)
	}
}

func wantPeople(t testing.TB, s storage.Store, p storage.Page, want ...string) {
	t.Helper()
	view(t, s, func(r storage.Reader) error {
		got, err := people.List(r, p)
		if ids(got) != fmt.Sprint(want) {
			t.Errorf("%+v lists %s, want %v", p, ids(got), want)
		}
		return err
	})
}

func ids(all []person) string {
	names := []string{}
	for _, p := range all {
		names = append(names, p.ID)
	}
	return fmt.Sprint(names)
}

func collectionLists(t *testing.T, s storage.Store) {
	update(t, s, func(w storage.Writer) error {
		var errs []error
		for i, id := range []string{"a", "b", "c", "d", "e", "f"} {
			errs = append(errs, people.Insert(w, person{Pool: "p", ID: id, Age: 10 - i/2, Groups: []string{"g"}}))
		}
		errs = append(errs, people.Insert(w, person{Pool: "o", ID: "a", Age: 9}), people.Insert(w, person{Pool: "p2", ID: "a", Age: 9}))
		return errors.Join(errs...)
	})
	in := []any{"p"}
	wantPeople(t, s, storage.Page{Prefix: in}, "a", "b", "c", "d", "e", "f")
	wantPeople(t, s, storage.Page{Prefix: in, Reverse: true, Limit: 2}, "f", "e")
	wantPeople(t, s, storage.Page{Prefix: in, After: []any{"p", "c"}}, "d", "e", "f")
	wantPeople(t, s, storage.Page{Prefix: in, After: []any{"p", "c"}, Reverse: true}, "b", "a")
	wantPeople(t, s, storage.Page{Prefix: in, After: []any{"n"}}, "a", "b", "c", "d", "e", "f")
	wantPeople(t, s, storage.Page{Index: "age", Prefix: in}, "e", "f", "c", "d", "a", "b")
	wantPeople(t, s, storage.Page{Index: "age", Prefix: in, After: []any{"p", 9}}, "a", "b")
	wantPeople(t, s, storage.Page{Index: "group", Prefix: []any{"p", "g"}}, "a", "b", "c", "d", "e", "f")
	wantPeople(t, s, storage.Page{Begins: "p", Prefix: []any{}}, "a", "b", "c", "d", "e", "f", "a")
	wantPeople(t, s, storage.Page{Prefix: in, Begins: "c"}, "c")
	wantPeople(t, s, storage.Page{Prefix: in, Begins: "cc"})
	wantPeople(t, s, storage.Page{Prefix: in, Begins: "d", Reverse: true, Limit: 3}, "d")
	for _, reverse := range []bool{false, true} {
		for limit := 1; limit <= 8; limit++ {
			wantPaged(t, s, storage.Page{Index: "age", Prefix: in, Limit: limit, Reverse: reverse})
		}
	}
	view(t, s, func(r storage.Reader) error {
		_, next, err := people.ListPage(r, storage.Page{Index: "age", Prefix: []any{"p"}, Limit: 1})
		_, _, outside := people.ListPage(r, storage.Page{Index: "age", Prefix: []any{"o"}, Cursor: next})
		wantError(t, outside, storage.ErrCursor)
		return err
	})
}

// reindexes: an index that is older records' junior finds them once it was written.
func reindexes(t *testing.T, s storage.Store) {
	older := storage.Collection[person]{Name: people.Name, Format: people.Format, ID: people.ID}
	update(t, s, func(w storage.Writer) error {
		var errs []error
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			errs = append(errs, older.Insert(w, person{Pool: "p", ID: id, Age: 7}))
		}
		return errors.Join(errs...)
	})
	by := storage.Page{Index: "age", Prefix: []any{"p", 7}}
	wantPeople(t, s, by)
	for range 2 { // as often as it is run
		list := []storage.Migration{{Number: 1, Name: "by age", Page: func(w storage.Writer, cursor []byte) ([]byte, error) {
			return people.Reindex(w, cursor, 2)
		}}}
		if err := migrate(s, list); err != nil {
			t.Fatal(err)
		}
		wantPeople(t, s, by, "a", "b", "c", "d", "e")
	}
	update(t, s, func(w storage.Writer) error { return people.Delete(w, "p", "c") })
	wantPeople(t, s, by, "a", "b", "d", "e")
}

func wantPaged(t testing.TB, s storage.Store, p storage.Page) {
	t.Helper()
	want := "[e f c d a b]"
	if p.Reverse {
		want = "[b a d c f e]"
	}
	var all []person
	for turns := 0; ; turns++ {
		var next []byte
		view(t, s, func(r storage.Reader) error {
			page, cursor, err := people.ListPage(r, p)
			all, next = append(all, page...), cursor
			return err
		})
		if next == nil {
			break
		}
		p.Cursor = next
	}
	if ids(all) != want {
		t.Errorf("by pages of %d, reverse %v: %s, want %s", p.Limit, p.Reverse, ids(all), want)
	}
}

// migrations: the second is cut short once; a page never counts twice.
func migrations(t *testing.T, s storage.Store) {
	cut := errors.New("cut short")
	fail := true
	list := []storage.Migration{
		{Number: 1, Name: "one", Page: func(w storage.Writer, _ []byte) ([]byte, error) { return nil, add(w, storage.Key("one"), 1) }},
		{Number: 2, Name: "two", Page: func(w storage.Writer, cursor []byte) ([]byte, error) {
			if fail && len(cursor) == 2 {
				return nil, errors.Join(cut, add(w, storage.Key("two"), 100))
			}
			if len(cursor) == 4 {
				return nil, nil
			}
			return append(cursor, 'x'), add(w, storage.Key("two"), 1)
		}},
	}
	wantError(t, storage.Migrate(context.Background(), s, list), cut)
	wantValue(t, s, storage.Key("two"), "2")
	fail = false
	for range 2 {
		for _, err := range together(4, func(int) error { return migrate(s, list) }) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	wantValue(t, s, storage.Key("one"), "1")
	wantValue(t, s, storage.Key("two"), "4")
	wantError(t, storage.Migrate(context.Background(), s, list[:1]), storage.ErrNewer)
}

func migrate(s storage.Store, list []storage.Migration) error {
	for {
		if err := storage.Migrate(context.Background(), s, list); !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}
}

func sealer(t *testing.T, s storage.Store) {
	right, err := storage.NewSealer([]byte("0123456789abcdef0123456789abcdef"))
	wrong, err2 := storage.NewSealer([]byte("0123456789abcdef0123456789abcdeF"))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	for _, err := range together(8, func(int) error { return storage.CheckSealer(context.Background(), s, right) }) {
		if err != nil {
			t.Fatal(err)
		}
	}
	wantError(t, storage.CheckSealer(context.Background(), s, wrong), storage.ErrWrongKey)
}
