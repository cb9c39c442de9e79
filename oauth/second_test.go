package oauth

import (
	"crypto/hmac"
	"crypto/sha1" // RFC 6238
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

// takeTwo lets clients of the pool demand two factors.
func (k *kit) takeTwo() {
	k.Helper()
	pool, err := k.settings().Pool(k.Context(), testPool)
	k.must(err)
	pool.MFAConfiguration = "OPTIONAL"
	_, err = k.settings().PutPool(k.Context(), pool)
	k.must(err)
}

func TestAttackSessionOfOneFactorAtAClientThatDemandsTwo(t *testing.T) {
	k := start(t)
	auth := k.signIn("ann@example.test")
	k.takeTwo()
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

// signInTwice gives the person an authenticator app and signs in with both.
func (k *kit) signInTwice(email string) identity.Authentication {
	k.Helper()
	ctx, factors, origin := k.Context(), identity.Factors{Core: k.Identity}, identity.Origin{}
	auth := k.signIn(email)
	begun, err := factors.Begin(ctx, auth, identity.FactorTOTP, origin)
	k.must(err)
	k.must(factors.Finish(ctx, auth, begun.State, identity.SetUpAnswer{Factor: identity.FactorTOTP, Code: totp(begun.SetUp.Secret, k.Now())}, origin))
	k.wait(time.Minute)
	s := identity.SignIn{Core: k.Identity}
	step, err := s.Begin(ctx, identity.Start{Pool: testPool, Client: web, Channel: "browser", Identifier: email, Origin: origin})
	k.must(err)
	for _, answer := range []identity.Answer{identity.PasswordAnswer{Password: goodWord}, identity.CodeAnswer{Factor: identity.FactorTOTP, Code: totp(begun.SetUp.Secret, k.Now())}} {
		step, err = s.Respond(ctx, identity.Reply{Attempt: step.Attempt, Channel: "browser", Origin: origin, Answer: answer})
		k.must(err)
	}
	if step.Done == nil || !step.Done.Auth.Twice() {
		k.Fatalf("not signed in by two factors: %+v", step)
	}
	return step.Done.Auth
}

// totp is what an authenticator app shows (RFC 6238, RFC 4226 §5.3).
func totp(secret string, now time.Time) string {
	key, _ := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, now.Unix()/30)
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xF
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7FFFFFFF%1000000)
}
