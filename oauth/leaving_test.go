package oauth

import (
	"context"
	"testing"

	"poolhouse.dev/identity"
)

func TestNoAppIsGivenAnAccountThatIsAboutToGo(t *testing.T) {
	k, ctx := start(t), context.Background()
	pool, err := k.settings().Pool(ctx, testPool)
	k.must(err)
	pool.AccountDeletion.GraceDays = 7
	_, err = k.settings().PutPool(ctx, pool)
	k.must(err)
	before := k.tokens(web)
	accounts := &identity.Accounts{Core: k.Identity}
	k.must(accounts.Delete(ctx, k.signIn("ann@example.test"), goodWord, identity.Origin{}))
	_, err = k.refreshAs(web, before.RefreshToken)
	refused(t, err, InvalidGrant)

	back := k.signIn("ann@example.test")
	if d := k.ask(request(web), AuthorizeState{Auth: back}); d.Login == nil || d.Login.Reason != LoginLeaving {
		t.Fatalf("answered with a %s, want to ask whether it stays", decision(d))
	}
	if d := k.ask(request(web, "prompt", "none"), AuthorizeState{Auth: back}); decision(d) != "error login_required" {
		t.Errorf("without a page: %s", decision(d))
	}
	k.must(accounts.Keep(ctx, back, identity.Origin{}))
	k.code(back, request(web))
}
