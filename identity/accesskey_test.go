package identity

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/storage"
)

func (k *kit) keys() *AccessKeys { return &AccessKeys{Core: k.core} }

// opens asks whether a secret opens a key.
func opens(k *kit, keys *AccessKeys, id, secret string) (AccessKey, bool) {
	k.Helper()
	found, ok, err := keys.Known(k.Context(), id, func(s string) bool { return Same(s, secret) })
	k.ok(err)
	return found, ok
}

func TestAnAccessKeyLivesAndDies(t *testing.T) {
	k := newKit(t)
	keys := k.keys()
	made, secret, err := keys.Create(WithActor(t.Context(), "cli"), AccessKey{Name: "deploy", PoolID: testPool, ReadOnly: true})
	k.ok(err)
	if !accessKeyID.MatchString(made.ID) || len(secret) != 40 || made.Scope() != string(testPool)+":read-only" {
		t.Fatalf("made %+v %q", made, secret)
	}
	got, ok := opens(k, keys, made.ID, secret)
	if !ok || got.PoolID != testPool || !got.ReadOnly {
		t.Errorf("known as %+v %v", got, ok)
	}
	k.ok(keys.Disable(t.Context(), made.ID, true))
	if _, ok := opens(k, keys, made.ID, secret); ok {
		t.Error("a key that is switched off opens")
	}
	k.ok(keys.Disable(t.Context(), made.ID, false))
	if _, ok := opens(k, keys, made.ID, secret); !ok {
		t.Error("a key that was switched on again does not open")
	}
	k.ok(keys.Delete(t.Context(), made.ID))
	if _, ok := opens(k, keys, made.ID, secret); ok {
		t.Error("a key that is gone opens")
	}
	k.refused(keys.Delete(t.Context(), made.ID), ResourceNotFound)
	k.refused(keys.Disable(t.Context(), made.ID, true), ResourceNotFound)
	for _, action := range []string{"admin_create_access_key", "admin_disable_access_key", "admin_enable_access_key", "admin_delete_access_key"} {
		k.audited(action, "ok")
	}
}

func TestAnAccessKeyIsStoredSealed(t *testing.T) {
	k := newKit(t)
	made, secret, err := k.keys().Create(t.Context(), AccessKey{})
	k.ok(err)
	k.ok(k.core.Store.View(t.Context(), func(r storage.Reader) error {
		stored, err := accessKeys.Get(r, made.ID)
		if strings.Contains(string(stored.Secret), secret) || len(stored.Secret) == 0 {
			t.Error("the secret is stored as it is")
		}
		return err
	}))
}

func TestTheLastUseOfAKeyIsNotedAboutHourly(t *testing.T) {
	k := newKit(t)
	keys := k.keys()
	made, secret, err := keys.Create(t.Context(), AccessKey{})
	k.ok(err)
	k.tick = 0
	first := k.core.Now()
	for _, wait := range []time.Duration{0, time.Minute} {
		k.wait(wait)
		opens(k, keys, made.ID, secret)
	}
	opens(k, keys, made.ID, "wrong")
	all, err := keys.List(t.Context())
	k.ok(err)
	if len(all) != 1 || !all[0].LastUsedAt.Equal(first) {
		t.Errorf("listed %+v", all)
	}
	k.wait(time.Hour)
	opens(k, keys, made.ID, secret)
	if all, _ = keys.List(t.Context()); !all[0].LastUsedAt.After(first) {
		t.Error("a later use is not noted")
	}
}

func TestAKeyOfTheFileLivesInTheFileAlone(t *testing.T) {
	k := newKit(t)
	keys := k.keys()
	one := FileKey{AccessKey: AccessKey{ID: "FILEKEY_12345678"}, Secret: "a-secret-of-the-file"}
	keys.UseFile([]FileKey{one})
	if got, ok := opens(k, keys, one.ID, one.Secret); !ok || !got.OfFile {
		t.Errorf("known as %+v %v", got, ok)
	}
	if _, ok := opens(k, keys, one.ID, one.Secret+"x"); ok {
		t.Error("a wrong secret opens")
	}
	k.refused(keys.Delete(t.Context(), one.ID), InvalidParameter)
	made, _, err := keys.Create(t.Context(), AccessKey{})
	k.ok(err)
	all, err := keys.List(t.Context())
	k.ok(err)
	if len(all) != 2 || all[0].ID != one.ID || all[1].ID != made.ID {
		t.Errorf("listed %+v", all)
	}
	keys.UseFile(nil)
	if _, ok := opens(k, keys, one.ID, one.Secret); ok {
		t.Error("a key that left the file opens")
	}
	if text := fmt.Sprintf("%v %+v %#v", one, one, one); strings.Contains(text, one.Secret) {
		t.Error("the secret is printed")
	}
}

