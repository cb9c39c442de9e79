package cognito

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/oauth"
	"poolhouse.dev/oauth/keys"
	"poolhouse.dev/storage"
	"poolhouse.dev/storage/memory"
)

const pool = identity.PoolID("local_main")

// rig is a handler over the memory store.
type rig struct {
	*testing.T
	handler *Handler
}

func start(t *testing.T) *rig {
	t.Helper()
	sealer, err := storage.NewSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	store := memory.Open()
	t.Cleanup(func() { _ = store.Close() })
	now := func() time.Time { return time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC) }
	core := &identity.Core{
		Store: store, Sealer: sealer, Now: now, RateLimits: true,
		Passwords: password.NewHasher(password.Options{Params: password.Params{Memory: 8, Time: 1, Threads: 1}}),
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	s := &rig{T: t, handler: &Handler{
		Admin: &identity.Admin{Core: core}, Settings: &identity.Settings{Core: core}, Sessions: &identity.Sessions{Core: core},
		AccessKeys: &identity.AccessKeys{Core: core},
		Accounts:   &identity.Accounts{Core: core}, SignIn: &identity.SignIn{Core: core}, Factors: &identity.Factors{Core: core},
		Devices: &identity.Devices{Core: core}, History: &identity.History{Core: core},
		Imports: &identity.Imports{Core: core},
		Files:   &ThemeFiles{Store: store}, Keys: &keys.Ring{Store: store, Sealer: sealer, Now: now},
		Outbox: &message.Sender{Store: store, Sealer: sealer, Now: now, Log: log}, First: pool, Apps: &oauth.Provider{Identity: core, Now: now},
		Triggers: &trigger.Dispatcher{Now: now}, Providers: providerTypes, Log: log, Now: now,
		URL: func(identity.PoolID) string { return "https://login.example.test" },
	}}
	s.calls("PoolhouseAdmin.ApplySettings", ApplySettingsRequest{Pools: []PoolSettings{{Pool: identity.Pool{
		ID: pool, Name: "Acme", UsernameAttributes: []string{"email"},
	}}}}, nil)
	return s
}

// says sends a body to an operation and answers status, X-Amzn-Errortype and body.
func (s *rig) says(name, body string) (int, string, string) {
	s.Helper()
	req := httptest.NewRequest("POST", "/", strings.NewReader(body))
	req.Header.Set("X-Amz-Target", name)
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, req.WithContext(WithCaller(req.Context(), Caller{Kind: Owner})))
	return rec.Code, rec.Header().Get("X-Amzn-Errortype"), rec.Body.String()
}

func (s *rig) calls(name string, in, out any) {
	s.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		s.Fatal(err)
	}
	status, _, answer := s.says(name, string(body))
	if status != 200 {
		s.Fatalf("%s answers %d %s", name, status, answer)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(answer), out); err != nil {
			s.Fatal(err)
		}
	}
}

func (s *rig) user(name string) {
	s.Helper()
	s.calls(Target+"AdminCreateUser", AdminCreateUserRequest{UserPoolID: pool, Username: name, MessageAction: "SUPPRESS",
		UserAttributes: []Pair{{"email", name}}}, nil)
}

// broken is a store that is gone.
type broken struct{ storage.Store }

func (broken) View(context.Context, func(storage.Reader) error) error {
	return errors.New("the disk with the secret name is gone")
}

func encode(t *testing.T, in any) string {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// auditOf answers everything that was audited.
func auditOf(r storage.Reader) ([]audit.Event, error) {
	return audit.List(r, audit.Filter{Pool: string(pool)})
}
