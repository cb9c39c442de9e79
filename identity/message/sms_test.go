package message

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// gateway is a provider that remembers what it was asked and answers a status.
type gateway struct {
	*httptest.Server
	request *http.Request
	body    map[string]string
	status  int
}

func startGateway(t *testing.T) *gateway {
	g := &gateway{status: 202}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		g.request, g.body = r, map[string]string{}
		if err := json.Unmarshal(raw, &g.body); err != nil {
			t.Errorf("%v: %s", err, raw)
		}
		if g.status == 302 {
			w.Header().Set("Location", "http://elsewhere.example.test/")
		}
		w.WriteHeader(g.status)
	}))
	t.Cleanup(g.Close)
	return g
}

var code = Content{ID: "m1", To: "+4915112345678", Text: "Your code is 123456."}

func TestAProviderIsAskedInItsOwnWords(t *testing.T) {
	g := startGateway(t)
	settings := url.Values{
		"sms.to": {"recipient"}, "sms.text": {"message"}, "sms.field.sender": {"Acme"},
		"sms.header.X-Api-Key": {"k1"}, "flash": {"0"},
	}
	transport, err := OpenSMS("http://acme:p%40ss@" + strings.TrimPrefix(g.URL, "http://") + "/v1/send?" + settings.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if err := transport.Send(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"recipient": code.To, "message": code.Text, "sender": "Acme"}; !maps.Equal(g.body, want) {
		t.Errorf("body %v", g.body)
	}
	user, password, _ := g.request.BasicAuth()
	if user != "acme" || password != "p@ss" || g.request.Method != "POST" || g.request.URL.String() != "/v1/send?flash=0" {
		t.Errorf("%s:%s %s %s", user, password, g.request.Method, g.request.URL)
	}
	for header, want := range map[string]string{"Content-Type": "application/json", "Idempotency-Key": "m1", "X-Api-Key": "k1"} {
		if got := g.request.Header.Get(header); got != want {
			t.Errorf("%s: %q", header, got)
		}
	}
	if got := transport.String(); got != g.URL+"/v1/send" {
		t.Errorf("named %s", got)
	}
}

func TestToAndTextAreTheDefaults(t *testing.T) {
	g := startGateway(t)
	transport, _ := OpenSMSThrough(g.Client(), g.URL)
	if err := transport.Send(t.Context(), code); err != nil || !maps.Equal(g.body, map[string]string{"to": code.To, "text": code.Text}) {
		t.Errorf("%v %v", err, g.body)
	}
	if _, _, signed := g.request.BasicAuth(); signed {
		t.Error("credentials out of nothing")
	}
}

func TestAnswersOfAProviderAreFinalOrNot(t *testing.T) {
	g := startGateway(t)
	transport, _ := OpenSMS(g.URL + "?key=canary")
	for status, want := range map[int]string{
		200: "sent", 204: "sent", 400: "final", 422: "final", 401: "later", 403: "later", 404: "later", 408: "later",
		429: "later", 500: "later", 503: "later", 302: "later",
	} {
		g.status = status
		err := transport.Send(t.Context(), code)
		if got := outcome(err); got != want {
			t.Errorf("%d: %s, want %s (%v)", status, got, want, err)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("the key is in %v", err)
		}
	}
	g.Close()
	if err := transport.Send(t.Context(), code); outcome(err) != "down" || strings.Contains(err.Error(), "canary") {
		t.Errorf("nobody there: %v", err)
	}
}

func outcome(err error) string {
	var final *PermanentError
	var down *UnavailableError
	switch {
	case err == nil:
		return "sent"
	case errors.As(err, &final):
		return "final"
	case errors.As(err, &down):
		return "down"
	}
	return "later"
}

func TestATextMessageGoesToANumberOnly(t *testing.T) {
	g := startGateway(t)
	folder, err := OpenSMS("file:" + t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	provider, _ := OpenSMS(g.URL)
	for _, to := range []string{"", "015112345678", "+49 151", "+0151", "+1234567890123456", "ann@example.test", "+49151\r\n"} {
		for _, transport := range []Transport{folder, provider} {
			if err := transport.Send(t.Context(), Content{To: to, Text: "x"}); outcome(err) != "final" {
				t.Errorf("%q by %s: %v", to, transport, err)
			}
		}
	}
	if g.request != nil {
		t.Error("the provider was asked")
	}
}

func TestTextMessagesLieInAFolder(t *testing.T) {
	dir := t.TempDir()
	transport, _ := OpenSMS("file:" + dir)
	if err := transport.Send(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "m1.json"))
	var got map[string]string
	if err != nil || json.Unmarshal(raw, &got) != nil || got["id"] != "m1" || got["to"] != code.To || got["text"] != code.Text || got["at"] == "" {
		t.Errorf("%v: %s", err, raw)
	}
}

func TestSettingsOfAProviderAreCheckedAtOnce(t *testing.T) {
	for _, dsn := range []string{
		"https://h/?sms.too=x", "https://h/?sms.to=", "https://h/?sms.header.X=a%0d%0aY:b", "https://?x", "ftp://h/", "file:", "", "https://u:secret@h:port/",
	} {
		if _, err := OpenSMS(dsn); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}
