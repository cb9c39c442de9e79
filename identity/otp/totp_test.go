package otp

import (
	"encoding/base32"
	"net/url"
	"strings"
	"testing"
	"time"
)

// RFC 6238 appendix B, the rows of SHA-1; six digits are the last six of its eight.
var vectors = map[int64]string{
	59:          "287082",
	1111111109:  "081804",
	1111111111:  "050471",
	1234567890:  "005924",
	2000000000:  "279037",
	20000000000: "353130",
}

var rfcSecret = []byte("12345678901234567890")

func TestCodesAreThoseOfRFC6238(t *testing.T) {
	for seconds, want := range vectors {
		if got := CodeAt(rfcSecret, time.Unix(seconds, 0)); got != want {
			t.Errorf("at %d: %s, want %s", seconds, got, want)
		}
		step, ok := VerifyTOTP(rfcSecret, want, time.Unix(seconds, 0), 0)
		if !ok || step != seconds/30 {
			t.Errorf("at %d: step %d %v", seconds, step, ok)
		}
	}
}

func TestTheStepBeforeAndAfterAreTakenAndNoOther(t *testing.T) {
	now := time.Unix(1234567890, 0)
	for offset, want := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		code := CodeAt(rfcSecret, now.Add(time.Duration(offset)*30*time.Second))
		step, ok := VerifyTOTP(rfcSecret, code, now, 0)
		if ok != want || ok && step != now.Unix()/30+offset {
			t.Errorf("%d steps away: %d %v", offset, step, ok)
		}
	}
}

func TestAttackTOTPReplay(t *testing.T) {
	now := time.Unix(1234567890, 0)
	step, ok := VerifyTOTP(rfcSecret, CodeAt(rfcSecret, now), now, 0)
	if !ok {
		t.Fatal("the first use is refused")
	}
	for _, at := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
		if _, ok := VerifyTOTP(rfcSecret, CodeAt(rfcSecret, now), now.Add(at), step); ok {
			t.Errorf("taken again %s later", at)
		}
	}
	if _, ok := VerifyTOTP(rfcSecret, CodeAt(rfcSecret, now.Add(-30*time.Second)), now, step); ok {
		t.Error("a step before the last one is taken")
	}
	if _, ok := VerifyTOTP(rfcSecret, CodeAt(rfcSecret, now.Add(30*time.Second)), now, step); !ok {
		t.Error("the next step is refused")
	}
}

func TestATOTPCodeIsReadAsPeopleTypeIt(t *testing.T) {
	now := time.Unix(59, 0)
	for _, typed := range []string{"287082", " 287 082 ", "287-082", "２８７０８２", "\u0662\u0668\u0667\u0660\u0668\u0662"} {
		if _, ok := VerifyTOTP(rfcSecret, typed, now, 0); !ok {
			t.Errorf("%q is refused", typed)
		}
	}
	for _, typed := range []string{"", "28708", "2870820", "94287082", "287082x", "000000"} {
		if _, ok := VerifyTOTP(rfcSecret, typed, now, 0); ok {
			t.Errorf("%q is taken", typed)
		}
	}
}

func TestSecretsAre20BytesShownAsBase32(t *testing.T) {
	a, b := NewSecret(), NewSecret()
	if len(a) != 20 || string(a) == string(b) {
		t.Fatalf("secrets %x %x", a, b)
	}
	back, err := base32.StdEncoding.DecodeString(SecretText(a))
	if err != nil || string(back) != string(a) || len(SecretText(a)) != 32 {
		t.Errorf("%q: %v", SecretText(a), err)
	}
	if got := SecretText([]byte("123456")); got != "GEZDGNBVGY" {
		t.Errorf("padding: %q", got)
	}
}

func TestTheURIIsOneThatAppsRead(t *testing.T) {
	for _, row := range []struct{ issuer, account, label string }{
		{"Acme", "ann@example.test", "Acme:ann%40example.test"},
		{"A & B: Co", "ann+x y?#/", "A%20%26%20B%3A%20Co:ann%2Bx%20y%3F%23%2F"},
		{"Zürich", "アン", "Z%C3%BCrich:%E3%82%A2%E3%83%B3"},
	} {
		text := URI(row.issuer, row.account, rfcSecret)
		if !strings.HasPrefix(text, "otpauth://totp/"+row.label+"?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=") {
			t.Errorf("%s", text)
		}
		uri, err := url.Parse(text)
		if err != nil || uri.Path != "/"+row.issuer+":"+row.account || strings.Contains(text, "+") {
			t.Errorf("%s: %v", text, err)
		}
		q := uri.Query()
		if q.Get("issuer") != row.issuer || q.Get("algorithm") != "SHA1" || q.Get("digits") != "6" || q.Get("period") != "30" {
			t.Errorf("%s: %v", text, q)
		}
	}
}

func FuzzVerifyTOTP(f *testing.F) {
	f.Add([]byte("12345678901234567890"), "287082", int64(59), int64(0))
	f.Add([]byte{}, "２８７ ０８２", int64(-1), int64(-5))
	f.Fuzz(func(t *testing.T, secret []byte, code string, seconds, last int64) {
		now := time.Unix(seconds, 0)
		step, ok := VerifyTOTP(secret, code, now, last)
		if !ok {
			return
		}
		if step <= last || step < seconds/30-1 || step > seconds/30+1 || totp(secret, step) != Normalise(code) {
			t.Fatalf("code %q at %d after %d: step %d", code, seconds, last, step)
		}
		if _, again := VerifyTOTP(secret, code, now, seconds/30+1); again {
			t.Fatalf("code %q is taken twice", code)
		}
	})
}
