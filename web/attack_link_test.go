package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/web/internal/webtest"
)

// A path that begins with two slashes is another host to a browser.
func TestAttackRetryLinkLeadsToAnotherHost(t *testing.T) {
	h := webtest.Start(t)
	for range 700 {
		req := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/", nil)
		req.URL.Path = "//evil.test/login"
		req.RequestURI = "//evil.test/login"
		req.Header.Set("Accept", "text/html")
		got := h.Do(req)
		if got.StatusCode != http.StatusTooManyRequests {
			continue
		}
		if body := read(t, got); strings.Contains(body, `"//evil.test`) || strings.Contains(body, `"\\`) {
			t.Fatalf("the page links to another host")
		}
		return
	}
	t.Fatal("nothing was refused")
}

// Every name is matched against every language; thousands fit into one query.
func TestAttackThousandsOfLanguages(t *testing.T) {
	h := webtest.Start(t)
	wish := func(names int) *http.Response {
		req := httptest.NewRequest(http.MethodGet, webtest.PublicURL+"/login?ui_locales="+strings.Repeat("fr+", names)+"de", nil)
		return h.Do(req)
	}
	if body := read(t, wish(3)); !strings.Contains(body, `<html lang="de"`) {
		t.Error("the fourth wish is not heard")
	}
	began := time.Now()
	if body := read(t, wish(9000)); strings.Contains(body, `<html lang="de"`) {
		t.Errorf("nine thousand wishes are tried, which takes %s", time.Since(began))
	}
}
