package otp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// RFC 6238 with what every authenticator app can do: SHA-1, six digits, steps
// of 30 seconds. Some apps ignore other values in the URI and show wrong codes.
const (
	stepSeconds = 30
	secretBytes = 20 // RFC 4226 §4 R6: as long as the hash
)

// NewSecret answers a random TOTP secret of 20 bytes.
func NewSecret() []byte {
	secret := make([]byte, secretBytes)
	rand.Read(secret)
	return secret
}

// SecretText answers a secret as people type it into an app: base32 without
// padding, 32 characters for a secret of NewSecret.
func SecretText(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// URI answers what the QR code of an enrolment says, in the Key URI Format that
// authenticator apps read. The app shows issuer and account to tell its entries
// apart.
func URI(issuer, account string, secret []byte) string {
	// The colon divides the label, so within its parts it is escaped too.
	label := escape(issuer) + ":" + escape(account)
	return "otpauth://totp/" + label + "?secret=" + SecretText(secret) +
		"&issuer=" + escape(issuer) + "&algorithm=SHA1&digits=6&period=30"
}

// escape writes a space as %20: apps show the plus sign of a form as it stands.
func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// VerifyTOTP says whether code is right now, and of which step, for the caller
// to store. A step not after lastStep is not taken, so that each is accepted
// once (RFC 6238 §5.2); begin with 0. The steps before and after are taken too,
// for clocks that are off and people who type slowly. Code may be as it was
// typed: see Normalise.
func VerifyTOTP(secret []byte, code string, now time.Time, lastStep int64) (step int64, ok bool) {
	typed := []byte(Normalise(code))
	present := now.Unix() / stepSeconds
	// All candidates are compared, so that timing does not tell which one
	// matched. Of two steps with the same code the earlier one is spent first.
	for candidate := present + 1; candidate >= present-1; candidate-- {
		same := subtle.ConstantTimeCompare(typed, []byte(totp(secret, candidate))) == 1
		if same && candidate > lastStep {
			step, ok = candidate, true
		}
	}
	return step, ok
}

// CodeAt answers the code that an authenticator app shows at t.
func CodeAt(secret []byte, t time.Time) string { return totp(secret, t.Unix()/stepSeconds) }

// totp is RFC 4226 §5.3 with the step as the counter.
func totp(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[offset:])&0x7fffffff%1_000_000)
}
