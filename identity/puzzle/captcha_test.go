package puzzle

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/identity/fetch"
)

// asking is a Captcha whose provider answers body, and what that was asked.
func asking(t *testing.T, status int, body string, hosts ...string) (*Captcha, *url.Values) {
	t.Helper()
	var asked url.Values
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		asked = r.PostForm
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	client := fetch.New(fetch.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	c, err := OpenCaptcha(CaptchaOptions{Provider: "turnstile", SiteKey: "site", Secret: "hush", VerifyURL: server.URL, Hosts: hosts, Client: client})
	if err != nil {
		t.Fatal(err)
	}
	return c, &asked
}

func TestAProviderIsAskedAboutAResponse(t *testing.T) {
	c, asked := asking(t, 200, `{"success": true, "hostname": "login.example.test", "error-codes": []}`)
	if ok, err := c.Verify(t.Context(), "typed", "192.0.2.1"); !ok || err != nil {
		t.Error(ok, err)
	}
	if got := asked.Encode(); got != "remoteip=192.0.2.1&response=typed&secret=hush" {
		t.Error(got)
	}
	if c.Verify(t.Context(), "typed", ""); asked.Has("remoteip") {
		t.Error("an address nobody has was sent")
	}
}

func TestARefusedResponseIsNotSolved(t *testing.T) {
	for name, c := range map[string]struct{ body, response string }{
		"refused":      {`{"success": false, "error-codes": ["invalid-input-response"]}`, "x"},
		"used before":  {`{"success": false, "error-codes": ["timeout-or-duplicate"]}`, "x"},
		"another host": {`{"success": true, "hostname": "evil.example"}`, "x"},
		"no success":   {`{}`, "x"},
		"empty":        {`{"success": true}`, ""},
		"too long":     {`{"success": true}`, strings.Repeat("x", longestResponse+1)},
	} {
		captcha, asked := asking(t, 200, c.body, "login.example.test")
		if ok, err := captcha.Verify(t.Context(), c.response, ""); ok || err != nil {
			t.Errorf("%s: %v %v", name, ok, err)
		}
		if len(*asked) > 0 && c.response != "x" {
			t.Errorf("%s: the provider was asked", name)
		}
	}
	captcha, _ := asking(t, 200, `{"success": true}`, "login.example.test")
	if ok, err := captcha.Verify(t.Context(), "x", ""); !ok || err != nil {
		t.Error("an answer that names no host:", ok, err)
	}
}

func TestAProviderThatCannotAnswerIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
	}{
		"a fault": {502, "<html>"}, "not JSON": {200, "true story"}, "our secret": {200, `{"success": false, "error-codes": ["invalid-input-secret"]}`},
		"our site key": {200, `{"success": false, "error-codes": ["sitekey-secret-mismatch"]}`}, "theirs": {200, `{"success": false, "error-codes": ["internal-error"]}`},
	} {
		captcha, _ := asking(t, c.status, c.body)
		if ok, err := captcha.Verify(t.Context(), "x", ""); ok || err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v %v", name, ok, err)
		}
	}
}

func TestACaptchaIsConfiguredWholeOrNotAtAll(t *testing.T) {
	client := fetch.New(fetch.Options{})
	for name, o := range map[string]CaptchaOptions{
		"unknown":   {Provider: "recaptcha", SiteKey: "k", Secret: "s", Client: client},
		"no key":    {Provider: "hcaptcha", Secret: "s", Client: client},
		"no secret": {Provider: "hcaptcha", SiteKey: "k", Client: client},
	} {
		if _, err := OpenCaptcha(o); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
	inner := CaptchaOptions{Provider: "hcaptcha", SiteKey: "k", Secret: "s", VerifyURL: "http://127.0.0.1/", Client: client}
	if _, err := OpenCaptcha(inner); !errors.Is(err, fetch.ErrForbidden) {
		t.Error(err)
	}
}

func TestEachProviderTellsThePageWhatItNeeds(t *testing.T) {
	for _, name := range []string{"turnstile", "hcaptcha"} {
		c, err := OpenCaptcha(CaptchaOptions{Provider: name, SiteKey: "site", Secret: "s", Client: fetch.New(fetch.Options{})})
		if err != nil {
			t.Fatal(err)
		}
		script, err := url.Parse(c.Script())
		if err != nil || script.Scheme != "https" || !strings.HasSuffix(c.Field(), "-response") || c.Class() == "" || c.SiteKey() != "site" {
			t.Errorf("%+v %v", c.provider, err)
		}
		covered := false
		for _, origin := range c.Origins() {
			host := strings.TrimPrefix(origin, "https://")
			covered = covered || script.Host == host || strings.HasSuffix(script.Host, strings.TrimPrefix(host, "*"))
		}
		if !covered {
			t.Errorf("%s is not within %v", script, c.Origins())
		}
	}
}

func TestTheSecretIsNotLogged(t *testing.T) {
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("captcha", "options", CaptchaOptions{Provider: "hcaptcha", Secret: "hush"})
	if strings.Contains(log.String(), "hush") || !strings.Contains(fmt.Sprint(log.String()), "hcaptcha") {
		t.Error(log.String())
	}
}
