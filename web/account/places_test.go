package account_test

import (
	"net/http"
	"net/netip"
	"path/filepath"
	"testing"

	"poolhouse.dev/identity/risk"
	"poolhouse.dev/identity/risk/risktest"
	"poolhouse.dev/web"
	"poolhouse.dev/web/account"
	"poolhouse.dev/web/internal/webtest"
)

func TestListsSayFromWhere(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	file := filepath.Join(t.TempDir(), "places.mmdb")
	err := risktest.WriteMMDB(file, map[netip.Prefix]risk.Place{
		netip.MustParsePrefix("198.51.100.0/24"): {Country: "DE", City: "Berlin", Known: true},
		netip.MustParsePrefix("203.0.113.0/24"):  {Country: "PE", Known: true},
	})
	if err == nil {
		h.Core.Places, err = risk.OpenPlaces(file)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Core.Places.Close() })
	h.User(ann)
	for _, address := range []string{"198.51.100.4:1", "203.0.113.9:1"} {
		b := h.Browser()
		b.Address = address
		b.SignIn(ann, webtest.Password).At("/account")
	}
	b := signedIn(h, ann)
	for _, path := range []string{"/account/sessions", "/account/devices", "/account/history"} {
		page := b.Get(path).Is(http.StatusOK)
		for _, where := range []string{"Berlin, DE 198.51.100.4", "PE 203.0.113.9"} {
			page.Says(where)
		}
	}
}

// Every post needs a form token, and starts again where it was without one.
func TestNoPostGoesWithoutItsFormToken(t *testing.T) {
	posts := 0
	for _, route := range account.Routes() {
		if route.Method != http.MethodPost {
			continue
		}
		posts++
		if route.Kind != web.Page || route.Foreign || route.CORS || route.Again == nil {
			t.Errorf("%s: kind %d, foreign %t", route.Path, route.Kind, route.Foreign)
		}
	}
	if posts < 25 {
		t.Errorf("only %d posts were found", posts)
	}
}
