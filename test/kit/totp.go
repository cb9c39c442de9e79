package kit

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TOTPStep is how long one code of an authenticator app lasts.
const TOTPStep = 30 * time.Second

const seconds = int64(TOTPStep / time.Second)

// TOTP answers the code that an authenticator app shows at a moment (RFC 6238
// with RFC 4226 §5.3; SHA-1, six digits, 30 seconds). The secret is base32 as
// pages print it, spaces allowed.
func TOTP(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	text := strings.TrimRight(strings.ToUpper(strings.Join(strings.Fields(secret), "")), "=")
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil {
		t.Fatalf("the secret %q is no base32: %v", secret, err)
	}
	var counter [8]byte
	for i, step := 7, at.Unix()/seconds; i >= 0; i, step = i-1, step>>8 {
		counter[i] = byte(step)
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	four := sum[sum[len(sum)-1]&15:]
	number := int(four[0]&0x7f)<<24 | int(four[1])<<16 | int(four[2])<<8 | int(four[3])
	return fmt.Sprintf("%06d", number%1_000_000)
}

// TOTPApp is an authenticator app. It hands out each step's code once, so that
// no code is sent which was used already.
type TOTPApp struct {
	Secret string // as the page shows it
	last   int64  // the step handed out last
}

// Code answers a code that was not handed out before. The server takes those of
// the step before and after the present one; the app begins with the one
// before, and the fourth in a row waits for the time to come.
func (a *TOTPApp) Code(t testing.TB) string {
	t.Helper()
	step := func() int64 { return time.Now().Unix() / seconds }
	next := max(a.last+1, step()-1)
	if !until(TOTPStep+Patience, func() bool { return next <= step()+1 }) {
		t.Fatal("the clock stands still")
	}
	a.last = next
	return TOTP(t, a.Secret, time.Unix(next*seconds, 0))
}
