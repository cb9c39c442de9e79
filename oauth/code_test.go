package oauth

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// RFC 7636 Appendix B.
func TestPKCEVectorOfTheRFC(t *testing.T) {
	if got := S256(verifier); got != "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" {
		t.Errorf("challenge %s", got)
	}
}

// RFC 7636 §4.1: 43 to 128 unreserved characters, also when the challenge is
// that of something else.
func TestPKCEVerifiersOutsideTheRFC(t *testing.T) {
	for _, v := range []string{"", "short", strings.Repeat("x", 42), strings.Repeat("x", 129), strings.Repeat("x", 42) + "=", strings.Repeat("ä", 43)} {
		if proves(S256(v), v) {
			t.Errorf("%q proves its challenge", v)
		}
	}
	for _, v := range []string{verifier, strings.Repeat("x", 43), strings.Repeat("-._~", 32)} {
		if !proves(S256(v), v) {
			t.Errorf("%q does not prove its challenge", v)
		}
	}
}

func TestGrantNeedsASignIn(t *testing.T) {
	k := start(t)
	client, err := k.settings().Client(context.Background(), testPool, web)
	k.must(err)
	if _, err := newGrant(identity.Authentication{}, &client, nil, k.clock()); err == nil {
		t.Error("a grant for nobody")
	}
	client.PoolID = otherPool
	if _, err := newGrant(k.signIn("ann@example.test"), &client, nil, k.clock()); err == nil {
		t.Error("a grant in another pool")
	}
}

func TestCodeGivesTokensOnce(t *testing.T) {
	k := start(t)
	for _, client := range []identity.ClientID{web, spa} {
		got, err := k.redeemAs(client, k.code(k.signIn("ann@example.test"), request(client)))
		k.must(err)
		if got.AccessToken == "" || got.IDToken == "" || !strings.HasPrefix(got.RefreshToken, "rt_") ||
			got.TokenType != "Bearer" || got.ExpiresIn != 3600 || got.Scope != "openid email" {
			t.Errorf("%s: answered %+v", client, got)
		}
	}
	t.Run("a confidential client may do without PKCE", func(t *testing.T) {
		code := k.code(k.signIn("ann@example.test"), request(web, "code_challenge", "", "code_challenge_method", ""))
		_, err := k.token(web, "grant_type", "authorization_code", "code", code, "redirect_uri", callback)
		k.must(err)
	})
}

func TestAReplayedCodeEndsWhatItGave(t *testing.T) {
	k := start(t)
	code := k.code(k.signIn("ann@example.test"), request(web))
	first, err := k.redeemAs(web, code)
	k.must(err)
	if !k.good(first.AccessToken) {
		t.Fatal("the first access token is refused")
	}
	_, err = k.redeemAs(web, code)
	refused(t, err, InvalidGrant)
	if k.good(first.AccessToken) {
		t.Error("the access token survives")
	}
	_, err = k.refreshAs(web, first.RefreshToken)
	refused(t, err, InvalidGrant)
	k.audited("code_replayed")
}

// audited fails the test unless the log has the action.
func (k *kit) audited(action string) {
	k.Helper()
	k.must(k.Identity.Store.View(context.Background(), func(r storage.Reader) error {
		events, err := audit.List(r, audit.Filter{Pool: string(testPool), Action: action})
		if len(events) == 0 {
			k.Errorf("no %s in the audit log", action)
		}
		return err
	}))
}

// Each presents a good code wrongly. It is refused, and spent.
func TestCodeAttacks(t *testing.T) {
	k := start(t)
	redeem := func(client identity.ClientID, changes ...string) func(string) error {
		return func(code string) error {
			body := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
			for i := 0; i < len(changes); i += 2 {
				body.Set(changes[i], changes[i+1])
			}
			_, err := k.Token(context.Background(), testPool, TokenRequest{Form: body, Auth: as(client)})
			return err
		}
	}
	for name, attack := range map[string]func(string) error{
		"code other client":                 redeem(web2),
		"code other client, public":         redeem(spa),
		"code other redirect URI":           redeem(web, "redirect_uri", "http://127.0.0.1/cb"),
		"code other port":                   redeem(web, "redirect_uri", callback+":443"),
		"code no redirect URI":              redeem(web, "redirect_uri", ""),
		"pkce missing":                      redeem(web, "code_verifier", ""),
		"pkce wrong":                        redeem(web, "code_verifier", strings.Repeat("x", 43)),
		"pkce challenge as verifier":        redeem(web, "code_verifier", S256(verifier)),
		"pkce truncated":                    redeem(web, "code_verifier", verifier[:42]),
		"pkce suffixed":                     redeem(web, "code_verifier", verifier+"x"),
		"pkce in another case":              redeem(web, "code_verifier", strings.ToUpper(verifier)),
		"pkce too long":                     redeem(web, "code_verifier", strings.Repeat("x", 129)),
		"pkce with a character not allowed": redeem(web, "code_verifier", strings.Repeat("x", 42)+"="),
		"expired": func(code string) error {
			k.wait(codeLife)
			return redeem(web)(code)
		},
	} {
		t.Run(name, func(t *testing.T) {
			code := k.code(k.signIn("ann@example.test"), request(web))
			refused(t, attack(code), InvalidGrant)
			_, err := k.redeemAs(web, code)
			refused(t, err, InvalidGrant)
		})
	}
	t.Run("pkce downgrade", func(t *testing.T) {
		code := k.code(k.signIn("ann@example.test"), request(web, "code_challenge", "", "code_challenge_method", ""))
		_, err := k.redeemAs(web, code) // with a verifier
		refused(t, err, InvalidGrant)
	})
	t.Run("a client that became public still needs PKCE", func(t *testing.T) {
		code := k.code(k.signIn("ann@example.test"), request(web2, "code_challenge", "", "code_challenge_method", ""))
		k.change(web2, func(c *identity.Client) { c.Secret, c.AllowedOAuthFlows = nil, []string{flowCode} })
		_, err := k.Token(context.Background(), testPool, TokenRequest{
			Form: url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}}, Auth: ClientAuth{ID: web2, Method: identity.AuthNone},
		})
		refused(t, err, InvalidGrant)
	})
	t.Run("another pool", func(t *testing.T) {
		code := k.code(k.signIn("ann@example.test"), request(web))
		_, err := k.Token(context.Background(), otherPool, TokenRequest{
			Form: url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}, Auth: as(web),
		})
		refused(t, err, InvalidGrant)
	})
}

