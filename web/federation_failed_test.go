package web

import (
	"maps"
	"testing"
)

func TestASecretWithinAClaimIsInNoEvent(t *testing.T) {
	got := claimsOf(map[string]any{
		"sub": "s-1", "safe": map[string]any{"refresh_token": "s3cret", "at": "home"}, "list": []any{map[string]any{"client_secret": "s3cret"}, "b"},
	})
	want := map[string]string{"sub": "s-1", "safe.at": "home", "list[1]": "b"}
	if !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
