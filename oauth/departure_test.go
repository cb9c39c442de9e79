package oauth

import (
	"fmt"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// recordsOf counts what the store has of a client.
func (k *kit) recordsOf(client identity.ClientID) (n int) {
	k.Helper()
	of := storage.Page{Index: "client", Prefix: []any{string(testPool), string(client)}}
	k.must(k.Identity.Store.View(k.Context(), func(r storage.Reader) error {
		issued, err := grants.List(r, of)
		k.must(err)
		given, err := codes.List(r, of)
		k.must(err)
		asked, err := errands.List(r, of)
		n = len(issued) + len(given) + len(asked)
		return err
	}))
	return n
}

func TestWhatWasIssuedToAClientGoesWithIt(t *testing.T) {
	k := startDevices(t)
	k.tokens(web)
	k.code(k.signIn("ann@example.test"), request(web))
	k.begunDevice(web)
	other := k.tokens(web2)
	if k.recordsOf(web) < 4 {
		t.Fatalf("%d records", k.recordsOf(web))
	}
	k.must(k.settings().DeleteClient(t.Context(), testPool, web))
	if left := k.recordsOf(web); left != 0 {
		t.Errorf("%d records are left", left)
	}
	if _, err := k.refreshAs(web2, other.RefreshToken); err != nil {
		t.Errorf("another app: %v", err)
	}
}

func TestALotThatWasIssuedToAClientGoesByAndBy(t *testing.T) {
	k := start(t)
	client, err := k.settings().Client(t.Context(), testPool, web)
	k.must(err)
	k.issueMany(2*departurePage + 7)
	k.must(k.settings().DeleteClient(t.Context(), testPool, web))
	if left := k.recordsOf(web); left != departurePage+7 {
		t.Errorf("one transaction left %d", left)
	}
	k.wait(1e9)
	_, err = k.settings().PutClient(t.Context(), client)
	k.must(err)
	anew := k.tokens(web)
	for range 2 {
		_, err = k.Sweep(t.Context())
		k.must(err)
	}
	if left := k.recordsOf(web); left != 2 {
		t.Errorf("%d are left beside the grant and the code of the client that was made since", left)
	}
	if _, err := k.refreshAs(web, anew.RefreshToken); err != nil {
		t.Errorf("the client that was made since: %v", err)
	}
	k.must(k.Identity.Store.View(t.Context(), func(r storage.Reader) error {
		left, err := departures.List(r, storage.Page{})
		if len(left) > 0 {
			t.Errorf("%+v", left)
		}
		return err
	}))
}

// issueMany stores lineages of web.
func (k *kit) issueMany(n int) {
	k.Helper()
	k.must(k.Identity.Store.Update(k.Context(), func(w storage.Writer) error {
		for i := range n {
			g := Grant{PoolID: testPool, ID: fmt.Sprint("g-", i), ClientID: web, UserID: "u", CreatedAt: k.Now(), ExpiresAt: k.Now().Add(defaultRefreshLife)}
			if err := grants.Insert(w, g); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestAttackMachineTokenOfADeletedClientOfTheSameID(t *testing.T) {
	k := start(t)
	client, err := k.settings().Client(t.Context(), testPool, machine)
	k.must(err)
	token := k.machineToken(machine)
	k.must(k.settings().DeleteClient(t.Context(), testPool, machine))
	k.wait(1e9)
	_, err = k.settings().PutClient(t.Context(), client)
	k.must(err)
	if k.good(token) {
		t.Error("it is good again")
	}
	if !k.good(k.machineToken(machine)) {
		t.Error("a new one is not good")
	}
}
