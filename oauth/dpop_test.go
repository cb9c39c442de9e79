package oauth

import (
	"context"
	"net/url"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/oauthtest"
)

const (
	tokenURL    = "https://login.example.test/local_test/oauth2/token"
	userInfoURL = "https://login.example.test/local_test/oauth2/userInfo"
)

// proof is a good proof for the token endpoint, with one change or nil.
func (k *kit) proof(key *oauthtest.Key, change func(header, claims map[string]any)) string {
	k.Helper()
	return key.Proof(k, "POST", tokenURL, k.clock(), func(header, claims map[string]any) {
		claims["nonce"] = k.DPoPNonce(testPool)
		if change != nil {
			change(header, claims)
		}
	})
}

// asks sends a token request with proofs.
func (k *kit) asks(client identity.ClientID, proofs []string, pairs ...string) (TokenResponse, error) {
	body := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		body.Set(pairs[i], pairs[i+1])
	}
	return k.Token(context.Background(), testPool, TokenRequest{Form: body, Auth: as(client), DPoP: proofs, URL: tokenURL})
}

func (k *kit) redeemWith(client identity.ClientID, code string, proofs ...string) (TokenResponse, error) {
	return k.asks(client, proofs, "grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier)
}

func (k *kit) refreshWith(client identity.ClientID, token string, proofs ...string) (TokenResponse, error) {
	return k.asks(client, proofs, "grant_type", "refresh_token", "refresh_token", token)
}

func (k *kit) machineWith(proofs ...string) (TokenResponse, error) {
	return k.asks(machine, proofs, "grant_type", "client_credentials")
}

// boundTokens signs Ann in to a client and binds her tokens to the key.
func (k *kit) boundTokens(client identity.ClientID, key *oauthtest.Key) TokenResponse {
	k.Helper()
	got, err := k.redeemWith(client, k.code(k.signIn("ann@example.test"), request(client)), k.proof(key, nil))
	k.must(err)
	return got
}

// use presents an access token at the userinfo endpoint with a proof of the key.
func (k *kit) use(token string, key *oauthtest.Key, change func(in *Presented)) error {
	in := Presented{Scheme: "DPoP", Token: token, Method: "GET", URL: userInfoURL}
	in.DPoP = []string{key.Proof(k, "GET", userInfoURL, k.clock(), func(_, claims map[string]any) {
		claims["ath"], claims["nonce"] = oauthtest.Hash(token), k.DPoPNonce(testPool)
	})}
	if change != nil {
		change(&in)
	}
	_, err := k.UserInfo(context.Background(), testPool, in)
	return err
}

func confirmation(t testing.TB, token string) any { return claimsOf(t, token)["cnf"] }

func TestTokensAreBoundToAKey(t *testing.T) {
	k, key := start(t), oauthtest.NewKey(t, "ES256")
	for _, client := range []identity.ClientID{web, spa} {
		t.Run(string(client), func(t *testing.T) {
			got := k.boundTokens(client, key)
			cnf, _ := confirmation(t, got.AccessToken).(map[string]any)
			if got.TokenType != "DPoP" || cnf["jkt"] != key.Thumbprint(t) || len(cnf) != 1 {
				t.Errorf("%s bound to %v", got.TokenType, cnf)
			}
			k.must(k.use(got.AccessToken, key, nil))
			k.must(k.use(got.AccessToken, key, func(in *Presented) { in.Scheme = "dpop" }))
		})
	}
	t.Run("a client that acts for itself", func(t *testing.T) {
		got, err := k.machineWith(k.proof(key, nil))
		k.must(err)
		if got.TokenType != "DPoP" || confirmation(t, got.AccessToken) == nil {
			t.Errorf("answered %+v", got)
		}
	})
	t.Run("without a proof tokens are bearer tokens", func(t *testing.T) {
		got, err := k.machineWith()
		k.must(err)
		if got.TokenType != "Bearer" || confirmation(t, got.AccessToken) != nil {
			t.Errorf("answered %+v", got)
		}
	})
}

func TestRefreshTokensOfPublicClientsAreBound(t *testing.T) {
	k, key, thief := start(t), oauthtest.NewKey(t, "ES256"), oauthtest.NewKey(t, "ES256")
	got := k.boundTokens(spa, key)
	_, err := k.refreshWith(spa, got.RefreshToken, k.proof(thief, nil))
	refused(t, err, InvalidGrant)
	_, err = k.refreshWith(spa, got.RefreshToken)
	refused(t, err, InvalidGrant)
	again, err := k.refreshWith(spa, got.RefreshToken, k.proof(key, nil))
	k.must(err) // what a thief tried used nothing up
	if again.TokenType != "DPoP" {
		t.Errorf("answered %+v", again)
	}
	k.wait(time.Hour)
	_, err = k.refreshWith(spa, got.RefreshToken, k.proof(thief, nil))
	refused(t, err, InvalidGrant)
	if _, err = k.refreshWith(spa, again.RefreshToken, k.proof(key, nil)); err != nil {
		t.Error("an old token in another's hands ends the lineage of its owner", err)
	}
}

// FAPI 2.0 refresh-token: a new key works for a confidential client.
func TestRefreshTokensOfConfidentialClientsFollowTheClient(t *testing.T) {
	k, key, next := start(t), oauthtest.NewKey(t, "ES256"), oauthtest.NewKey(t, "ES256")
	got, err := k.refreshWith(web, k.boundTokens(web, key).RefreshToken, k.proof(next, nil))
	k.must(err)
	if cnf := confirmation(t, got.AccessToken).(map[string]any); cnf["jkt"] != next.Thumbprint(t) {
		t.Errorf("bound to %v", cnf)
	}
}

// FAPI 2.0 ensure-holder-of-key-required.
func TestAClientWhoseTokensAreBoundMustProve(t *testing.T) {
	k, key := start(t), oauthtest.NewKey(t, "ES256")
	k.change(machine, func(c *identity.Client) { c.DPoPBound = true })
	_, err := k.machineWith()
	refused(t, err, InvalidDPoPProof)
	_, err = k.machineWith(k.proof(key, nil))
	k.must(err)
}

func TestNoncesAreAskedFor(t *testing.T) {
	k, key := start(t), oauthtest.NewKey(t, "ES256")
	old := k.proof(key, nil)
	k.wait(10 * time.Minute)
	for name, proof := range map[string]string{
		"an old one": old,
		"none":       k.proof(key, func(_, claims map[string]any) { claims["nonce"] = nil }),
		"another pool's": k.proof(key, func(_, claims map[string]any) {
			claims["nonce"] = k.DPoPNonce(otherPool)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := k.machineWith(proof)
			refused(t, err, UseDPoPNonce)
		})
	}
	t.Run("where a token is presented, too", func(t *testing.T) {
		got := k.boundTokens(web, key)
		refused(t, k.use(got.AccessToken, key, func(in *Presented) {
			in.DPoP = []string{key.Proof(t, "GET", userInfoURL, k.clock(), func(_, claims map[string]any) { claims["ath"] = oauthtest.Hash(got.AccessToken) })}
		}), UseDPoPNonce)
	})
}

// FAPI 2.0 ensure-token-endpoint-fails-with-mismatched-dpop-jkt.
func TestACodeIsBoundToTheKeyOfItsRequest(t *testing.T) {
	k, key, other := start(t), oauthtest.NewKey(t, "ES256"), oauthtest.NewKey(t, "ES256")
	ask := func() string {
		return k.code(k.signIn("ann@example.test"), request(web, "dpop_jkt", key.Thumbprint(t)))
	}
	_, err := k.redeemWith(web, ask(), k.proof(other, nil))
	refused(t, err, InvalidGrant)
	_, err = k.redeemWith(web, ask())
	refused(t, err, InvalidGrant)
	_, err = k.redeemWith(web, ask(), k.proof(key, nil))
	k.must(err)
}

func TestAttackProofReplayed(t *testing.T) {
	k, key := start(t), oauthtest.NewKey(t, "ES256")
	proof := k.proof(key, nil)
	_, err := k.machineWith(proof)
	k.must(err)
	_, err = k.machineWith(proof)
	refused(t, err, InvalidDPoPProof)
	t.Run("with another client", func(t *testing.T) {
		code := k.code(k.signIn("ann@example.test"), request(web))
		_, err := k.redeemWith(web, code, proof)
		refused(t, err, InvalidDPoPProof)
		_, err = k.redeemWith(web, code, k.proof(key, nil))
		k.must(err) // the code was not used up
	})
	t.Run("where a token is presented", func(t *testing.T) {
		got := k.boundTokens(web, key)
		var once []string
		k.must(k.use(got.AccessToken, key, func(in *Presented) { once = in.DPoP }))
		refused(t, k.use(got.AccessToken, key, func(in *Presented) { in.DPoP = once }), InvalidDPoPProof)
	})
	t.Run("at an endpoint that binds what it keeps", func(t *testing.T) {
		in := TokenRequest{DPoP: []string{k.proof(key, nil)}, URL: tokenURL}
		got, err := k.ProofKey(context.Background(), testPool, in)
		k.must(err)
		if got != key.Thumbprint(t) {
			t.Errorf("key %q", got)
		}
		_, err = k.ProofKey(context.Background(), testPool, in)
		refused(t, err, InvalidDPoPProof)
	})
}

func TestAttackBoundTokenStolen(t *testing.T) {
	k, key, thief := start(t), oauthtest.NewKey(t, "ES256"), oauthtest.NewKey(t, "ES256")
	bound, plain := k.boundTokens(web, key), k.tokens(web)
	for name, c := range map[string]struct {
		token  string
		key    *oauthtest.Key
		change func(*Presented)
		code   string
	}{
		"as a bearer token":               {bound.AccessToken, key, func(in *Presented) { in.Scheme, in.DPoP = "Bearer", nil }, InvalidToken},
		"as a bearer token with a proof":  {bound.AccessToken, key, func(in *Presented) { in.Scheme = "Bearer" }, InvalidToken},
		"with another key":                {bound.AccessToken, thief, nil, InvalidToken},
		"without a proof":                 {bound.AccessToken, key, func(in *Presented) { in.DPoP = nil }, InvalidDPoPProof},
		"with a proof for another token":  {bound.AccessToken, key, otherHash(k, key), InvalidDPoPProof},
		"with a proof for another method": {bound.AccessToken, key, func(in *Presented) { in.Method = "POST" }, InvalidDPoPProof},
		"with a proof of the token endpoint": {bound.AccessToken, key, func(in *Presented) {
			in.DPoP = []string{k.proof(key, nil)}
		}, InvalidDPoPProof},
		"a bearer token under DPoP": {plain.AccessToken, key, nil, InvalidToken},
	} {
		t.Run(name, func(t *testing.T) { refused(t, k.use(c.token, c.key, c.change), c.code) })
	}
}

func otherHash(k *kit, key *oauthtest.Key) func(*Presented) {
	return func(in *Presented) {
		in.DPoP = []string{key.Proof(k, "GET", userInfoURL, k.clock(), func(_, claims map[string]any) {
			claims["ath"], claims["nonce"] = oauthtest.Hash("another"), k.DPoPNonce(testPool)
		})}
	}
}

func TestIntrospectionShowsTheKey(t *testing.T) {
	k, key := start(t), oauthtest.NewKey(t, "ES256")
	got := k.boundTokens(web, key)
	answer, err := k.Introspect(context.Background(), testPool, url.Values{"token": {got.AccessToken}}, as(web))
	k.must(err)
	if answer.TokenType != "DPoP" || answer.Confirmation.JKT != key.Thumbprint(t) {
		t.Errorf("answered %+v", answer)
	}
	answer, err = k.Introspect(context.Background(), testPool, url.Values{"token": {k.tokens(web).AccessToken}}, as(web))
	k.must(err)
	if answer.TokenType != "Bearer" || answer.Confirmation != (Confirmation{}) {
		t.Errorf("answered %+v", answer)
	}
}

func TestAttackTenRacersWithOneProof(t *testing.T) {
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			k, key := startOn(t, open(t)), oauthtest.NewKey(t, "ES256")
			proof := k.proof(key, nil)
			won, lost := race(func() (TokenResponse, error) { return k.machineWith(proof) })
			if len(won) != 1 {
				t.Errorf("%d won", len(won))
			}
			for _, err := range lost {
				refused(t, err, InvalidDPoPProof)
			}
		})
	}
}
