package identity

import (
	"context"
	"testing"
)

// guarded is a pool whose role only administrators may write.
func guarded(t *testing.T) *kit {
	k := newKit(t, func(p *Pool) { p.Schema = append(p.Schema, Attribute{Name: "custom:role"}) })
	k.client(func(c *Client) { c.WriteAttributes = []string{"name", "email"} })
	return k
}

// enter signs in for a client, or for the account pages with "".
func (k *kit) enter(name string, client ClientID) Authentication {
	k.Helper()
	step, err := k.signIn().Begin(context.Background(), Start{Pool: testPool, Client: client, Channel: testChannel, Identifier: name})
	k.ok(err)
	step, err = k.respond(step, PasswordAnswer{Password: goodWord}, Origin{})
	k.ok(err)
	return step.Done.Auth
}

func TestAttackAccountPagesWriteWhatNoClientMay(t *testing.T) {
	k := guarded(t)
	k.user("ann@example.test", Confirmed)
	for _, client := range []ClientID{testClient, ""} {
		auth := k.enter("ann@example.test", client)
		_, err := k.own(auth, map[string]string{"custom:role": "admin"})
		k.refused(err, AttributeRefused)
		_, err = k.own(auth, map[string]string{"name": "Ann"})
		k.ok(err)
		writes, err := k.accounts().Writes(context.Background(), auth)
		if err != nil || writes("custom:role") || !writes("name") {
			t.Errorf("client %q: %v", client, err)
		}
	}
}

func TestAttackSignUpWithoutClientWritesWhatNoClientMay(t *testing.T) {
	k := guarded(t)
	_, err := k.accounts().SignUp(context.Background(), SignUp{
		Pool: testPool, Channel: testChannel, Username: "eve@example.test", Password: goodWord,
		Attributes: map[string]string{"custom:role": "admin"},
	})
	k.refused(err, AttributeRefused)
}

func TestAttackSessionOfADeletedClientWritesEverything(t *testing.T) {
	k := guarded(t)
	k.user("ann@example.test", Confirmed)
	k.client(func(c *Client) { c.ID = "gone" }) // a second client like it, so that one remains
	auth := k.enter("ann@example.test", testClient)
	k.ok(k.settings().DeleteClient(context.Background(), testPool, testClient))
	_, err := k.own(auth, map[string]string{"custom:role": "admin"})
	k.refused(err, AttributeRefused)
}

func TestOwnPagesWriteWhatAnyClientForPeopleMay(t *testing.T) {
	k := guarded(t)
	k.user("ann@example.test", Confirmed)
	auth := k.enter("ann@example.test", "")
	k.client(func(c *Client) {
		c.ID, c.AllowedOAuthFlows, c.WriteAttributes = "machine", []string{"client_credentials"}, nil
	})
	_, err := k.own(auth, map[string]string{"custom:role": "admin"})
	k.refused(err, AttributeRefused) // no person signs in there
	k.client(func(c *Client) { c.ID, c.WriteAttributes = "console", []string{"custom:role"} })
	_, err = k.own(auth, map[string]string{"custom:role": "chef", "name": "Ann"})
	k.ok(err)
}
