package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"
)

// keyed is a Collection without the type of its records: what all collections do is
// written and compiled once. A record is a *T in an any.
type keyed interface {
	about() about
	id(v any) []any
	// unique answers the name of a unique key and the record's tuple, none for
	// nil; index does so for an index.
	unique(i int, v any) (name string, parts []any)
	index(i int, v any) (name string, parts [][]any)
}

// about is what of a Collection is the same for every record.
type about struct {
	name             string
	format           int
	upgrade          func(from int, raw []byte) ([]byte, error)
	memory           *memory
	uniques, indexes int // how many there are
	record           reflect.Type
}

// kind is a Collection at work.
type kind struct {
	about
	keyed
}

func kindOf(of keyed) kind { return kind{of.about(), of} }

func get(r Reader, of keyed, id []any) (any, error) {
	k := kindOf(of)
	return k.get(r, k.recordKey(K(id...)))
}

func (k *kind) get(r Reader, key Key) (any, error) {
	raw, err := r.Get(key)
	if err != nil {
		return nil, err
	}
	if v, ok := k.memory.recall(key, raw); ok {
		return v, nil
	}
	v, err := k.decode(key, raw)
	if err == nil {
		k.memory.keep(key, raw, v)
	}
	return v, err
}

func (k *kind) decode(key Key, raw []byte) (any, error) {
	format, value, err := open(key, raw)
	if err != nil {
		return nil, err
	}
	if value, err = k.upgraded(format, value); err != nil {
		return nil, err
	}
	v := reflect.New(k.record).Interface()
	if err := json.Unmarshal(value, v); err != nil {
		return nil, damaged(key, err)
	}
	return v, nil
}

func (k *kind) upgraded(format int, value []byte) ([]byte, error) {
	switch {
	case format == k.format:
		return value, nil
	case format > k.format:
		return nil, fmt.Errorf("%w: %s has format %d, this program knows %d", ErrNewer, k.name, format, k.format)
	case k.upgrade == nil:
		return nil, fmt.Errorf("storage: %s has format %d and no Upgrade to %d", k.name, format, k.format)
	}
	return k.upgrade(format, value)
}

func by(r Reader, of keyed, unique string, parts []any) (any, error) {
	k := kindOf(of)
	k.mustHave(unique)
	key := K(append([]any{k.name, kindUnique, unique}, parts...)...)
	id, err := r.Get(key)
	if err != nil {
		return nil, err
	}
	v, err := k.get(r, k.recordKey(id))
	if errors.Is(err, ErrNotFound) {
		return nil, damaged(key, errors.New("its record is missing"))
	}
	if err == nil && !k.uniqueKeys(v).holds(key) {
		return nil, damaged(key, errors.New("its record has another key"))
	}
	return v, err
}

// mustHave panics for a name that the literal lacks: a slip of the pen would
// otherwise look like a record that is not there.
func (k *kind) mustHave(unique string) {
	for i := range k.uniques {
		if name, _ := k.unique(i, nil); name == unique {
			return
		}
	}
	panic(fmt.Sprintf("storage: %s has no unique key %q", k.name, unique))
}

func insert(w Writer, of keyed, v any) error {
	k := kindOf(of)
	keys, raw, err := k.prepare(v)
	if err != nil {
		return err
	}
	if err := k.insertOnce(w, entry{key: keys.record, value: raw}); err != nil {
		return err
	}
	if err := k.insertAll(w, keys.unique); err != nil {
		return undone(err, w.Delete(keys.record))
	}
	return putAll(w, keys.index)
}

func put(w Writer, of keyed, v any) error {
	k := kindOf(of)
	keys, raw, err := k.prepare(v)
	if err != nil {
		return err
	}
	before, err := k.stored(w, keys.record)
	if err != nil {
		return err
	}
	if err := k.insertAll(w, keys.unique.without(before.unique)); err != nil {
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
func (k *kind) prepare(v any) (recordKeys, []byte, error) {
	keys, err := k.keysOf(v)
	if err != nil {
		return keys, nil, err
	}
	raw, err := seal(keys.record, k.format, v)
	if err != nil {
		return keys, nil, fmt.Errorf("storage: %s: %w", k.name, err)
	}
	for _, e := range append(append(entries{{key: keys.record, value: raw}}, keys.unique...), keys.index...) {
		if err := CheckSize(e.key, e.value); err != nil {
			return keys, nil, fmt.Errorf("%s: %w", k.name, err)
		}
	}
	return keys, raw, nil
}

func remove(w Writer, of keyed, id []any) error {
	k := kindOf(of)
	return k.remove(w, k.recordKey(K(id...)))
}

func (k *kind) remove(w Writer, key Key) error {
	before, err := k.stored(w, key)
	if err != nil {
		return err
	}
	if err := deleteAll(w, before.unique, before.index); err != nil {
		return err
	}
	return w.Delete(key)
}

// stored answers the keys that the record has in the store; none when it is absent.
func (k *kind) stored(r Reader, record Key) (recordKeys, error) {
	if k.uniques == 0 && k.indexes == 0 {
		return recordKeys{}, nil
	}
	v, err := k.get(r, record)
	if errors.Is(err, ErrNotFound) {
		return recordKeys{}, nil
	}
	if err != nil {
		return recordKeys{}, err
	}
	return k.keysOf(v)
}

// insertAll takes all of the unique keys or none.
func (k *kind) insertAll(w Writer, keys entries) error {
	for i, e := range keys {
		if err := k.insertOnce(w, e); err != nil {
			return undone(err, deleteAll(w, keys[:i]))
		}
	}
	return nil
}

func (k *kind) insertOnce(w Writer, e entry) error {
	err := w.Insert(e.key, e.value)
	if errors.Is(err, ErrExists) {
		return &ExistsError{Collection: k.name, Unique: e.name}
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
