package identity

import (
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/storage"
)

const ownSecret = "the-own-secret-of-the-client"

// secretive is a kit whose client has a secret.
func secretive(t *testing.T) *kit {
	k := newKit(t)
	c, err := k.settings().Client(t.Context(), testPool, testClient)
	k.ok(err)
	c, err = k.settings().WithSecret(c, ownSecret)
	k.ok(err)
	_, err = k.settings().PutClient(t.Context(), c)
	k.ok(err)
	return k
}

func (k *kit) live() (all []string) {
	k.Helper()
	k.ok(k.core.Store.View(k.Context(), func(r storage.Reader) error {
		c, err := k.settings().GetClient(r, testPool, testClient)
		if err == nil {
			all, err = k.settings().LiveSecrets(r, c)
		}
		return err
	}))
	return all
}

func (k *kit) secretIDs() (ids []string) {
	k.Helper()
	all, err := k.settings().Secrets(k.Context(), testPool, testClient)
	k.ok(err)
	for _, each := range all {
		ids = append(ids, each.ID)
	}
	return ids
}

func TestASecondSecretLivesBesideTheFirst(t *testing.T) {
	k := secretive(t)
	k.wait(time.Hour)
	before := k.secretIDs()
	made, value, err := k.settings().AddSecret(t.Context(), testPool, testClient, "")
	k.ok(err)
	if live := k.live(); !slices.Equal(live, []string{ownSecret, value}) || len(value) < 32 {
		t.Errorf("live: %q", live)
	}
	if ids := k.secretIDs(); len(before) != 1 || !slices.Equal(ids, []string{before[0], made.ID}) {
		t.Errorf("listed %q, then %q", before, ids)
	}
	t.Run("a third is refused", func(t *testing.T) {
		_, _, err := k.settings().AddSecret(t.Context(), testPool, testClient, "")
		k.refused(err, AlreadyExists)
	})
	t.Run("changing the client keeps both", func(t *testing.T) {
		k.client(func(c *Client) { c.Name = "renamed" })
		if len(k.live()) != 2 {
			t.Error("one is gone")
		}
	})
	k.audited("admin_add_client_secret", "ok")
}

func TestDeletingTheFirstSecretMovesTheSecondUp(t *testing.T) {
	k := secretive(t)
	k.wait(time.Hour)
	first := k.secretIDs()[0]
	made, value, err := k.settings().AddSecret(t.Context(), testPool, testClient, "")
	k.ok(err)
	k.ok(k.settings().DeleteSecret(t.Context(), testPool, testClient, first))
	if live := k.live(); !slices.Equal(live, []string{value}) {
		t.Errorf("live: %q", live)
	}
	all, err := k.settings().Secrets(t.Context(), testPool, testClient)
	k.ok(err)
	if len(all) != 1 || all[0].ID != made.ID || !all[0].CreatedAt.Equal(made.CreatedAt) {
		t.Errorf("listed %+v, made %+v", all, made)
	}
	k.refused(k.settings().DeleteSecret(t.Context(), testPool, testClient, made.ID), NotAllowed)
	k.refused(k.settings().DeleteSecret(t.Context(), testPool, testClient, first), ResourceNotFound)
	t.Run("and can be exchanged again", func(t *testing.T) {
		k.wait(time.Hour)
		next, third, err := k.settings().AddSecret(t.Context(), testPool, testClient, "the-third-secret-of-the-client")
		k.ok(err)
		k.ok(k.settings().DeleteSecret(t.Context(), testPool, testClient, made.ID))
		if live, ids := k.live(), k.secretIDs(); !slices.Equal(live, []string{third}) || !slices.Equal(ids, []string{next.ID}) {
			t.Errorf("live %q, listed %q", live, ids)
		}
	})
}

func TestDeletingTheSecondSecretLeavesTheFirst(t *testing.T) {
	k := secretive(t)
	made, _, err := k.settings().AddSecret(t.Context(), testPool, testClient, "")
	k.ok(err)
	k.ok(k.settings().DeleteSecret(t.Context(), testPool, testClient, made.ID))
	if live := k.live(); !slices.Equal(live, []string{ownSecret}) {
		t.Errorf("live: %q", live)
	}
	k.audited("admin_delete_client_secret", "ok")
}

func TestSecretsThatAreRefused(t *testing.T) {
	k := secretive(t)
	_, _, err := k.settings().AddSecret(t.Context(), testPool, testClient, ownSecret)
	k.refused(err, AlreadyExists)
	_, _, err = k.settings().AddSecret(t.Context(), testPool, testClient, "short")
	k.refused(err, InvalidParameter)
	_, _, err = k.settings().AddSecret(t.Context(), testPool, "nobody", "")
	k.refused(err, ClientNotFound)
	public := newKit(t)
	_, _, err = public.settings().AddSecret(t.Context(), testPool, testClient, "")
	public.refused(err, NotAllowed)
}

// A client that is made again under a fixed id must not take its namesake's secret.
func TestAttackASecretOutlivesItsClient(t *testing.T) {
	k := secretive(t)
	_, value, err := k.settings().AddSecret(t.Context(), testPool, testClient, "")
	k.ok(err)
	k.ok(k.settings().DeleteClient(t.Context(), testPool, testClient))
	_, _, err = k.settings().CreateClient(t.Context(), NewClient{Client: Client{PoolID: testPool, ID: testClient, Name: "web"}, Secret: "another-secret-of-the-client"})
	k.ok(err)
	if live := k.live(); slices.Contains(live, value) || len(live) != 1 {
		t.Errorf("live: %q", live)
	}
}

func TestASecretsIDTellsNothingOfIt(t *testing.T) {
	k := secretive(t)
	if id := k.secretIDs()[0]; strings.Contains(ownSecret, id) || len(id) != 32 {
		t.Errorf("id %q", id)
	}
}
