package keys

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

func (k *kit) rotateNow() Key {
	k.Helper()
	key, err := k.Rotate(context.Background(), pool, ES256)
	if err != nil {
		k.Fatal(err)
	}
	return key
}

func (k *kit) states() []string {
	k.Helper()
	list, err := k.List(context.Background(), pool)
	if err != nil {
		k.Fatal(err)
	}
	return States(list, k.clock())
}

func TestARotationByCommandSignsAtOnceAndEndsNoToken(t *testing.T) {
	k := start(t)
	old := k.sign(ES256)
	k.wait(time.Minute)
	next := k.rotateNow()
	if got := kid(t, k.sign(ES256)); got != next.ID {
		t.Errorf("signed by %s, want %s", got, next.ID)
	}
	if !k.takes(old) {
		t.Error("a token of the key before is refused")
	}
	if got := k.states(); !slices.Equal(got, []string{StateOld, StateActive}) {
		t.Errorf("states %v", got)
	}
	k.wait(Keep)
	if k.takes(old) {
		t.Error("the key before outlives its last token")
	}
}

func TestARotationByCommandCallsUpTheKeyThatWaits(t *testing.T) {
	k := start(t)
	old := k.sign(ES256)
	waits := k.rotate(ES256)
	if got := k.states(); !slices.Equal(got, []string{StateActive, StateNext}) {
		t.Errorf("states %v", got)
	}
	k.wait(time.Hour)
	if next := k.rotateNow(); next.ID != waits.ID || kid(t, k.sign(ES256)) != waits.ID {
		t.Errorf("%s signs, want %s, which was published", next.ID, waits.ID)
	}
	if !k.takes(old) || len(k.states()) != 2 {
		t.Errorf("states %v", k.states())
	}
	if again := k.rotateNow(); again.ID == waits.ID {
		t.Error("another rotation makes no new key")
	}
}

func TestAnotherNodesNewKeyIsLookedForWhenATokenNamesIt(t *testing.T) {
	k := start(t)
	other := k.other()
	k.sign(ES256)
	if !k.takes(k.sign(ES256)) {
		t.Fatal("not even its own")
	}
	k.wait(checkUnknown)
	if _, err := other.Rotate(context.Background(), pool, ES256); err != nil {
		t.Fatal(err)
	}
	token, err := other.Sign(context.Background(), pool, ES256, "JWT", map[string]any{"sub": "ann"})
	if err != nil {
		t.Fatal(err)
	}
	if !k.takes(token) {
		t.Error("refused until the next look at the store")
	}
	store := &counting{Store: k.Store}
	k.Store = store
	for range 100 {
		k.takes("e30" + token[strings.Index(token, "."):])
	}
	if store.views > 1 {
		t.Errorf("made-up tokens made %d looks at the store", store.views)
	}
}
