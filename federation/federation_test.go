package federation

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
)

func TestWhatComesBackIsReadOnceAndStrictly(t *testing.T) {
	r, err := ParseReturn("GET", "code=a%2Bb&state=x+y&empty=")
	if err != nil || r.Values.Get("code") != "a+b" || r.Values.Get("state") != "x y" || r.Method != "GET" {
		t.Error(r, err)
	}
	for _, bad := range []string{
		"code=a&code=b", "code=%zz", "code=a;state=b", "code=%00", "code=%ff", "%ff=a", strings.Repeat("&", 32), "a=" + strings.Repeat("x", maxReturn),
	} {
		if _, err := ParseReturn("POST", bad); err == nil {
			t.Errorf("%.40q is taken", bad)
		}
	}
	if _, err := ParseReturn("PUT", "code=a"); err == nil {
		t.Error("PUT is taken")
	}
}

// FuzzReturn: what is taken has each name once, and reads back as it was.
func FuzzReturn(f *testing.F) {
	f.Add("GET", "code=4%2F0A&scope=email+openid&state=s&iss=https%3A%2F%2Fexample.test")
	f.Add("POST", "SAMLResponse=PHNhbWw%2B%0D%0A&RelayState=s")
	f.Add("POST", "error=access_denied&error_description=%3Cb%3E&state=")
	f.Add("GET", "a=1&a=2")
	f.Add("GET", "%zz=&;=&&&")
	f.Fuzz(func(t *testing.T, method, encoded string) {
		r, err := ParseReturn(method, encoded)
		if err != nil {
			return
		}
		for name, all := range r.Values {
			if len(all) != 1 {
				t.Errorf("%q comes %d times", name, len(all))
			}
		}
		if back, err := url.ParseQuery(r.Values.Encode()); err != nil || len(back) != len(r.Values) {
			t.Error(back, err)
		}
	})
}

func TestSecretsAreNotPrinted(t *testing.T) {
	s := Settings{Pool: "main", Name: "Work", Type: OIDC, Details: map[string]string{"client_secret": "s3cret"}}
	tokens := Tokens{Access: "s3cret", Refresh: "s3cret", ID: "s3cret"}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "settings", s, "tokens", tokens)
	printed := logged.String() + fmt.Sprintf("%v %+v %#v %s", s, s, s, s) + fmt.Sprintf("%v %+v %#v %s", tokens, tokens, tokens, tokens)
	if strings.Contains(printed, "s3cret") || !strings.Contains(printed, "main/Work (OIDC)") {
		t.Error(printed)
	}
	if answer := fmt.Sprintf("%+v %#v", Answer{Tokens: tokens}, Answer{Tokens: tokens}); strings.Contains(answer, "s3cret") {
		t.Error(answer)
	}
}

func TestAnErrorSaysWhatHappenedInOneLine(t *testing.T) {
	cause := errors.New("cause")
	err := fmt.Errorf("x: %w", &Error{Code: Refused, Provider: "Work", Reason: "server_error", Detail: "it said no", Err: cause})
	if code, ok := CodeOf(err); code != Refused || !ok || !errors.Is(err, cause) {
		t.Error(code, ok)
	}
	if err.Error() != "x: federation: Work: refused (server_error): it said no: cause" {
		t.Error(err)
	}
	if _, ok := CodeOf(cause); ok {
		t.Error("any error has a code")
	}
	if got := Plain(" a\x00b\r\nc\u202e"+strings.Repeat("é", 10), 12); got != "a b  c éé…" {
		t.Errorf("%q", got)
	}
}

func TestTypesAreLookedUpByName(t *testing.T) {
	opened := errors.New("opened")
	types := Types{"X": {
		Check: func(s Settings) error {
			var p Problems
			if s.Details["client_id"] == "" {
				p = append(p, Problem{"client_id", "is missing"})
			}
			return p.Found()
		},
		Open: func(_ Settings, d Deps) (Provider, error) {
			if d.Client == nil || d.Now == nil || d.Log == nil || d.Cache == nil {
				t.Error("dependencies are missing")
			}
			return nil, opened
		},
	}}
	if _, err := types.Open(Settings{Type: "X", Details: map[string]string{"client_id": "a"}}, Deps{}); err != opened {
		t.Error(err)
	}
	_, err := types.Open(Settings{Type: "X", Name: "n"}, Deps{})
	if code, _ := CodeOf(err); code != Misconfigured || !strings.Contains(err.Error(), "client_id is missing") {
		t.Error(err)
	}
	if err := types.Check(Settings{Type: "Y"}); err == nil || !strings.Contains(err.Error(), "provider_type") {
		t.Error(err)
	}
}
