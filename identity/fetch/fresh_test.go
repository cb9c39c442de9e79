package fetch

import (
	"net/http"
	"testing"
	"time"
)

func TestAnAnswerSaysHowLongItMayBeKept(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"no-store": 0, "private, no-cache": 0, "max-age=1": time.Second, "public, Max-Age=\"60\"": time.Minute, "max-age=9999999999": 365 * 24 * time.Hour,
		"": time.Hour, "max-age=-5": 0, "max-age=x": time.Hour, "max-age=99999999999999999999": time.Hour,
	} {
		r := Response{Header: http.Header{"Cache-Control": {header}}}
		if got := r.Fresh(now, time.Hour); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
	for header, want := range map[string]time.Duration{"Fri, 01 May 2026 12:30:00 GMT": 30 * time.Minute, "Fri, 01 May 2026 11:00:00 GMT": 0, "0": time.Hour} {
		r := Response{Header: http.Header{"Expires": {header}}}
		if got := r.Fresh(now, time.Hour); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
}
