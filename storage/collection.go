package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
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
	return c.get(r, c.recordKey(K(id...)))
}

func (c *Collection[T]) get(r Reader, key Key) (T, error) {
	var v T
	raw, err := r.Get(key)
	if err != nil {
		return v, err
	}
	if v, ok := c.Decoded.recall(key, raw); ok {
		return v, nil
	}
	if v, err = c.decode(key, raw); err == nil {
		c.Decoded.keep(key, raw, v)
	}
	return v, err
}

func (c *Collection[T]) decode(key Key, raw []byte) (T, error) {
	var v T
	format, value, err := open(key, raw)
	if err != nil {
		return v, err
	}
	if value, err = c.upgrade(format, value); err != nil {
		return v, err
	}
	if err := json.Unmarshal(value, &v); err != nil {
		return v, damaged(key, err)
	}
	return v, nil
}

func (c *Collection[T]) upgrade(format int, value []byte) ([]byte, error) {
	switch {
	case format == c.Format:
		return value, nil
	case format > c.Format:
		return nil, fmt.Errorf("%w: %s has format %d, this program knows %d", ErrNewer, c.Name, format, c.Format)
	case c.Upgrade == nil:
		return nil, fmt.Errorf("storage: %s has format %d and no Upgrade to %d", c.Name, format, c.Format)
	}
	return c.Upgrade(format, value)
}

// By answers the record that has this unique key, or ErrNotFound.
func (c *Collection[T]) By(r Reader, unique string, parts ...any) (T, error) {
	var v T
	c.mustHave(unique)
	key := K(append([]any{c.Name, kindUnique, unique}, parts...)...)
	id, err := r.Get(key)
	if err != nil {
		return v, err
	}
	v, err = c.get(r, c.recordKey(id))
	if errors.Is(err, ErrNotFound) {
		return v, damaged(key, errors.New("its record is missing"))
	}
	if err == nil && !c.uniqueKeys(&v).holds(key) {
		return v, damaged(key, errors.New("its record has another key"))
	}
	return v, err
}

// mustHave panics for a name that the literal lacks: a slip of the pen would
// otherwise look like a record that is not there.
func (c *Collection[T]) mustHave(unique string) {
	for _, u := range c.Unique {
		if u.Name == unique {
			return
		}
	}
	panic(fmt.Sprintf("storage: %s has no unique key %q", c.Name, unique))
}

// Insert stores a new record. It answers an *ExistsError, and leaves nothing
// behind in the transaction, when the id or a unique key is taken.
func (c *Collection[T]) Insert(w Writer, v T) error {
	keys, raw, err := c.prepare(&v)
	if err != nil {
		return err
	}
	if err := c.insertOnce(w, entry{key: keys.record, value: raw}); err != nil {
		return err
	}
	if err := c.insertAll(w, keys.unique); err != nil {
		return undone(err, w.Delete(keys.record))
	}
	return putAll(w, keys.index)
}

// Put stores a record, new or not, and moves its unique keys and indexes. It
// answers an *ExistsError, and changes nothing, when a unique key is another's.
func (c *Collection[T]) Put(w Writer, v T) error {
	keys, raw, err := c.prepare(&v)
	if err != nil {
		return err
	}
	before, err := c.stored(w, keys.record)
	if err != nil {
		return err
	}
	if err := c.insertAll(w, keys.unique.without(before.unique)); err != nil {
		return err
	}
	if err := putAll(w, keys.index.without(before.index)); err != nil {
		return err
	}
	if err := deleteAll(w, before.unique.without(keys.unique), before.index.without(keys.index)); err != nil {
		return err
	}
	return w.Put(keys.record, raw)
}

// prepare answers everything that is to be written, checked before the first write.
func (c *Collection[T]) prepare(v *T) (recordKeys, []byte, error) {
	keys, err := c.keysOf(v)
	if err != nil {
		return keys, nil, err
	}
	raw, err := seal(keys.record, c.Format, v)
	if err != nil {
		return keys, nil, fmt.Errorf("storage: %s: %w", c.Name, err)
	}
	for _, e := range append(append(entries{{key: keys.record, value: raw}}, keys.unique...), keys.index...) {
		if err := CheckSize(e.key, e.value); err != nil {
			return keys, nil, fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return keys, raw, nil
}

// Delete removes the record with its unique keys and index entries; an absent
// record is no error.
func (c *Collection[T]) Delete(w Writer, id ...any) error {
	key := c.recordKey(K(id...))
	before, err := c.stored(w, key)
	if err != nil {
		return err
	}
	if err := deleteAll(w, before.unique, before.index); err != nil {
		return err
	}
	return w.Delete(key)
}

// stored answers the keys that the record has in the store; none when it is absent.
func (c *Collection[T]) stored(r Reader, record Key) (recordKeys, error) {
	if len(c.Unique) == 0 && len(c.Indexes) == 0 {
		return recordKeys{}, nil
	}
	v, err := c.get(r, record)
	if errors.Is(err, ErrNotFound) {
		return recordKeys{}, nil
	}
	if err != nil {
		return recordKeys{}, err
	}
	return c.keysOf(&v)
}

// insertAll takes all of the unique keys or none.
func (c *Collection[T]) insertAll(w Writer, keys entries) error {
	for i, e := range keys {
		if err := c.insertOnce(w, e); err != nil {
			return undone(err, deleteAll(w, keys[:i]))
		}
	}
	return nil
}

func (c *Collection[T]) insertOnce(w Writer, e entry) error {
	err := w.Insert(e.key, e.value)
	if errors.Is(err, ErrExists) {
		return &ExistsError{Collection: c.Name, Unique: e.name}
	}
	return err
}

// undone answers the refusal, unless taking back what was written failed too.
func undone(refusal, err error) error {
	if err != nil {
		return err
	}
	return refusal
}

func checkText(parts []any) error {
	for _, part := range parts {
		if s, ok := part.(string); ok && !utf8.ValidString(s) {
			return errNotUTF8
		}
	}
	return nil
}
