package web_test

import (
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// Without script: the page says how long to wait, and the wait opens the door.
func TestUnderPressureEachDoorShowsAPuzzle(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.Core.Puzzles = &identity.Puzzles{NetworkPerMinute: 1}
	b := h.Browser()
	if b.Get("/login").Doc.Find("input[name=puzzle]").Length() > 0 {
		t.Fatal("a puzzle without pressure")
	}
	for range 2 {
		b.Get("/login").Submit("username", ann, "password", "wrong").Is(web.Unprocessable)
	}
	for _, path := range []string{"/login", "/signup", "/forgotPassword"} {
		if b.Get(path).Doc.Find("form input[name=puzzle]").Length() != 1 {
			t.Errorf("%s shows none", path)
		}
	}
	page := b.Get("/login").Submit("username", ann, "password", webtest.Password).Is(web.Unprocessable).Says("one more check")
	h.After(20 * time.Second)
	page.Submit("username", ann, "password", webtest.Password).At("/account")
	page = h.Browser().Get("/forgotPassword")
	h.After(20 * time.Second)
	page.Submit("username", ann).At("/resetPassword")
}
