package oauth

import (
	"context"
	"errors"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

// TestAttackCIBAFatigue: whoever asks a person again and again has them approve in
// the end, to be left alone. So few requests wait at once, of all apps together, and
// few come in an hour.
func TestAttackCIBAFatigue(t *testing.T) {
	k := startCIBA(t)
	k.Identity.RateLimits = true
	auth := k.signIn(annsAddress)
	for i := range maxWaiting {
		_, err := k.askFor([]identity.ClientID{web, web2}[i%2])
		k.must(err)
	}
	_, err := k.askFor(web2)
	refused(t, err, AccessDenied)
	if n := len(k.approvals(auth)); n != maxWaiting {
		t.Errorf("%d wait", n)
	}
	for asked := maxWaiting; asked < identity.ApprovalRequests.Burst; asked++ { // each denied at once, and asked again
		k.must(k.Deny(context.Background(), auth, testPool, k.approvals(auth)[0].ID))
		_, err := k.askFor(web)
		k.must(err)
	}
	k.must(k.Deny(context.Background(), auth, testPool, k.approvals(auth)[0].ID))
	_, err = k.askFor(web)
	refused(t, err, AccessDenied)
	if e := k.lastEvent("approval_refused"); e.User != string(auth.User()) || e.Reason != "too_many" {
		t.Errorf("the audit says %+v", e)
	}
	k.user("ben@example.test")
	_, err = k.askFor(web, "login_hint", "ben@example.test")
	k.must(err)
}

// TestAttackCIBAOfAnotherClient: an auth_req_id is its client's alone.
func TestAttackCIBAOfAnotherClient(t *testing.T) {
	k := startCIBA(t)
	begun, auth := k.asked(), k.signIn(annsAddress)
	k.allow(auth, k.approvals(auth)[0].ID)
	_, err := k.pollCIBA(web2, begun.ID)
	refused(t, err, InvalidGrant)
	_, err = k.token(web, "grant_type", identity.GrantCode, "code", begun.ID, "redirect_uri", callback, "code_verifier", verifier)
	refused(t, err, InvalidGrant)
	_, err = k.pollCIBA(web, begun.ID)
	k.must(err)
}

// TestAttackApprovalOfSomebodyElse: nobody answers for another person.
func TestAttackApprovalOfSomebodyElse(t *testing.T) {
	k := startCIBA(t)
	k.user("eve@example.test")
	begun := k.asked()
	id, eve, ctx := k.approvals(k.signIn(annsAddress))[0].ID, k.signIn("eve@example.test"), context.Background()
	if _, err := k.Allow(ctx, eve, testPool, id); err == nil {
		t.Error("allowed")
	}
	if err := k.Deny(ctx, eve, testPool, id); err == nil {
		t.Error("denied")
	}
	if n := len(k.approvals(eve)); n != 0 {
		t.Errorf("eve sees %d", n)
	}
	_, err := k.pollCIBA(web, begun.ID)
	refused(t, err, AuthorizationPending)
}

// TestAttackCIBAEnumeration: a client that asks who has an account is stopped.
func TestAttackCIBAEnumeration(t *testing.T) {
	k := startCIBA(t)
	k.Identity.RateLimits = true
	for range identity.UnknownHints.Burst {
		_, err := k.askFor(web, "login_hint", "nobody@example.test")
		refused(t, err, UnknownUserID)
	}
	var often *TooOften
	if _, err := k.askFor(web); !errors.As(err, &often) || often.Wait > time.Minute {
		t.Errorf("after many: %v", err)
	}
	_, err := k.askFor(web2)
	k.must(err)
}
