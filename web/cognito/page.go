package cognito

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"poolhouse.dev/identity"
)

// tokenLife is how long a pagination token goes on.
const tokenLife = time.Hour

// listing is a list that is answered in pages. Its tokens are sealed, and go on with
// this list alone: of the operation, the pool and what else was asked.
type listing struct {
	operation string
	pool      identity.PoolID
	asked     []string // what else chooses the list: the filter, the group, the user
	member    string   // of the input, that holds the token
}

// place is what a token holds.
type place struct {
	At    []byte    `json:"at"`
	Until time.Time `json:"until"`
}

func (l *listing) bound() []string {
	return append([]string{"page", l.operation, string(l.pool)}, l.asked...)
}

// pageAt reads the token of an input; "" is the first page.
func (h *Handler) pageAt(l listing, limit int, token string) (identity.Page, error) {
	page := identity.Page{Limit: limit}
	if limit <= 0 || limit > maxPage {
		page.Limit = maxPage
	}
	if token == "" {
		return page, nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	var text []byte
	var found place
	if err == nil {
		text, err = h.Admin.Sealer.Open(sealed, l.bound()...)
	}
	if err == nil {
		err = json.Unmarshal(text, &found)
	}
	if err != nil || !h.Now().Before(found.Until) {
		return page, invalid(l.member, "is none that was given out for this list within the last hour")
	}
	page.Cursor = found.At
	return page, nil
}

// pageFrom answers the token for what comes behind a cursor; "" at the end.
func (h *Handler) pageFrom(l listing, cursor []byte) string {
	if cursor == nil {
		return ""
	}
	text, err := json.Marshal(place{At: cursor, Until: h.Now().Add(tokenLife)})
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(h.Admin.Sealer.Seal(text, l.bound()...))
}
