package keys

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
	"poolhouse.dev/storage/memory"
)

const pool identity.PoolID = "local_keys"

var algorithms = []string{RS256, ES256, EdDSA}

// kit is a ring over a store in memory, with a clock that moves when told to.
type kit struct {
	testing.TB
	*Ring
	mu  sync.Mutex
	now time.Time
}

func start(t testing.TB) *kit {
	t.Helper()
	sealer, err := storage.NewSealer(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{TB: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	k.Ring = &Ring{Store: memory.Open(), Sealer: sealer, Now: k.clock}
	return k
}

func (k *kit) clock() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

func (k *kit) wait(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now = k.now.Add(d)
}

// other is a second node on the same store.
func (k *kit) other() *Ring { return &Ring{Store: k.Store, Sealer: k.Sealer, Now: k.clock} }

func (k *kit) sign(alg string) string {
	k.Helper()
	token, err := k.Sign(context.Background(), pool, alg, "JWT", map[string]string{"sub": "ann"})
	if err != nil {
		k.Fatal(err)
	}
	return token
}

func (k *kit) takes(token string) bool {
	k.Helper()
	_, err := k.Verify(context.Background(), pool, "JWT", token)
	if err != nil && !errors.Is(err, ErrInvalid) {
		k.Fatal(err)
	}
	return err == nil
}

func (k *kit) published() []JWK {
	k.Helper()
	set, err := k.Public(context.Background(), pool)
	if err != nil {
		k.Fatal(err)
	}
	return set.Keys
}

func (k *kit) rotate(alg string) Key {
	k.Helper()
	key, err := k.Prepare(context.Background(), pool, alg)
	if err != nil {
		k.Fatal(err)
	}
	return key
}

func (k *kit) due() {
	k.Helper()
	if err := k.Due(context.Background()); err != nil {
		k.Fatal(err)
	}
}

// kid answers the key id in a token's header.
func kid(t testing.TB, token string) string {
	t.Helper()
	head, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	var h struct{ Kid string }
	if err := json.Unmarshal(raw, &h); err != nil {
		t.Fatal(err)
	}
	return h.Kid
}

// Both sets of numbers stand in the documents named.
func TestThumbprintsOfTheDocuments(t *testing.T) {
	t.Run("RFC 7638 §3.1, an RSA key", func(t *testing.T) {
		k := JWK{KeyType: "RSA", E: "AQAB", N: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}
		if got := k.Thumbprint(); got != "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" {
			t.Errorf("thumbprint %s", got)
		}
	})
	t.Run("RFC 8037 A.3, an Ed25519 key", func(t *testing.T) {
		k := JWK{KeyType: "OKP", Curve: "Ed25519", X: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
		if got := k.Thumbprint(); got != "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" {
			t.Errorf("thumbprint %s", got)
		}
	})
}

func TestOthersVerifyWhatIsSigned(t *testing.T) {
	k := start(t)
	for _, alg := range algorithms {
		t.Run(alg, func(t *testing.T) {
			token := k.sign(alg)
			parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
			if err != nil {
				t.Fatal(err)
			}
			set, err := json.Marshal(JWKS{Keys: k.published()})
			if err != nil {
				t.Fatal(err)
			}
			var theirs jose.JSONWebKeySet
			if err := json.Unmarshal(set, &theirs); err != nil {
				t.Fatal(err)
			}
			found := theirs.Key(kid(t, token))
			if len(found) != 1 {
				t.Fatalf("the key set has %d keys %s", len(found), kid(t, token))
			}
			if payload, err := parsed.Verify(found[0]); err != nil || string(payload) != `{"sub":"ann"}` {
				t.Errorf("payload %q, %v", payload, err)
			}
		})
	}
}

func TestKeySetShowsNoPrivateMember(t *testing.T) {
	k := start(t)
	for _, alg := range algorithms {
		k.sign(alg)
	}
	set, err := json.Marshal(JWKS{Keys: k.published()})
	if err != nil {
		t.Fatal(err)
	}
	for _, member := range []string{`"d"`, `"p"`, `"q"`, `"dp"`, `"dq"`, `"qi"`, `"k"`} {
		if bytes.Contains(set, []byte(member)) {
			t.Errorf("%s in %s", member, set)
		}
	}
	if len(k.published()) != 3 {
		t.Errorf("%d keys published", len(k.published()))
	}
}

func TestRotation(t *testing.T) {
	t.Run("a new pool shows its RS256 key before the first token", func(t *testing.T) {
		if got := start(t).published(); len(got) != 1 || got[0].Algorithm != RS256 {
			t.Errorf("published %+v", got)
		}
	})
	t.Run("the next key is published a day before it signs", func(t *testing.T) {
		k := start(t)
		first := kid(t, k.sign(ES256))
		next := k.rotate(ES256)
		if got := kid(t, k.sign(ES256)); got != first {
			t.Errorf("signed at once by %s", got)
		}
		k.wait(Lead - time.Second)
		if got := kid(t, k.sign(ES256)); got != first {
			t.Errorf("signed too soon by %s", got)
		}
		k.wait(time.Second)
		if got := kid(t, k.sign(ES256)); got != next.ID {
			t.Errorf("signed by %s, want %s", got, next.ID)
		}
	})
	t.Run("a rotation under way is not begun again", func(t *testing.T) {
		k := start(t)
		k.sign(ES256)
		if one, two := k.rotate(ES256), k.rotate(ES256); one.ID != two.ID {
			t.Error("two successors")
		}
	})
	t.Run("three generations: tokens are taken until the last of their key has ended", func(t *testing.T) {
		k := start(t)
		one := k.sign(EdDSA)
		k.rotate(EdDSA)
		k.wait(Lead)
		two := k.sign(EdDSA)
		k.rotate(EdDSA)
		if !k.takes(one) || !k.takes(two) {
			t.Error("an old token is refused too soon")
		}
		k.wait(Keep)
		three := k.sign(EdDSA)
		if k.takes(one) || !k.takes(two) || !k.takes(three) {
			t.Errorf("after the first key's end: %v %v %v", k.takes(one), k.takes(two), k.takes(three))
		}
		for _, key := range k.published() {
			if key.KeyID == kid(t, one) {
				t.Error("the first key is still published")
			}
		}
		k.due()
		if keys, err := k.List(context.Background(), pool); err != nil || len(keys) != 3 { // two, and the RS256 key that every pool shows
			t.Errorf("%d keys are kept, %v", len(keys), err)
		}
	})
	t.Run("the schedule publishes a successor a day before 90 days are over", func(t *testing.T) {
		k := start(t)
		first := kid(t, k.sign(ES256))
		k.wait(Active - Lead - time.Second)
		k.due()
		if n := len(k.published()); n != 2 { // ES256, and the RS256 key that every pool shows
			t.Fatalf("%d keys too soon", n)
		}
		k.wait(time.Second)
		k.due()
		k.due()
		if n := len(k.published()); n != 3 {
			t.Fatalf("%d keys", n)
		}
		k.wait(Lead)
		if got := kid(t, k.sign(ES256)); got == first {
			t.Error("the first key still signs")
		}
	})
	t.Run("a late schedule still publishes a day ahead", func(t *testing.T) {
		k := start(t)
		first := kid(t, k.sign(ES256))
		k.wait(2 * Active)
		k.due()
		if got := kid(t, k.sign(ES256)); got != first {
			t.Error("the successor signs at once")
		}
		k.wait(Lead)
		if got := kid(t, k.sign(ES256)); got == first {
			t.Error("the successor does not sign")
		}
	})
	t.Run("a key that got out is replaced at once, and its tokens are refused", func(t *testing.T) {
		k := start(t)
		old := k.sign(ES256)
		key, err := k.Replace(context.Background(), pool, ES256)
		if err != nil {
			t.Fatal(err)
		}
		if k.takes(old) {
			t.Error("a token of the lost key is taken")
		}
		if got := kid(t, k.sign(ES256)); got != key.ID {
			t.Errorf("signed by %s", got)
		}
	})
}

func TestOtherNodes(t *testing.T) {
	t.Run("two nodes make one first key", func(t *testing.T) {
		k := start(t)
		var wg sync.WaitGroup
		for _, node := range []*Ring{k.Ring, k.other(), k.other()} {
			wg.Go(func() {
				if err := node.Ready(context.Background(), pool, ES256); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if keys, err := k.List(context.Background(), pool); err != nil || len(keys) != 1 {
			t.Errorf("%d keys, %v", len(keys), err)
		}
	})
	t.Run("a rotation is seen within five seconds", func(t *testing.T) {
		k := start(t)
		k.sign(ES256)
		if _, err := k.other().Replace(context.Background(), pool, ES256); err != nil {
			t.Fatal(err)
		}
		before := kid(t, k.sign(ES256))
		k.wait(5 * time.Second)
		if kid(t, k.sign(ES256)) == before {
			t.Error("the other node's key is not used")
		}
	})
	t.Run("a node whose clock is behind signs with a key made ahead of it", func(t *testing.T) {
		k := start(t)
		ahead := k.other()
		ahead.Now = func() time.Time { return k.clock().Add(time.Minute) }
		if err := ahead.Ready(context.Background(), pool, ES256); err != nil {
			t.Fatal(err)
		}
		k.sign(ES256)
	})
}

// counting counts the transactions of a store.
type counting struct {
	storage.Store
	views int
}

func (c *counting) View(ctx context.Context, fn func(storage.Reader) error) error {
	c.views++
	return c.Store.View(ctx, fn)
}

func TestSigningReadsNoStore(t *testing.T) {
	k := start(t)
	store := &counting{Store: k.Store}
	k.Store = store
	k.sign(ES256)
	before := store.views
	for range 100 {
		k.sign(ES256)
	}
	if store.views != before {
		t.Errorf("%d reads for 100 tokens", store.views-before)
	}
}

func TestPrivateKeysAreSealed(t *testing.T) {
	k := start(t)
	k.sign(ES256)
	err := k.Store.View(context.Background(), func(r storage.Reader) error {
		keys, err := signingKeys.List(r, storage.Page{})
		if err != nil {
			return err
		}
		if _, err := k.Sealer.Open(keys[0].Private, sealedAs("local_other", keys[0].ID)...); err == nil {
			t.Error("a key opens in another pool's place")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestUnknownAlgorithmIsRefused(t *testing.T) {
	for _, alg := range []string{"", "none", "HS256", "RS512", "rs256"} {
		if err := start(t).Ready(context.Background(), pool, alg); !errors.Is(err, ErrAlgorithm) {
			t.Errorf("%q: %v", alg, err)
		}
	}
}
