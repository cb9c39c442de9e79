package cognito

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

func TestConsentsAreListedAndRevoked(t *testing.T) {
	s := start(t)
	s.user("ann@example.test")
	ctx, core := context.Background(), s.handler.Settings.Core
	u, err := s.handler.Admin.User(ctx, pool, "ann@example.test")
	if err != nil {
		t.Fatal(err)
	}
	err = core.Store.Update(ctx, func(w storage.Writer) error {
		return core.PutConsent(w, identity.Consent{
			PoolID: pool, UserID: u.ID, ClientID: "planner", Allowed: []identity.Allowance{{
				Host: "planner.example.test", Scopes: []string{"openid", "email"}, Claims: []string{"birthdate"},
				Details: []json.RawMessage{[]byte(`{"type":"booking"}`)},
			}}, CreatedAt: core.Now(), AllowedAt: core.Now(),
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	var out ListUserConsentsResponse
	who := OneUser{UserPoolID: pool, Username: "ann@example.test"}
	s.calls(AdminTarget+"ListUserConsents", who, &out)
	if len(out.Consents) != 1 || len(out.Consents[0].Scopes) != 2 || len(out.Consents[0].Claims) != 1 || len(out.Consents[0].Details) != 1 ||
		!time.Time(*out.Consents[0].Allowed).Equal(core.Now()) || out.Consents[0].LastUsed != nil {
		t.Errorf("listed %+v", out)
	}
	s.calls(AdminTarget+"RevokeUserConsent", RevokeUserConsentRequest{UserPoolID: pool, Username: "ann@example.test", ClientID: "planner"}, nil)
	s.calls(AdminTarget+"ListUserConsents", who, &out)
	if len(out.Consents) != 0 {
		t.Errorf("left %+v", out)
	}
	err = core.Store.View(ctx, func(r storage.Reader) error {
		events, err := audit.List(r, audit.Filter{Pool: string(pool), Action: "consent_revoked"})
		if len(events) != 1 || events[0].User != string(u.ID) || events[0].Detail["scopes"] != "openid email" {
			t.Errorf("written down: %+v", events)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