func TestScopesAreReadAsTheyAreWritten(t *testing.T) {
	for _, scope := range []string{"all", "read-only", "local_main", "local_main:read-only"} {
		var key AccessKey
		if err := key.ReadScope(scope); err != nil || key.Scope() != scope {
			t.Errorf("%s: %q %v", scope, key.Scope(), err)
		}
	}
	for _, scope := range []string{"", "ALL", "write", "local_main:all", "local_main:", ":read-only", "no pool"} {
		var key AccessKey
		if err := key.ReadScope(scope); err == nil {
			t.Errorf("%q is %+v", scope, key)
		}
	}
}

func TestBoundsOfAccessKeys(t *testing.T) {
	k := newKit(t)
	_, _, err := k.keys().Create(t.Context(), AccessKey{PoolID: "no_pool"})
	k.refused(err, PoolNotFound)
	_, _, err = k.keys().Create(t.Context(), AccessKey{Name: "a\x00"})
	k.refused(err, InvalidParameter)
	for want, one := range map[string]FileKey{
		"access_key_id":     {AccessKey: AccessKey{ID: "short"}, Secret: strings.Repeat("s", 20)},
		"secret_access_key": {AccessKey: AccessKey{ID: "FILEKEY_12345678"}, Secret: "too short"},
	} {
		if err := one.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// A key that nobody has answers as a wrong secret does, and is looked for in the
// same way (SG-08).
func TestAttackAnUnknownKeyIsToldAsAWrongSecret(t *testing.T) {
	k := newKit(t)
	keys := k.keys()
	made, _, err := keys.Create(t.Context(), AccessKey{})
	k.ok(err)
	for _, id := range []string{made.ID, "PHAKAAAAAAAAAAAAAAAA", "", "../../x", strings.Repeat("k", 5000)} {
		asked := 0
		_, ok, err := keys.Known(t.Context(), id, func(secret string) bool {
			asked++
			return id != made.ID // an attacker who guessed what stands for no secret
		})
		if ok || err != nil || asked != 1 {
			t.Errorf("%.20q: %v %v, asked %d times", id, ok, err, asked)
		}
	}
}

func TestAttackASignatureIsSentTwice(t *testing.T) {
	k := newKit(t)
	keys := k.keys()
	until := k.core.Now().Add(15 * time.Minute)
	spend := func(key, signature string) bool {
		fresh, err := keys.Spend(t.Context(), key, []byte(signature), Origin{}, until)
		k.ok(err)
		return fresh
	}
	if !spend("a", "s") || spend("a", "s") || !spend("b", "s") || !spend("a", "t") {
		t.Error("a signature is not good once")
	}
	other := &AccessKeys{Core: k.core} // another node
	if fresh, _ := other.Spend(t.Context(), "a", []byte("s"), Origin{}, until); fresh {
		t.Error("another node takes it again")
	}
	k.ok(keys.GiveBack(t.Context(), "a", []byte("s")))
	k.ok(keys.GiveBack(t.Context(), "a", []byte("s")))
	if !spend("a", "s") {
		t.Error("what was given back is not good again")
	}
	k.wait(15 * time.Minute)
	if _, err := k.core.Sweep(t.Context()); err != nil || !spend("a", "s") {
		t.Error("signatures are kept for good")
	}
}

func TestAKeyOfAPoolGoesWithIt(t *testing.T) {
	k := newKit(t)
	keys := k.keys()
	_, _, err := keys.Create(t.Context(), AccessKey{PoolID: testPool})
	k.ok(err)
	_, _, err = keys.Create(t.Context(), AccessKey{})
	k.ok(err)
	k.ok(k.settings().DeletePool(t.Context(), testPool))
	if all, _ := keys.List(t.Context()); len(all) != 1 || all[0].PoolID != "" {
		t.Errorf("left are %+v", all)
	}
}

// botocore signs to the second: two requests for the same have one signature.
func TestASignatureMayComeAgainAtOnceFromWhereItCame(t *testing.T) {
	k := newKit(t)
	k.tick = 0
	keys := k.keys()
	spend := func(o Origin) bool {
		fresh, err := keys.Spend(t.Context(), "a", []byte("s"), o, k.core.Now().Add(15*time.Minute))
		k.ok(err)
		return fresh
	}
	if first, again := spend(k.origin(1)), spend(k.origin(1)); !first || !again {
		t.Error("it does not come again in the same second")
	}
	if spend(k.origin(2)) {
		t.Error("it comes again from elsewhere")
	}
	k.wait(sameSecond)
	if spend(k.origin(1)) {
		t.Error("it comes again later")
	}
}