func TestCodeWithAByteChangedIsUnknown(t *testing.T) {
	k := start(t)
	code := k.code(k.signIn("ann@example.test"), request(web))
	for i := range code {
		changed := code[:i] + string(code[i]^1) + code[i+1:]
		_, err := k.redeemAs(web, changed)
		refused(t, err, InvalidGrant)
	}
	for _, other := range []string{code[:len(code)-1], code + "A", " " + code, strings.ToUpper(code)} {
		_, err := k.redeemAs(web, other)
		refused(t, err, InvalidGrant)
	}
	_, err := k.redeemAs(web, code)
	k.must(err)
}

// What ends a sign-in between the two steps ends its code.
func TestCodeAfterTheSignInEnded(t *testing.T) {
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			k := start(t)
			ann, cookie := k.browser("ann@example.test")
			code := k.code(ann, request(web))
			k.must(end(k, cookie))
			_, err := k.redeemAs(web, code)
			refused(t, err, InvalidGrant)
		})
	}
}

// endings are the ways in which a sign-in ends.
var endings = map[string]func(*kit, string) error{
	"signed out": func(k *kit, cookie string) error {
		return k.sessions().End(context.Background(), testPool, cookie)
	},
	"disabled": func(k *kit, _ string) error {
		return k.admin().Disable(context.Background(), testPool, "ann@example.test")
	},
	"signed out everywhere": func(k *kit, _ string) error {
		return k.admin().SignOut(context.Background(), testPool, "ann@example.test")
	},
	"password set by an administrator": func(k *kit, _ string) error {
		return k.admin().SetPassword(context.Background(), testPool, "ann@example.test", "another-"+goodWord, true)
	},
	"deleted": func(k *kit, _ string) error {
		return k.admin().Delete(context.Background(), testPool, "ann@example.test")
	},
}

func TestCodesAreKeptAsHashes(t *testing.T) {
	k := start(t)
	code := k.code(k.signIn("ann@example.test"), request(web))
	tokens := k.tokens(web)
	k.must(k.Identity.Store.View(context.Background(), func(r storage.Reader) error {
		found, err := r.Scan(storage.Range{})
		for _, e := range found {
			for _, secret := range []string{code, code[3:], tokens.RefreshToken, tokens.RefreshToken[3:], tokens.AccessToken} {
				if strings.Contains(string(e.Value), secret) || strings.Contains(string(e.Key), secret) {
					t.Errorf("%q holds a usable secret", e.Key)
				}
			}
		}
		return err
	}))
}

func TestSweepingLeavesWhatIsStillGood(t *testing.T) {
	k := start(t)
	for range 3 {
		k.code(k.signIn("ann@example.test"), request(web))
	}
	tokens := k.tokens(web)
	k.must(k.Revoke(context.Background(), testPool, url.Values{"token": {tokens.AccessToken}}, as(web)))
	sweeps := func(want int) {
		t.Helper()
		got, err := k.Sweep(context.Background())
		k.must(err)
		if got != want {
			t.Errorf("swept %d records, want %d", got, want)
		}
	}
	sweeps(0)
	k.wait(codeLife + time.Second)
	sweeps(4)
	k.wait(time.Hour)
	sweeps(1) // the revoked access token
	k.wait(defaultRefreshLife)
	sweeps(0) // the last access token of the lineage may still live
	k.wait(keepGrant)
	_, err := k.Identity.Sweep(context.Background()) // the session goes first: its clients are told
	k.must(err)
	sweeps(1)
	t.Run("in pages", func(t *testing.T) {
		ann := k.signIn("ann@example.test")
		for range 200 + 5 {
			k.code(ann, request(web))
		}
		k.wait(time.Hour)
		sweeps(200 + 5)
	})
}
