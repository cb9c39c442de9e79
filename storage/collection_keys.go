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

func (k *kind) recordKey(id Key) Key {
	return append(K(k.name, kindRecord), id...)
}

func (k *kind) keysOf(v any) (recordKeys, error) {
	id := k.id(v)
	if err := checkText(id); err != nil {
		return recordKeys{}, fmt.Errorf("storage: id of %s: %w", k.name, err)
	}
	return recordKeys{
		record: k.recordKey(K(id...)),
		unique: k.uniqueKeys(v),
		index:  k.indexKeys(v),
	}, nil
}

// uniqueKeys answers the unique keys; the value of each is the record's id.
func (k *kind) uniqueKeys(v any) entries {
	var keys entries
	id := K(k.id(v)...)
	for i := range k.uniques {
		if name, parts := k.unique(i, v); parts != nil {
			key := K(append([]any{k.name, kindUnique, name}, parts...)...)
			keys = append(keys, entry{name: name, key: key, value: id})
		}
	}
	return keys
}

// indexKeys answers the index entries. A key ends with the record's id; the
// value says where in the key the id begins.
func (k *kind) indexKeys(v any) entries {
	var keys entries
	id := K(k.id(v)...)
	for i := range k.indexes {
		name, all := k.index(i, v)
		for _, parts := range all {
			key := K(append([]any{k.name, kindIndex, name}, parts...)...)
			at := binary.AppendUvarint(nil, uint64(len(key)))
			keys = append(keys, entry{name: name, key: append(key, id...), value: at})
		}
	}
	return keys
}

func reindex(w Writer, of keyed, cursor []byte, limit int) (next []byte, err error) {
	k := kindOf(of)
	page, next, err := k.listPage(w, &Page{Cursor: cursor, Limit: limit})
	if err != nil {
		return nil, err
	}
	for _, v := range page {
		if err := putAll(w, k.indexKeys(v)); err != nil {
			return nil, err
		}
	}
	return next, nil
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
