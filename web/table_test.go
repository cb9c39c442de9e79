package web

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"poolhouse.dev/assets"
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/oauth"
	"poolhouse.dev/storage"
)

func TestEveryCodeOfTheCoreHasStatusAndWords(t *testing.T) {
	words := assets.Catalogues().For("en")
	for _, code := range identity.Codes() {
		status, ok := statuses[code]
		if !ok || status < 400 || status > 599 {
			t.Errorf("%s has status %d", code, status)
		}
		if id := "error." + string(code); words.T(id) == id {
			t.Errorf("%s has no words", code)
		}
		if v := judge(&identity.Error{Code: code, Op: "test"}); v.Fault || v.Status != status {
			t.Errorf("%s is judged %+v", code, v)
		}
	}
	if len(statuses) != len(identity.Codes()) {
		t.Errorf("%d statuses for %d codes", len(statuses), len(identity.Codes()))
	}
}

func TestEveryProtocolErrorKeepsItsCode(t *testing.T) {
	want := map[string]int{oauth.InvalidClient: 401, oauth.InvalidToken: 401, oauth.InsufficientScope: 403}
	for _, code := range oauth.Codes() {
		status := want[code]
		if status == 0 {
			status = http.StatusBadRequest
		}
		if v := judge(&oauth.Error{Code: code, Description: "Why."}); v.Status != status || v.Code != code || v.Detail != "Why." || v.Fault {
			t.Errorf("%s is judged %+v", code, v)
		}
	}
}

func TestEveryViolationHasWords(t *testing.T) {
	words := assets.Catalogues().For("en")
	for _, v := range password.Violations() {
		if id := "password." + string(v); words.T(id, "Count", 8) == id {
			t.Errorf("%s has no words", v)
		}
	}
}

func TestOwnRefusalsHaveWords(t *testing.T) {
	words := assets.Catalogues().For("en")
	for _, message := range []string{"request", "too_large", "not_found", "method_not_allowed", "fault", "oauth", "misdirected"} {
		if id := "error." + message; words.T(id) == id {
			t.Errorf("%s has no words", message)
		}
	}
}

func TestWhatNobodyKnowsIsAFault(t *testing.T) {
	for _, err := range []error{storage.ErrUnavailable, fmt.Errorf("oauth: keys: %w", storage.ErrConflict)} {
		if v := judge(err); v.Status != 503 || v.Code != "temporarily_unavailable" || v.RetryAfter <= 0 || !v.Fault {
			t.Errorf("%v is answered %+v", err, v)
		}
	}
	if v := judge(errors.New("disk on fire")); !v.Fault || v.Status != 500 || v.Code != "server_error" || v.Detail != "" {
		t.Errorf("judged %+v", v)
	}
	if v := judge(&identity.Error{Code: "new_code"}); !v.Fault {
		t.Errorf("a code without a line in the table is judged %+v", v)
	}
	if v := judge(echo.NewHTTPError(http.StatusTeapot, "a secret")); v.Status != 400 || v.Detail != "" {
		t.Errorf("judged %+v", v)
	}
}

func TestRetryAfterIsNeverTooShort(t *testing.T) {
	for wait, want := range map[time.Duration]string{0: "1", time.Millisecond: "1", 1001 * time.Millisecond: "2", time.Minute: "60"} {
		if got := retryAfter(wait); got != want {
			t.Errorf("%s: %s, want %s", wait, got, want)
		}
	}
}

func TestOnlyPathsOfOursAreLedTo(t *testing.T) {
	for to, want := range map[string]string{
		"/login?request=x": "/login?request=x", "/a/b": "/a/b", "": "/", "//evil": "/", "https://evil.test": "/", "/\\evil": "/", "evil": "/",
		"/%0aSet-Cookie:x": "/", "javascript:alert(1)": "/", "/%2f/evil": "/", "/%5cevil": "/",
	} {
		if got := localPath(to); got != want {
			t.Errorf("%q leads to %q, want %q", to, got, want)
		}
	}
}

func TestFormActionTakesAnOriginAndNothingElse(t *testing.T) {
	for uri, want := range map[string]string{
		"https://app.example.test/callback?x=1": "https://app.example.test", "http://127.0.0.1:9000/cb": "http://127.0.0.1:9000",
		"myapp:/callback": "myapp:", "com.example.app://cb": "com.example.app:", "http://[::1]:9000/cb": "http:", "": "", "/relative": "",
		"https://a.test; script-src *": "",
	} {
		if got := sourceOf(uri); got != want {
			t.Errorf("%q gives %q, want %q", uri, got, want)
		}
	}
}

func FuzzStrict(f *testing.F) {
	for _, seed := range []string{"a=1&b=2", "a=%ff", "a=1&a=2", "a;b", "%00=1", "a=%zz", "=&=", "a+b=c%20d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		values, err := Strict(raw)
		if err != nil {
			return
		}
		if len(values.Values) > MaxParams {
			t.Fatalf("%d parameters", len(values.Values))
		}
		for name, all := range values.Values {
			if len(all) != 1 || !clean(name) || !clean(all[0]) {
				t.Fatalf("%q: %q", name, all)
			}
		}
	})
}

func FuzzLocalPath(f *testing.F) {
	for _, seed := range []string{"/login", "//evil", "/\\evil", "/%2f%2fevil", "\t/evil", "/a?to=//evil"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, to string) {
		got := localPath(to)
		if len(got) == 0 || got[0] != '/' || len(got) > 1 && (got[1] == '/' || got[1] == '\\') {
			t.Fatalf("%q leads to %q", to, got)
		}
	})
}
