package main

import (
	"bytes"
	"context"
	"crypto/sha1"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/password"
)

// looking opens the lookups of settings, and answers the core they serve and
// what is logged.
func looking(t *testing.T, set func(*settings)) (*identity.Core, *bytes.Buffer) {
	t.Helper()
	s, logged := &settings{origin: map[string]string{}}, &bytes.Buffer{}
	set(s)
	l, err := openLookups(s, slog.New(slog.NewTextHandler(logged, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.close(); err != nil {
			t.Error(err)
		}
	})
	core := &identity.Core{}
	l.serve(core)
	return core, logged
}

// filterOf writes a filter of breached passwords.
func filterOf(t *testing.T, words string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "breached.filter")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := password.BuildFilter(strings.NewReader(words), out, password.FilterOptions{Plain: true}); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWithoutSettingsNothingIsLookedUp(t *testing.T) {
	core, _ := looking(t, func(*settings) {})
	if core.Places != nil || core.Breached != nil || core.Disposable != nil {
		t.Errorf("asked: %v %v %v", core.Places, core.Breached != nil, core.Disposable != nil)
	}
	if core.Puzzles == nil || core.Puzzles.Captcha != nil {
		t.Errorf("browsers are asked %+v", core.Puzzles)
	}
}

func TestACaptchaStandsInThePlaceOfThePuzzle(t *testing.T) {
	core, _ := looking(t, func(s *settings) {
		s.Captcha.Provider, s.Captcha.SiteKey, s.Captcha.SecretKey = "hcaptcha", "site", "secret"
	})
	if core.Puzzles.Captcha == nil || core.Puzzles.Captcha.SiteKey() != "site" {
		t.Errorf("browsers are asked %+v", core.Puzzles)
	}
}

func TestABreachedPasswordIsFoundInTheFile(t *testing.T) {
	core, logged := looking(t, func(s *settings) { s.Breached.File = filterOf(t, "letmein\n") })
	ctx := context.Background()
	if !core.Breached(ctx, "letmein") || core.Breached(ctx, "plum-orchard-7-lantern") {
		t.Error("the file is not asked")
	}
	if core.Breached(ctx, strings.Repeat("x", 10_000)) || logged.Len() > 0 {
		t.Errorf("a password of nobody's length is logged:\n%s", logged)
	}
}

// breachService answers the range of one password as Have I Been Pwned does.
func breachService(t *testing.T, word string) *httptest.Server {
	t.Helper()
	sum := fmt.Sprintf("%X", sha1.Sum([]byte(word)))
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasSuffix(req.URL.Path, "/"+sum[:5]) {
			fmt.Fprintf(w, "%s:3\r\n", sum[5:])
		}
	}))
	t.Cleanup(service.Close)
	return service
}

func TestABreachServiceIsAskedWhereItsNetworkIsOpen(t *testing.T) {
	service := breachService(t, "letmein")
	core, _ := looking(t, func(s *settings) {
		s.Breached.RangeURL, s.Outgoing.AllowNetworks = service.URL+"/range/", []string{"127.0.0.0/8"}
	})
	if !core.Breached(context.Background(), "letmein") {
		t.Error("the service is not asked")
	}
}

func TestAServiceThatCannotBeAskedKeepsNobodyOut(t *testing.T) {
	service := breachService(t, "letmein")
	core, logged := looking(t, func(s *settings) { s.Breached.RangeURL = service.URL + "/range/" })
	if core.Breached(context.Background(), "letmein") {
		t.Error("a service on this machine was asked unasked")
	}
	if text := logged.String(); !strings.Contains(text, "level=WARN") || strings.Contains(text, "letmein") {
		t.Errorf("logged:\n%s", text)
	}
}

func TestAFileThatIsGoneIsTold(t *testing.T) {
	s := &settings{origin: map[string]string{}}
	s.Disposable = filepath.Join(t.TempDir(), "gone.txt")
	if _, err := openLookups(s, slog.Default()); err == nil || !strings.Contains(err.Error(), "gone.txt") {
		t.Errorf("said: %v", err)
	}
}

func TestADisposableDomainIsKnown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "disposable.txt")
	if err := os.WriteFile(path, []byte("trash.test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	core, _ := looking(t, func(s *settings) { s.Disposable = path })
	if !core.Disposable("mail.trash.test") || core.Disposable("example.test") {
		t.Error("the list is not asked")
	}
}
