package web_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
	"poolhouse.dev/web/internal/webtest"
)

func read(t *testing.T, answer *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

type selection = goquery.Selection

// sessionsOf answers the public ids of a person's sessions.
func sessionsOf(h *webtest.House, email string) []string {
	u, err := h.Admin().User(h.Context(), webtest.PoolID, email)
	if err != nil {
		h.Fatal(err)
	}
	sessions := &identity.Sessions{Core: h.Core}
	all, err := sessions.List(h.Context(), webtest.PoolID, u.ID)
	if err != nil {
		h.Fatal(err)
	}
	var ids []string
	for _, s := range all {
		ids = append(ids, s.ID)
	}
	return ids
}

// events answers what the audit log has of an action.
func (h house) events(action string) (found []audit.Event) {
	h.Helper()
	err := h.Core.Store.View(h.Context(), func(r storage.Reader) (err error) {
		found, err = audit.List(r, audit.Filter{Pool: string(webtest.PoolID), Action: action})
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	return found
}
