package oauth

import (
	"context"
	"testing"

	"poolhouse.dev/identity"
)

func TestAPasswordChangeEndsWhatOtherSessionsGave(t *testing.T) {
	k := start(t)
	ctx := context.Background()
	here := k.signIn("ann@example.test")
	kept, err := k.redeemAs(web, k.code(here, request(web)))
	k.must(err)
	there := k.tokens(web)
	forgotten, cookie := k.browser("ann@example.test")
	orphan, err := k.redeemAs(web, k.code(forgotten, request(web)))
	k.must(err)
	// Its session ends by itself, which leaves the app signed in.
	k.Identity.SessionEnded = nil
	k.must((&identity.Sessions{Core: k.Identity}).End(ctx, testPool, cookie))

	accounts := &identity.Accounts{Core: k.Identity}
	k.must(accounts.ChangePassword(ctx, here, goodWord, "another-fine-word-44", identity.Origin{}))
	for name, refresh := range map[string]string{"another browser": there.RefreshToken, "a session long over": orphan.RefreshToken} {
		_, err := k.refreshAs(web, refresh)
		if code, ok := CodeOf(err); !ok || code != InvalidGrant {
			t.Errorf("%s: answered %v, want invalid_grant", name, err)
		}
	}
	if _, err := k.refreshAs(web, kept.RefreshToken); err != nil {
		t.Errorf("the app of the session that changed it: %v", err)
	}
}
