package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/export"
	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/trigger"
)

const (
	groupARN  = "arn:aws:logs:eu-west-1:123456789012:log-group:/pool/messages"
	streamARN = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/sign-ins"
	nobodyARN = "arn:aws:s3:::nobody"
	logSecret = "0123456789abcdef0123456789abcdef"
)

// receiver takes entries as a log service would, and fails the first time.
type receiver struct {
	*httptest.Server
	entries chan string
}

func receive(t *testing.T) *receiver {
	r := &receiver{entries: make(chan string, 20)}
	first := true
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if first {
			first = false
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		body, _ := io.ReadAll(req.Body)
		mac := hmac.New(sha256.New, []byte(logSecret))
		mac.Write([]byte(req.Header.Get("webhook-id") + "." + req.Header.Get("webhook-timestamp") + "." + string(body)))
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); req.Header.Get("webhook-signature") != want {
			t.Errorf("signed %q, want %q", req.Header.Get("webhook-signature"), want)
		}
		r.entries <- string(body)
	}))
	t.Cleanup(r.Close)
	return r
}

// delivering is a kit whose pool has sign-ins at an address, its failed messages in
// a file, and sign-ins at an ARN that stands for nothing.
func delivering(t *testing.T) (*kit, *export.Targets, *receiver, string) {
	k, to := newKit(t), receive(t)
	file := filepath.Join(t.TempDir(), "messages.jsonl")
	targets := export.New(fetch.New(fetch.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}), time.Now)
	targets.Use(map[string]export.Target{
		groupARN: {Path: file, Pools: []string{string(testPool)}}, streamARN: {Pools: []string{string(testPool)}, URL: to.URL, Secret: "whsec_" + base64.StdEncoding.EncodeToString([]byte(logSecret))},
	})
	k.core.LogLeads = targets.Leads
	k.pool(func(p *Pool) {
		p.Beside = p.Beside.Keep(map[string]json.RawMessage{LogDeliveries: json.RawMessage(`[
			{"LogLevel":"ERROR","EventSource":"userNotification","CloudWatchLogsConfiguration":{"LogGroupArn":"` + groupARN + `:*"}},
			{"LogLevel":"INFO","EventSource":"userAuthEvents","FirehoseConfiguration":{"StreamArn":"` + streamARN + `"},"S3Configuration":{"BucketArn":"` + nobodyARN + `"}}]`)})
	})
	return k, targets, to, file
}

// deliver runs the outbox for entries, in a time that goes on.
func (k *kit) deliver(logs message.Transport) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	begun := time.Now()
	now := func() time.Time { return k.clock().Add(time.Since(begun)) }
	s := &message.Sender{Store: k.core.Store, Sealer: k.core.Sealer, Logs: logs, Now: now, Log: slog.New(slog.DiscardHandler), Alone: true}
	go func() { done <- s.Run(ctx) }()
	k.Cleanup(func() {
		cancel()
		k.ok(<-done)
	})
}

func TestSignInsAreDeliveredAsAWSWritesThem(t *testing.T) {
	k, targets, to, _ := delivering(t)
	u := k.user("ann@example.test", Confirmed)
	if _, err := k.try("ann@example.test", "wrong-word-entirely", k.origin(1)); err == nil {
		t.Fatal("in with a wrong password")
	}
	k.in("ann@example.test", k.origin(1))
	k.deliver(targets)
	said := map[string]map[string]any{}
	for range 2 {
		var e struct {
			Source  string         `json:"eventSource"`
			Level   string         `json:"logLevel"`
			At      string         `json:"eventTimestamp"`
			Message map[string]any `json:"message"`
			From    struct {
				Pool PoolID `json:"userPoolId"`
			} `json:"logSourceId"`
		}
		text := <-to.entries
		if err := json.Unmarshal([]byte(text), &e); err != nil || e.Source != "USER_ACTIVITY" || e.Level != "INFO" || len(e.At) != 13 || e.From.Pool != testPool {
			t.Errorf("%v: %s", err, text)
		}
		said[e.Message["eventResponse"].(string)] = e.Message
	}
	for response, challenge := range map[string]string{"Pass": "Success", "Fail": "Failure"} {
		m := said[response]
		if m["userSub"] != string(u.ID) || m["userName"] != u.Username || m["eventType"] != "SignIn" || m["clientId"] != string(testClient) ||
			m["version"] != "1" || m["hasContextData"] != "true" || m["riskDecision"] == "" || !strings.HasSuffix(m["creationDate"].(string), "UTC 2026") {
			t.Errorf("%s: %v", response, m)
		}
		all, _ := m["challenges"].([]any)
		if len(all) != 1 || all[0].(map[string]any)["challengeName"] != "Password" || all[0].(map[string]any)["challengeResponse"] != challenge {
			t.Errorf("%s: challenges %v", response, all)
		}
	}
	if len(to.entries) != 0 {
		t.Error("there is more")
	}
}

