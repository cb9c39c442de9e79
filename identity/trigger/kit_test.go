package trigger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/webhook"
	"poolhouse.dev/storage/memory"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// kit is a dispatcher over a webhook of the test's, with a clock that stands.
type kit struct {
	*trigger.Dispatcher
	t    *testing.T
	url  string
	log  bytes.Buffer
	mu   sync.Mutex
	at   time.Time
	seen []*http.Request
	sent []string
}

func start(t *testing.T, answer http.HandlerFunc) *kit {
	k := &kit{t: t, at: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		k.mu.Lock()
		k.seen, k.sent = append(k.seen, req), append(k.sent, string(body))
		k.mu.Unlock()
		req.Body = io.NopCloser(bytes.NewReader(body))
		answer(w, req)
	}))
	t.Cleanup(server.Close)
	client := fetch.New(fetch.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	runs := &trigger.Runs{Store: memory.Open()}
	t.Cleanup(func() { _ = runs.Close() })
	k.url = server.URL + "/hook"
	k.Dispatcher = &trigger.Dispatcher{
		Webhooks: webhook.New(client, k.now), Runs: runs, Now: k.now, Log: slog.New(slog.NewTextHandler(&k.log, nil)),
	}
	k.Use(trigger.Functions{Secret: secret})
	return k
}

func (k *kit) now() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.at
}

func (k *kit) pass(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = k.at.Add(d)
}

func (k *kit) tries() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.seen)
}

func (k *kit) call(request any) trigger.Call {
	return trigger.Call{Kind: trigger.PreSignUp, Target: k.url, Event: trigger.Event{
		Version: "1", TriggerSource: "PreSignUp_SignUp", Region: "local", UserPoolID: "local_main", UserName: "ann",
		Request: request, Response: map[string]any{},
	}}
}

// run asks, and wants an outcome and a cause.
func (k *kit) run(want trigger.Outcome, cause string) json.RawMessage {
	k.t.Helper()
	response, err := k.Run(context.Background(), k.call(map[string]any{}))
	outcome, said := trigger.Answered, ""
	var failed *trigger.Error
	if errors.As(err, &failed) {
		if outcome, said = failed.Outcome, failed.Message; failed.Err != nil {
			said = failed.Err.Error()
		}
	}
	if outcome != want || said != cause {
		k.t.Errorf("%s: %q, want %s: %q", outcome, said, want, cause)
	}
	return response
}

func (k *kit) last(kind trigger.Kind) []trigger.Run {
	k.t.Helper()
	all, err := k.Runs.Last(context.Background(), "local_main", kind, 0)
	if err != nil {
		k.t.Fatal(err)
	}
	return all
}

// echo gives the event back with a response.
func echo(response string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		var event map[string]json.RawMessage
		if json.NewDecoder(req.Body).Decode(&event) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		event["response"] = json.RawMessage(response)
		_ = json.NewEncoder(w).Encode(event)
	}
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func equal[T comparable](t *testing.T, what string, got []T, want ...T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
