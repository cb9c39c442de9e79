package dpop

import (
	"errors"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/oauth/oauthtest"
)

var (
	noon     = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	endpoint = "https://login.example.test/oauth2/token"
	resource = "https://login.example.test/oauth2/userInfo"
)

// toToken is what the token endpoint wants when no nonces are asked for.
func toToken() Want { return Want{Method: "POST", URL: endpoint, Now: noon} }

// toResource is what the userinfo endpoint wants.
func toResource() Want {
	w := Want{Method: "GET", URL: resource, Token: "an-access-token", Now: noon}
	return w
}

func change(member string, value any) func(header, claims map[string]any) {
	part, name, _ := strings.Cut(member, ".")
	return func(header, claims map[string]any) {
		if part == "header" {
			header[name] = value
			return
		}
		claims[name] = value
	}
}

// atResource is a good proof for the userinfo endpoint with one change.
func atResource(t testing.TB, key *oauthtest.Key, change func(header, claims map[string]any)) string {
	t.Helper()
	return key.Proof(t, "GET", resource, noon, func(header, claims map[string]any) {
		claims["ath"] = oauthtest.Hash("an-access-token")
		if change != nil {
			change(header, claims)
		}
	})
}

func holds(t testing.TB, want Want, proofs ...string) Proof {
	t.Helper()
	got, err := Check(proofs, want)
	if err != nil {
		t.Errorf("refused: %v", err)
	}
	return got
}

func fails(t testing.TB, reason string, want Want, proofs ...string) {
	t.Helper()
	_, err := Check(proofs, want)
	if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), reason) {
		t.Errorf("answered %v, want %q", err, reason)
	}
}
