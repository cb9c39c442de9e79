package kit

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// The examples of RFC 6238, appendix B, as six digits.
func TestTOTP(t *testing.T) {
	const secret = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ" // "12345678901234567890"
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 20000000000: "353130"} {
		if got := TOTP(t, secret, time.Unix(at, 0)); got != want {
			t.Errorf("at %d the code is %s, want %s", at, got, want)
		}
	}
}

func TestTOTPAppRepeatsNoCode(t *testing.T) {
	app := TOTPApp{Secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}
	if first, second := app.Code(t), app.Code(t); first == second {
		t.Errorf("the app shows %s twice", first)
	}
}

func TestClientFrom(t *testing.T) {
	var from string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		from, _, _ = net.SplitHostPort(r.RemoteAddr)
	}))
	defer server.Close()
	if NewClientFrom("127.0.0.2").Open(t, server.URL); from != "127.0.0.2" {
		t.Errorf("the connection comes from %s", from)
	}
}
