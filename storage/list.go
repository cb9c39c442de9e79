package storage

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrCursor says that a cursor does not belong to the list it was given to.
var ErrCursor = errors.New("storage: not a cursor of this list")

// Page selects records of a collection.
type Page struct {
	// Index names the order; "" lists by id.
	Index string
	// Prefix keeps only entries that begin with these parts, of the index's
	// tuple or of the id.
	Prefix []any
	// Begins keeps of them only those whose next part is text that begins so.
	Begins string
	// After begins behind every entry that begins with these parts, counted
	// from the front of the tuple like Prefix.
	After []any
	// Cursor begins where an earlier ListPage ended; it wins over After.
	Cursor []byte
	// Reverse lists from the highest entry down.
	Reverse bool
	// Limit bounds the answer; 0 is everything for List, 1000 for ListPage.
	Limit int
}

func list(r Reader, of keyed, p *Page) ([]any, error) {
	k := kindOf(of)
	return k.list(r, *p)
}

func listPage(r Reader, of keyed, p *Page) (page []any, next []byte, err error) {
	k := kindOf(of)
	return k.listPage(r, p)
}

func (k *kind) list(r Reader, p Page) ([]any, error) {
	if p.Limit > 0 {
		page, _, err := k.listPage(r, &p)
		return page, err
	}
	var all []any
	for {
		page, next, err := k.listPage(r, &p)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == nil {
			return all, nil
		}
		p.Cursor = next
	}
}

func (k *kind) listPage(r Reader, p *Page) (page []any, next []byte, err error) {
	base := k.base(p.Index)
	span, err := p.span(base)
	if err != nil {
		return nil, nil, err
	}
	limit := span.PageSize()
	span.Limit = limit + 1 // one more tells whether there is a next page
	found, err := r.Scan(span)
	if err != nil {
		return nil, nil, err
	}
	if len(found) > limit {
		found = found[:limit]
		next = found[limit-1].Key[len(base):]
	}
	page, err = k.load(r, p.Index, found)
	return page, next, err
}

// base is what all keys of the list begin with.
func (k *kind) base(index string) Key {
	if index == "" {
		return K(k.name, kindRecord)
	}
	for i := range k.indexes {
		if name, _ := k.index(i, nil); name == index {
			return K(k.name, kindIndex, index)
		}
	}
	panic(fmt.Sprintf("storage: %s has no index %q", k.name, index))
}

func (p *Page) span(base Key) (Range, error) {
	span := p.chosen(base).prefix()
	span.Reverse, span.Limit = p.Reverse, p.Limit
	if p.Cursor != nil {
		return span.behind(bytesJoin(base, p.Cursor))
	}
	if p.After == nil {
		return span, nil
	}
	after := bytesJoin(base, K(p.After...)).prefix()
	if p.Reverse {
		return span.behind(after.Start)
	}
	span.Start = later(span.Start, after.End)
	return span, nil
}

// chosen is what all entries of the page begin with.
func (p *Page) chosen(base Key) Key {
	key := bytesJoin(base, K(p.Prefix...))
	if p.Begins == "" {
		return key
	}
	text := appendPart(key, p.Begins)
	return text[:len(text)-1] // without the end of the text
}

// behind refuses a cursor from outside: it would widen the list past its prefix.
func (r Range) behind(key Key) (Range, error) {
	if bytes.Compare(key, r.Start) < 0 || bytes.Compare(key, r.End) >= 0 {
		return r, ErrCursor
	}
	return r.After(key), nil
}

func later(a, b Key) Key {
	if bytes.Compare(a, b) < 0 {
		return b
	}
	return a
}

func bytesJoin(a, b []byte) Key { return append(bytes.Clone(a), b...) }

func (k *kind) load(r Reader, index string, found []Entry) ([]any, error) {
	records := make([]any, 0, len(found))
	for _, e := range found {
		v, err := k.loadOne(r, index, e)
		if err != nil {
			return nil, err
		}
		records = append(records, v)
	}
	return records, nil
}

func (k *kind) loadOne(r Reader, index string, e Entry) (any, error) {
	if index == "" {
		return k.decode(e.Key, e.Value)
	}
	id, err := idOf(e)
	if err != nil {
		return nil, err
	}
	v, err := k.get(r, k.recordKey(id))
	if errors.Is(err, ErrNotFound) {
		return nil, damaged(e.Key, errors.New("its record is missing"))
	}
	return v, err
}
