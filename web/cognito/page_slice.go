package cognito

import (
	"encoding/binary"
	"slices"
)

// shortList is a page of a list that is read whole, always in the same order: there
// are few of its kind.
type shortList[T any] struct {
	listing
	key   func(T) string // names an entry
	limit int
	token string
}

// shortPage answers the page that is asked for, and the token of the next one.
func shortPage[T any](h *Handler, l shortList[T], all []T) ([]T, string, error) {
	page, err := h.pageAt(l.listing, l.limit, l.token)
	if err != nil {
		return nil, "", err
	}
	from := behind(page.Cursor, all, l.key)
	end := min(from+page.Limit, len(all))
	if end == len(all) {
		return all[from:], "", nil
	}
	cursor := append(binary.BigEndian.AppendUint32(nil, uint32(end)), l.key(all[end-1])...)
	return all[from:end], h.pageFrom(l.listing, cursor), nil
}

// behind answers where the page of a cursor begins: behind the entry that it names,
// or, when that has gone since, where it stood.
func behind[T any](cursor []byte, all []T, key func(T) string) int {
	if len(cursor) < 4 {
		return 0
	}
	last := string(cursor[4:])
	if at := slices.IndexFunc(all, func(one T) bool { return key(one) == last }); at >= 0 {
		return at + 1
	}
	return min(max(0, int(binary.BigEndian.Uint32(cursor))-1), len(all))
}
