package oauth

import (
	"testing"

	"poolhouse.dev/identity"
)

func TestAttackSessionOfOneFactorAtAClientThatDemandsTwo(t *testing.T) {
	k := start(t)
	auth := k.signIn("ann@example.test")
	pool, err := k.settings().Pool(t.Context(), testPool)
	k.must(err)
	pool.MFAConfiguration = "OPTIONAL"
	_, err = k.settings().PutPool(t.Context(), pool)
	k.must(err)
	if d := k.ask(request(web), AuthorizeState{Auth: auth}); d.Answer == nil || d.Answer.Params.Get("code") == "" {
		t.Fatalf("a client that demands nothing: %s", decision(d))
	}
	k.change(web, func(c *identity.Client) { c.MFAConfiguration = "ON" })
	d := k.ask(request(web), AuthorizeState{Auth: auth})
	if d.Login == nil || d.Login.Reason != LoginSecond {
		t.Errorf("a client that demands two factors: %s, want a sign-in", decision(d))
	}
	d = k.ask(request(web, "prompt", "none"), AuthorizeState{Auth: auth})
	if d.Answer == nil || d.Answer.Params.Get("error") != LoginRequired {
		t.Errorf("without a page: %s, want login_required", decision(d))
	}
}
