package identity

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"poolhouse.dev/storage"
)

// What users are searched by beside attributes (Cognito ListUsers).
const (
	SearchUsername = "username"
	SearchSub      = attrSub
	SearchStatus   = "cognito:user_status"
	SearchEnabled  = "status" // Enabled, Disabled
)

// Searchable answers everything that users are searched by, in Cognito's order.
func Searchable() []string {
	return []string{SearchUsername, attrEmail, attrPhone, "name", "given_name", "family_name", attrPreferredUsername, SearchStatus, SearchEnabled, SearchSub}
}

// searchedBytes is how much of a value stands in the index. Longer ones are told apart
// by their records.
const searchedBytes = 128

// searchKey is how a value stands in the index: in lower case, for pools that do not
// tell cases apart.
func searchKey(value string) string {
	key := strings.ToLower(strings.ToValidUTF8(value, "?"))
	if len(key) <= searchedBytes {
		return key
	}
	cut := searchedBytes
	for !utf8.RuneStart(key[cut]) {
		cut--
	}
	return key[:cut]
}

// searchedBy lists a user under each value that it is searched by. The sub is the id,
// and a username that is the sub needs no entry.
func searchedBy(u *User) [][]any {
	var all [][]any
	for _, name := range Searchable() {
		value := u.searched(name)
		if value == "" || name == SearchSub || name == SearchUsername && value == string(u.ID) {
			continue
		}
		all = append(all, []any{string(u.PoolID), name, searchKey(value), u.CreatedAt})
	}
	return all
}

// searched is the value that a user is searched by.
func (u *User) searched(name string) string {
	switch name {
	case SearchUsername:
		return u.Username
	case SearchSub:
		return string(u.ID)
	case SearchStatus:
		return string(u.Status)
	case SearchEnabled:
		if u.Disabled {
			return "Disabled"
		}
		return "Enabled"
	}
	return u.Attributes[name]
}

// UserFilter is what users are searched for.
type UserFilter struct {
	By     string // one of Searchable
	Value  string
	Prefix bool // the value is what theirs begin with
}

// takes holds a user against the filter. Names and addresses are told apart by case
// only where the pool does that.
func (f *UserFilter) takes(p *Pool, u *User) bool {
	value, want := u.searched(f.By), f.Value
	if !p.UsernameConfiguration.CaseSensitive && slices.Contains([]string{SearchUsername, attrEmail, attrPreferredUsername}, f.By) {
		value, want = strings.ToLower(value), strings.ToLower(want)
	}
	if f.Prefix {
		return value != "" && strings.HasPrefix(value, want)
	}
	return value != "" && value == want
}

// The parts of a search, one after the other: the first byte of its cursors.
const (
	partIndex byte = iota // who stands in the index
	partID                // whose username is the sub
)

// Search lists users by what a filter says, ordered by the value, then by when they
// were made. next is nil at the end. A page may be shorter than its limit.
func (a *Admin) Search(ctx context.Context, pool PoolID, filter UserFilter, page Page) (list []User, next []byte, err error) {
	const op = "Admin.Search"
	if !slices.Contains(Searchable(), filter.By) {
		return nil, nil, &Error{Code: InvalidParameter, Op: op, Field: "filter"}
	}
	err = a.Store.View(ctx, func(r storage.Reader) error {
		p, _, err := a.reopen(r, op, pool, "")
		if err != nil {
			return err
		}
		list, next = nil, page.Cursor
		for len(list) == 0 {
			if list, next, err = filter.page(r, &p, page.Limit, next); err != nil || next == nil {
				break
			}
		}
		return badCursor(op, err)
	})
	return list, next, err
}

// page answers one page behind a cursor, nil being the start.
func (f *UserFilter) page(r storage.Reader, p *Pool, limit int, cursor []byte) (list []User, next []byte, err error) {
	part := partIndex
	if f.By == SearchSub {
		part = partID
	}
	if cursor != nil {
		if len(cursor) == 0 || cursor[0] > partID {
			return nil, nil, storage.ErrCursor
		}
		part, cursor = cursor[0], cursor[1:]
	}
	if len(cursor) == 0 {
		cursor = nil
	}
	found, rest, err := users.ListPage(r, f.of(p, part, Page{Limit: limit, Cursor: cursor}))
	if err != nil {
		return nil, nil, err
	}
	for i := range found {
		if u := &found[i]; f.takes(p, u) && (part == partIndex || f.By == SearchSub || u.Username == string(u.ID)) {
			list = append(list, *u)
		}
	}
	switch {
	case rest != nil:
		next = append([]byte{part}, rest...)
	case part == partIndex && f.By == SearchUsername:
		next = []byte{partID}
	}
	return list, next, nil
}

// of is where in the store one part of the search stands.
func (f *UserFilter) of(p *Pool, part byte, page Page) storage.Page {
	if part == partID {
		of := page.of("", string(p.ID))
		of.Begins = f.Value
		if !f.Prefix && f.Value != "" {
			of.Prefix, of.Begins = append(of.Prefix, f.Value), ""
		}
		return of
	}
	of := page.of("search", string(p.ID), f.By)
	of.Begins = searchKey(f.Value)
	if !f.Prefix {
		of.Prefix, of.Begins = append(of.Prefix, of.Begins), ""
	}
	return of
}

// migrationPage is how many records a migration changes in one transaction.
const migrationPage = 500

// Migrations are the changes that what this package keeps has seen, for
// storage.Migrate.
func Migrations() []storage.Migration {
	return []storage.Migration{
		{Number: 1, Name: "search users by attributes", Page: func(w storage.Writer, cursor []byte) ([]byte, error) {
			return users.Reindex(w, cursor, migrationPage)
		}},
		{Number: 2, Name: "find clients that allow SRP", Page: func(w storage.Writer, cursor []byte) ([]byte, error) {
			return clients.Reindex(w, cursor, migrationPage)
		}},
	}
}
