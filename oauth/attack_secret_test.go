package oauth

import (
	"context"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

// guess asks for a token of a machine from an address.
func (k *kit) guess(id identity.ClientID, secret, from string) (time.Duration, error) {
	ctx, auth := context.Background(), ClientAuth{ID: id, Secret: secret, Method: identity.AuthBasic}
	return k.Guarded(ctx, testPool, auth, netip.MustParseAddr(from), func() error {
		_, err := k.Token(ctx, testPool, TokenRequest{Form: url.Values{"grant_type": {"client_credentials"}}, Auth: auth})
		return err
	})
}

func TestAttackClientSecretsGuessed(t *testing.T) {
	k := start(t)
	k.Identity.RateLimits = true
	for range 60 {
		if wait, err := k.guess(machine, secretOf(machine), "192.0.2.1"); wait > 0 || err != nil {
			t.Fatal("right secrets are counted", wait, err)
		}
	}
	tries := 0
	for ; tries < 50; tries++ {
		wait, err := k.guess(machine, "wrong", "192.0.2.1")
		if wait > 0 {
			break
		}
		refused(t, err, InvalidClient)
	}
	if tries != 20 {
		t.Errorf("%d guesses at once", tries)
	}
	if wait, _ := k.guess(machine, secretOf(machine), "192.0.2.1"); wait == 0 {
		t.Error("the right guess passes during the wait")
	}
	if wait, err := k.guess(machine, secretOf(machine), "192.0.2.2"); wait > 0 || err != nil {
		t.Error("somebody else's guesses lock the client out", err)
	}
	if wait, _ := k.guess(web, secretOf(web), "192.0.2.1"); wait > 0 {
		t.Error("another client waits, too")
	}
	k.wait(time.Minute)
	if wait, err := k.guess(machine, secretOf(machine), "192.0.2.1"); wait > 0 || err != nil {
		t.Error("the wait does not end", err)
	}
}

// Assertions are counted as secrets are: under a secret they are guesses, too.
func TestAttackAssertionsGuessed(t *testing.T) {
	k := start(t)
	k.Identity.RateLimits = true
	k.change(machine, func(c *identity.Client) { c.AuthMethod = identity.AuthSecretJWT })
	tries := 0
	for ; tries < 50; tries++ {
		auth, err := k.asserted(hmacOf(t, "a-guessed-secret-of-32-characters-", "machine", testIssuer, k.clock().Add(time.Duration(tries)*time.Millisecond)))
		k.must(err)
		wait, err := k.Guarded(context.Background(), testPool, auth, netip.MustParseAddr("192.0.2.1"), func() error {
			_, _, err := k.authenticate(context.Background(), testPool, auth)
			return err
		})
		if wait > 0 {
			break
		}
		refused(t, err, InvalidClient)
	}
	if tries != 20 {
		t.Errorf("%d guesses at once", tries)
	}
}
