package storage

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// entry is one key that a record causes, with the name of its Unique or Index.
type entry struct {
	name  string
	key   Key
	value []byte
}

type entries []entry

// recordKeys are all keys of one record.
type recordKeys struct {
	record        Key
	unique, index entries
}

func (c *Collection[T]) recordKey(id Key) Key {
	return append(K(c.Name, kindRecord), id...)
}

func (c *Collection[T]) keysOf(v *T) (recordKeys, error) {
	id := c.ID(v)
	if err := checkText(id); err != nil {
		return recordKeys{}, fmt.Errorf("storage: id of %s: %w", c.Name, err)
	}
	return recordKeys{
		record: c.recordKey(K(id...)),
		unique: c.uniqueKeys(v),
		index:  c.indexKeys(v),
	}, nil
}

// uniqueKeys answers the unique keys; the value of each is the record's id.
func (c *Collection[T]) uniqueKeys(v *T) entries {
	var keys entries
	id := K(c.ID(v)...)
	for _, u := range c.Unique {
		if parts := u.Of(v); parts != nil {
			key := K(append([]any{c.Name, kindUnique, u.Name}, parts...)...)
			keys = append(keys, entry{name: u.Name, key: key, value: id})
		}
	}
	return keys
}

// indexKeys answers the index entries. A key ends with the record's id; the
// value says where in the key the id begins.
func (c *Collection[T]) indexKeys(v *T) entries {
	var keys entries
	id := K(c.ID(v)...)
	for _, x := range c.Indexes {
		for _, parts := range x.all(v) {
			key := K(append([]any{c.Name, kindIndex, x.Name}, parts...)...)
			at := binary.AppendUvarint(nil, uint64(len(key)))
			keys = append(keys, entry{name: x.Name, key: append(key, id...), value: at})
		}
	}
	return keys
}

// Reindex writes the index entries of a page of records anew, by id from the cursor on
// (nil is the start), at most limit of them: records that are older than an index lack
// its entries. It answers where the next page begins, nil at the end, as the Page of a
// Migration does.
func (c *Collection[T]) Reindex(w Writer, cursor []byte, limit int) (next []byte, err error) {
	page, next, err := c.ListPage(w, Page{Cursor: cursor, Limit: limit})
	if err != nil {
		return nil, err
	}
	for i := range page {
		if err := putAll(w, c.indexKeys(&page[i])); err != nil {
			return nil, err
		}
	}
	return next, nil
}

func (x *Index[T]) all(v *T) [][]any {
	if x.Many != nil {
		return x.Many(v)
	}
	if parts := x.Of(v); parts != nil {
		return [][]any{parts}
	}
	return nil
}

// idOf answers the id that an index entry ends with.
func idOf(e Entry) (Key, error) {
	at, n := binary.Uvarint(e.Value)
	if n != len(e.Value) || n == 0 || at > uint64(len(e.Key)) {
		return nil, damaged(e.Key, fmt.Errorf("index entry %x", e.Value))
	}
	return e.Key[at:], nil
}

func (es entries) holds(key Key) bool {
	return slices.ContainsFunc(es, func(e entry) bool { return bytes.Equal(e.key, key) })
}

// without answers the entries whose key and value are not among the others.
func (es entries) without(others entries) entries {
	var left entries
	for _, e := range es {
		if !others.holds(e.key) {
			left = append(left, e)
		}
	}
	return left
}

func putAll(w Writer, keys entries) error {
	for _, e := range keys {
		if err := w.Put(e.key, e.value); err != nil {
			return err
		}
	}
	return nil
}

func deleteAll(w Writer, lists ...entries) error {
	for _, keys := range lists {
		for _, e := range keys {
			if err := w.Delete(e.key); err != nil {
				return err
			}
		}
	}
	return nil
}
