package storage

import (
	"context"
	"fmt"
	"reflect"
)

// Collection keeps records of one type as JSON, found by id, by unique keys and
// in the order of indexes. It is declared once, as a literal:
//
//	var sessions = storage.Collection[Session]{
//		Name: "session", Format: 1,
//		ID: func(s *Session) []any { return []any{s.Key} },
//		Indexes: []storage.Index[Session]{
//			{Name: "user", Of: func(s *Session) []any { return []any{s.UserID, s.AuthTime} }},
//		},
//	}
type Collection[T any] struct {
	// Name is the first element of every key of the collection; it never changes.
	Name string
	// Format numbers the JSON form of the record. A record with a higher number
	// is refused with ErrNewer, one with a lower number goes through Upgrade.
	Format int
	// ID answers the tuple that names the record.
	ID func(*T) []any
	// Unique are further tuples by which at most one record is found.
	Unique []Unique[T]
	// Indexes are the orders in which records can be listed.
	Indexes []Index[T]
	// Upgrade turns the JSON of an earlier format into that of this one. It
	// runs on reading; the record is stored anew when it is next Put.
	Upgrade func(from int, raw []byte) ([]byte, error)
	// Decoded spares decoding a record that is read again; nil does not.
	Decoded *Decoded[T]
}

// Unique is a tuple that at most one record has. Of answers nil for a record without one.
type Unique[T any] struct {
	Name string
	Of   func(*T) []any
}

// Index orders records by a tuple; records with the same tuple follow in the
// order of their ids. Of answers nil for a record that is not listed; Many is
// for a record that is listed several times. Exactly one of the two is set.
type Index[T any] struct {
	Name string
	Of   func(*T) []any
	Many func(*T) [][]any
}

// ExistsError says which key of a collection is taken: Unique is "" for the id.
// It unwraps to ErrExists.
type ExistsError struct{ Collection, Unique string }

func (e *ExistsError) Error() string {
	if e.Unique == "" {
		return fmt.Sprintf("storage: %s exists", e.Collection)
	}
	return fmt.Sprintf("storage: another %s has this %s", e.Collection, e.Unique)
}

// Unwrap answers ErrExists.
func (e *ExistsError) Unwrap() error { return ErrExists }

// The second element of a key says what it is; part of the store format.
const (
	kindRecord = "r"
	kindUnique = "u"
	kindIndex  = "i"
)

// Get answers the record with this id, or ErrNotFound.
func (c *Collection[T]) Get(r Reader, id ...any) (T, error) {
	return typed[T](get(r, (*tuples[T])(c), id))
}

// By answers the record that has this unique key, or ErrNotFound.
func (c *Collection[T]) By(r Reader, unique string, parts ...any) (T, error) {
	return typed[T](by(r, (*tuples[T])(c), unique, parts))
}

// Insert stores a new record. It answers an *ExistsError, and leaves nothing
// behind in the transaction, when the id or a unique key is taken.
func (c *Collection[T]) Insert(w Writer, v T) error {
	return insert(w, (*tuples[T])(c), &v)
}

// Put stores a record, new or not, and moves its unique keys and indexes. It
// answers an *ExistsError, and changes nothing, when a unique key is another's.
func (c *Collection[T]) Put(w Writer, v T) error {
	return put(w, (*tuples[T])(c), &v)
}

// Delete removes the record with its unique keys and index entries; an absent
// record is no error.
func (c *Collection[T]) Delete(w Writer, id ...any) error {
	return remove(w, (*tuples[T])(c), id)
}

// List answers the selected records, at most Limit of them.
func (c *Collection[T]) List(r Reader, p Page) ([]T, error) {
	all, err := list(r, (*tuples[T])(c), &p)
	return allTyped[T](all), err
}

// ListPage answers one page and where the next one begins, nil when this was
// the last. The cursor tells index and id parts to whoever can read it.
func (c *Collection[T]) ListPage(r Reader, p Page) (page []T, next []byte, err error) {
	found, next, err := listPage(r, (*tuples[T])(c), &p)
	return allTyped[T](found), next, err
}

// Count answers how many entries a page's order holds, without reading records.
// The page's limit is where it stops counting; 0 counts all.
func (c *Collection[T]) Count(r Reader, p Page) (n int, err error) {
	return count(r, (*tuples[T])(c), &p)
}

// Sweep removes records from the start of a page's order for as long as over
// says that they are, in transactions of bounded size, and answers how many
// went. The page names index and prefix; its limit and cursor are not used.
func (c *Collection[T]) Sweep(ctx context.Context, s Store, p Page, over func(*T) bool) (int, error) {
	return sweep(ctx, s, (*tuples[T])(c), p, func(v any) bool { return over(v.(*T)) })
}

// Reindex writes the index entries of a page of records anew, by id from the cursor on
// (nil is the start), at most limit of them: records that are older than an index lack
// its entries. It answers where the next page begins, nil at the end, as the Page of a
// Migration does.
func (c *Collection[T]) Reindex(w Writer, cursor []byte, limit int) (next []byte, err error) {
	return reindex(w, (*tuples[T])(c), cursor, limit)
}

// typed gives a record its type back.
func typed[T any](v any, err error) (T, error) {
	if v, ok := v.(*T); ok {
		return *v, err
	}
	var none T
	return none, err
}

func allTyped[T any](found []any) []T {
	if found == nil {
		return nil
	}
	all := make([]T, len(found))
	for i, v := range found {
		all[i] = *v.(*T)
	}
	return all
}

// tuples are what a collection says of its records.
type tuples[T any] Collection[T]

func (t *tuples[T]) about() about {
	return about{
		name: t.Name, format: t.Format, upgrade: t.Upgrade, memory: t.Decoded.untyped(),
		uniques: len(t.Unique), indexes: len(t.Indexes), record: reflect.TypeFor[T](),
	}
}

func (t *tuples[T]) id(v any) []any { return t.ID(v.(*T)) }

func (t *tuples[T]) unique(i int, v any) (string, []any) {
	u := &t.Unique[i]
	if v == nil {
		return u.Name, nil
	}
	return u.Name, u.Of(v.(*T))
}

func (t *tuples[T]) index(i int, v any) (string, [][]any) {
	x := &t.Indexes[i]
	if v == nil {
		return x.Name, nil
	}
	if x.Many != nil {
		return x.Name, x.Many(v.(*T))
	}
	if parts := x.Of(v.(*T)); parts != nil {
		return x.Name, [][]any{parts}
	}
	return x.Name, nil
}
