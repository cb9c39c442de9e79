package oauth

import (
	"context"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// lastEvent answers the newest audit event of an action.
func (k *kit) lastEvent(action string) (last audit.Event) {
	k.Helper()
	k.must(k.Identity.Store.View(context.Background(), func(r storage.Reader) error {
		all, err := audit.List(r, audit.Filter{Pool: string(testPool), Action: action})
		for _, e := range all {
			if e.ID > last.ID {
				last = e
			}
		}
		return err
	}))
	return last
}

// TestAttackExchangeUpScoping: an exchange never gives more than was brought, nor
// what its client may not have.
func TestAttackExchangeUpScoping(t *testing.T) {
	k := startExchange(t, allowsBoth())
	subject := k.tokens(web, "scope", "openid api/read").AccessToken
	for _, scope := range []string{"api/write", "openid api/read api/write", scopeSelf, "openid email"} {
		_, err := k.exchange(web2, subject, "scope", scope)
		refused(t, err, InvalidScope)
	}
	k.change(web2, func(c *identity.Client) { c.AllowedOAuthScopes = []string{"openid"} })
	_, err := k.exchange(web2, subject, "scope", "api/read")
	refused(t, err, InvalidScope)
	got, err := k.exchange(web2, subject)
	k.must(err)
	if got.Scope != "openid" {
		t.Errorf("gave %q", got.Scope)
	}
}

// TestAttackExchangeOfAnotherClientsToken: only clients of the policy.
func TestAttackExchangeOfAnotherClientsToken(t *testing.T) {
	k := startExchange(t, allowsBoth())
	stolen := k.tokens(spa)
	for kind, token := range map[string]string{typeAccess: stolen.AccessToken, typeID: stolen.IDToken} {
		_, err := k.exchange(web2, token, "subject_token_type", kind)
		refused(t, err, InvalidRequest)
	}
	if e := k.lastEvent("token_exchange_refused"); e.Client != "web2" || e.Detail["subject_client"] != "spa" || e.Reason == "" {
		t.Errorf("the audit says %+v", e)
	}
	_, err := k.exchange(web2, stolen.RefreshToken)
	refused(t, err, InvalidRequest)
	_, err = k.exchange(web2, k.machineToken(web2)) // nobody to act for
	refused(t, err, InvalidRequest)
}

// TestAttackActorWithoutRight: nobody acts by a token that was given to somebody else,
// nor where the subject's token names another.
func TestAttackActorWithoutRight(t *testing.T) {
	k := startExchange(t, allowsBoth())
	subject := k.tokens(web).AccessToken
	_, err := k.exchange(web2, subject, "actor_token", k.machineToken(machine), "actor_token_type", typeAccess)
	refused(t, err, InvalidRequest)

	for name, may := range map[string]*actor{
		"other": {Subject: "machine"}, "client": {Subject: "web2", ClientID: "web"}, "issuer": {Subject: "web2", Issuer: "https://evil.example.test"},
	} {
		if _, err := k.exchange(web2, k.mayAct(subject, may)); err == nil {
			t.Errorf("%s is passed over", name)
		}
	}
	_, err = k.exchange(web2, k.mayAct(subject, &actor{Subject: "web2"}))
	k.must(err)
}

// mayAct is a token like the one given, which says who may act.
func (k *kit) mayAct(token string, may *actor) string {
	k.Helper()
	t, err := k.Verify(context.Background(), testPool, token)
	k.must(err)
	t.claims.MayAct = may
	signed, err := k.Keys.Sign(context.Background(), testPool, "ES256", tokenType, t.claims)
	k.must(err)
	return signed
}

// TestAttackExchangeStripsTheKey: a token that is bound to a key is not made a bearer's.
func TestAttackExchangeStripsTheKey(t *testing.T) {
	k := startExchange(t, allowsBoth())
	token, err := k.Verify(context.Background(), testPool, k.tokens(web).AccessToken)
	k.must(err)
	token.claims.Confirmation = Confirmation{JKT: "thumbprint"}
	bound, err := k.Keys.Sign(context.Background(), testPool, "ES256", tokenType, token.claims)
	k.must(err)
	_, err = k.exchange(web2, bound)
	refused(t, err, InvalidRequest)
}

// TestAttackExchangeForALongerLife: exchanging again and again moves no end.
func TestAttackExchangeForALongerLife(t *testing.T) {
	k := startExchange(t, allowsBoth())
	token := k.tokens(web, "scope", "openid api/read").AccessToken
	end := claimsOf(t, token)["exp"]
	for range 3 {
		k.wait(10 * time.Minute)
		got, err := k.exchange(web2, token)
		k.must(err)
		if token = got.AccessToken; claimsOf(t, token)["exp"] != end {
			t.Errorf("it ends at %v, not %v", claimsOf(t, token)["exp"], end)
		}
	}
}

// TestAttackEndlessActors: a chain of actors has an end.
func TestAttackEndlessActors(t *testing.T) {
	k := startExchange(t, identity.ExchangePolicy{Delegation: true})
	token := k.tokens(web).AccessToken
	for range maxActors {
		got, err := k.exchange(web2, token)
		k.must(err)
		token = got.AccessToken
	}
	_, err := k.exchange(web2, token)
	refused(t, err, InvalidRequest)
}
