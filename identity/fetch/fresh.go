package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fresh answers how long a response may be kept, by what it says of itself (RFC
// 9111 §5.2.2, §5.3): 0 for one that may not be, fallback for one that is silent.
func (r *Response) Fresh(now time.Time, fallback time.Duration) time.Duration {
	life := fallback
	if at, err := http.ParseTime(r.Header.Get("Expires")); err == nil {
		life = at.Sub(now)
	}
	for _, each := range strings.Split(r.Header.Get("Cache-Control"), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(each)), "=")
		seconds, err := strconv.ParseInt(strings.Trim(value, `"`), 10, 64)
		switch {
		case name == "no-store" || name == "no-cache":
			return 0
		case name == "max-age" && err == nil:
			life = time.Duration(min(seconds, 365*24*3600)) * time.Second // a year is RFC 9111 §1.2.2's for ever
		}
	}
	return max(life, 0)
}
