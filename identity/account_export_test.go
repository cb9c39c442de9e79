package identity

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity/passkey"
	"poolhouse.dev/storage"
)

func TestAnExportHoldsEverythingButWhatOpensTheAccount(t *testing.T) {
	k, ctx := newKit(t), context.Background()
	u := k.user("ann@example.test", Confirmed)
	k.user("bob@example.test", Confirmed)
	k.in("bob@example.test", k.origin(9))
	in := k.in("ann@example.test", k.origin(7))
	_, err := k.try("ann@example.test", "wrong", k.origin(8))
	k.refused(err, IncorrectPassword)
	k.ok(k.draw(in.Auth, dot(t, red)))
	k.update(func(w storage.Writer) error {
		key := Passkey{PoolID: testPool, UserID: u.ID, ID: "a2V5", Name: "My key", Record: passkey.Record{PublicKey: []byte("the public key")}}
		if err := passkeys.Put(w, key); err != nil {
			return err
		}
		app := Credential{PoolID: testPool, UserID: u.ID, Kind: FactorTOTP, Secret: storage.Sealed("the app's secret"), Name: "My app"}
		return credentials.Put(w, app)
	})
	e, err := k.accounts().Export(ctx, in.Auth, Origin{})
	k.ok(err)
	if len(e.Sessions) != 1 || len(e.Devices) != 1 || len(e.SignIns) != 2 || len(e.Changes) == 0 || e.Picture != "image/jpeg" ||
		len(e.Factors.Passkeys) != 1 || e.Factors.AppName != "My app" || e.Attributes["email"] != "ann@example.test" {
		t.Errorf("%+v", e)
	}
	raw, err := json.Marshal(e)
	k.ok(err)
	text := string(raw)
	for name, bad := range map[string]string{
		"a hash": "argon2", "the app's secret": "the app", "somebody else": "10.0.0.9", "a session's cookie": in.Cookie,
		"its hash": hashOf(in.Cookie), "a browser's cookie": in.Browser, "its hash, too": hashOf(in.Browser),
		"a public key": hex.EncodeToString([]byte("the public key")),
	} {
		if strings.Contains(text, bad) {
			t.Errorf("%s is in the file: %s", name, text)
		}
	}
	k.audited("export_data", "ok")
}

func TestAttackExportFromAnOldSession(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	k.wait(freshness[ExportData] + time.Minute)
	e, err := k.accounts().Export(context.Background(), auth, Origin{})
	k.refused(err, FreshSignInNeeded)
	if e.ID != "" {
		t.Errorf("%+v", e)
	}
}

func TestALongHistoryIsExportedWhole(t *testing.T) {
	k := newKit(t)
	u := k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	const entries = 600 // more than a page of the audit log
	for range entries {
		k.update(func(w storage.Writer) error { return k.core.record(w, &u, deed{Action: "test"}) })
	}
	e, err := k.accounts().Export(context.Background(), auth, Origin{})
	k.ok(err)
	if len(e.Changes) < entries {
		t.Errorf("%d entries of %d", len(e.Changes), entries)
	}
}
