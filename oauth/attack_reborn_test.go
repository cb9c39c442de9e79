package oauth

import (
	"net/url"
	"testing"
)

// A client that was deleted and made anew under its id is somebody else: what the one
// before was given does not come back.
func TestAttackTokensOfADeletedClientOfTheSameID(t *testing.T) {
	k := startExchange(t, allowsBoth())
	client, err := k.settings().Client(t.Context(), testPool, web)
	k.must(err)
	tokens, code := k.tokens(web), k.code(k.signIn("ann@example.test"), request(web))
	k.must(k.settings().DeleteClient(t.Context(), testPool, web))
	k.wait(1e9)
	_, err = k.settings().PutClient(t.Context(), client)
	k.must(err)
	_, err = k.refreshAs(web, tokens.RefreshToken)
	refused(t, err, InvalidGrant)
	_, err = k.redeemAs(web, code)
	refused(t, err, InvalidGrant)
	if k.good(tokens.AccessToken) {
		t.Error("the access token is good again")
	}
	told, err := k.Introspect(t.Context(), testPool, url.Values{"token": {tokens.RefreshToken}}, as(web))
	if k.must(err); told.Active {
		t.Error("the refresh token is told to be good again")
	}
	_, err = k.exchange(web2, tokens.IDToken, "subject_token_type", typeID)
	refused(t, err, InvalidRequest)
}
