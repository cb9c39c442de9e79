package identity

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"poolhouse.dev/storage"
)

func TestAPoolKeepsTheSAMLKeyItMadeFirst(t *testing.T) {
	k := newKit(t)
	settings := &Settings{Core: k.core}
	var mu sync.Mutex
	made := byte(0)
	newKey := func() (SAMLKey, error) {
		mu.Lock()
		defer mu.Unlock()
		made++
		return SAMLKey{Private: []byte{made}, Certificate: []byte{made}}, nil
	}
	var group sync.WaitGroup
	answers := make([]SAMLKey, 4)
	for i := range answers {
		group.Go(func() {
			var err error
			if answers[i], err = settings.SAMLKey(context.Background(), testPool, newKey); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, a := range answers {
		if !bytes.Equal(a.Private, answers[0].Private) || len(a.Certificate) != 1 {
			t.Fatalf("different keys: %v", answers)
		}
	}
	if _, err := settings.SAMLKey(context.Background(), "local_other", newKey); err == nil {
		t.Error("a pool that is not there got a key")
	}
	var kept samlKey
	err := k.core.Store.View(context.Background(), func(r storage.Reader) (err error) {
		kept, err = samlKeys.Get(r, string(testPool))
		return err
	})
	if err != nil || bytes.Equal(kept.Pair, answers[0].Private) {
		t.Errorf("the key is not sealed: %v %v", kept.Pair, err)
	}
}