func TestAMessageThatNobodyGotIsDelivered(t *testing.T) {
	k, targets, _, file := delivering(t)
	m := message.New(k.clock(), message.SignUp)
	m.Pool, m.To = string(testPool), "ann@example.test"
	k.core.ExportUndelivered(context.Background(), m, errors.New("no such mailbox"))
	m.Channel = message.App
	k.core.ExportUndelivered(context.Background(), m, errors.New("no business of a user's"))
	k.deliver(targets)
	var text []byte
	for range 200 {
		if text, _ = os.ReadFile(file); len(text) > 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 1 || !strings.Contains(lines[0], `"eventSource":"USER_NOTIFICATION","logLevel":"ERROR","message":{"details":"the email message `+m.ID) || !strings.Contains(lines[0], "no such mailbox") {
		t.Errorf("the file says %s", text)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.Remove(file); err != nil { // rotated
		t.Fatal(err)
	}
	if err := targets.Send(t.Context(), message.Content{To: groupARN, Text: `{}`}); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "{}\n" {
		t.Errorf("after the file was moved away: %q, %v", text, err)
	}
}

func TestAnARNThatStandsForNothingGetsNothing(t *testing.T) {
	k, targets, to, _ := delivering(t)
	targets.Use(nil)
	k.user("ann@example.test", Confirmed)
	k.in("ann@example.test", k.origin(1))
	if len(to.entries) != 0 || targets.Leads(string(testPool), groupARN, true) {
		t.Error("it leads somewhere")
	}
	var refused *message.PermanentError
	if err := targets.Send(t.Context(), message.Content{To: groupARN}); !errors.As(err, &refused) {
		t.Errorf("sent all the same: %v", err)
	}
}

// TestAttackTheLogOfAnotherPool: a key for one pool points its pool's log at what the
// file maps for another, and nothing gets there; what it is answered is as for an ARN
// that stands for nothing.
func TestAttackTheLogOfAnotherPool(t *testing.T) {
	k, targets, _, file := delivering(t)
	targets.Use(map[string]export.Target{groupARN: {Path: file, Pools: []string{"local_other"}}, streamARN: {Path: file}})
	s, own := &Settings{Core: k.core}, context.Background()
	set := func(ctx context.Context, arn string) (led []string) {
		t.Helper()
		raw := json.RawMessage(`[{"LogLevel":"INFO","EventSource":"userAuthEvents","CloudWatchLogsConfiguration":{"LogGroupArn":"` + arn + `"}}]`)
		p, err := s.SetLogDeliveries(ctx, testPool, raw)
		if err != nil || string(p.Beside.Given(LogDeliveries)) != string(raw) {
			t.Errorf("%s is answered %v with %s", arn, err, p.Beside.Given(LogDeliveries))
		}
		return k.core.logsTo(&p, sourceSignIns)
	}
	for _, c := range []struct {
		who   string
		ctx   context.Context
		arn   string
		leads bool
	}{
		{"a key for the pool", own, groupARN, false}, {"a key for the pool", own, groupARN + ":*", false}, {"a key for the pool", own, nobodyARN, false},
		{"a key for all", trigger.ByEverywhere(own), groupARN, false}, {"the owner", trigger.ByOwner(own), groupARN, false},
		{"a key for the pool", own, streamARN, false}, {"a key for all", trigger.ByEverywhere(own), streamARN, true},
		{"a key for the pool, after it", own, streamARN, true}, {"a key for the pool", own, nobodyARN, false}, {"a key for the pool, once it was taken off", own, streamARN, false},
	} {
		if led := set(c.ctx, c.arn); (len(led) > 0) != c.leads {
			t.Errorf("%s names %s: it leads to %v", c.who, c.arn, led)
		}
	}
	targets.Use(map[string]export.Target{groupARN: {Path: file, Pools: []string{"local_other", string(testPool)}}})
	if led := set(own, groupARN+":*"); len(led) != 1 {
		t.Error("a key for the pool does not name what is its pool's")
	}
}
