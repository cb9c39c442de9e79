package identity

import (
	"bytes"
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// corpMetadata is where the metadata of Elsewhere is in these tests.
var corpMetadata = SAMLSource{Pool: testPool, Provider: "Elsewhere", Source: "https://idp.example.test/metadata"}

// metadataEvents answers what the audit says about metadata, oldest first.
func (k *kit) metadataEvents() (found []audit.Event) {
	k.Helper()
	k.ok(k.core.Store.View(k.Context(), func(r storage.Reader) (err error) {
		found, err = audit.List(r, audit.Filter{Pool: string(testPool), Action: "saml_metadata_changed"})
		return err
	}))
	return found
}

// kept answers what stands in the store for the source.
func (k *kit) keptMetadata(of SAMLSource) []byte {
	k.Helper()
	raw, err := k.settings().SAMLMetadata(k.Context(), of)
	k.ok(err)
	return raw
}

func TestMetadataIsKeptWithItsProvider(t *testing.T) {
	k := joins(t)
	text := []byte("<EntityDescriptor/>" + strings.Repeat("<KeyDescriptor/>", 60000))
	change := SAMLChange{SAMLSource: corpMetadata, Metadata: text, Entity: "https://idp.example.test", First: true, Added: []string{"aa", "bb"}, Endpoints: true}
	if raw := k.keptMetadata(corpMetadata); raw != nil {
		t.Fatalf("%q before anything was kept", raw)
	}
	for range 2 { // the second node is told of nothing
		k.ok(k.settings().KeepSAMLMetadata(t.Context(), change))
	}
	if !bytes.Equal(k.keptMetadata(corpMetadata), text) {
		t.Error("another text came back")
	}
	elsewhere := corpMetadata
	elsewhere.Source = "https://new.example.test/metadata"
	if raw := k.keptMetadata(elsewhere); raw != nil {
		t.Errorf("what was kept of another address is answered: %q", raw)
	}
	k.ok(k.settings().KeepSAMLMetadata(t.Context(), SAMLChange{SAMLSource: corpMetadata, Metadata: []byte("<Newer/>"), Entity: change.Entity}))
	k.ok(k.settings().KeepSAMLMetadata(t.Context(), SAMLChange{SAMLSource: corpMetadata, Metadata: []byte("<Newest/>"), Entity: change.Entity, Added: []string{"cc"}, Removed: []string{"aa"}}))
	events := k.metadataEvents()
	if len(events) != 2 {
		t.Fatalf("events %+v", events)
	}
	for _, e := range events {
		switch e.Detail["first"] {
		case "true":
			if e.Detail["added"] != "aa bb" || e.Detail["endpoints"] != "changed" || e.Detail["entity"] != change.Entity || e.Detail["provider"] != "Elsewhere" {
				t.Errorf("first: %v", e.Detail)
			}
		default:
			if e.Detail["added"] != "cc" || e.Detail["removed"] != "aa" || e.Detail["endpoints"] != "" {
				t.Errorf("then: %v", e.Detail)
			}
		}
	}
	k.ok(k.settings().DeleteProvider(t.Context(), testPool, "Elsewhere"))
	if raw := k.keptMetadata(corpMetadata); raw != nil {
		t.Errorf("%q outlives its provider", raw)
	}
	if code := codeOf(k.settings().KeepSAMLMetadata(t.Context(), change)); code != ResourceNotFound {
		t.Errorf("metadata of nobody: %s", code)
	}
}

func TestMetadataOfMoreThanItsBoundIsUsedAndNotKept(t *testing.T) {
	k := joins(t)
	k.ok(k.settings().KeepSAMLMetadata(t.Context(), SAMLChange{SAMLSource: corpMetadata, Metadata: []byte("<Small/>")}))
	large := make([]byte, maxPacked+1)
	rand.Read(large)
	k.ok(k.settings().KeepSAMLMetadata(context.Background(), SAMLChange{SAMLSource: corpMetadata, Metadata: large, Added: []string{"aa"}}))
	if raw := k.keptMetadata(corpMetadata); raw != nil {
		t.Errorf("%d bytes are kept", len(raw))
	}
	if len(k.metadataEvents()) != 1 {
		t.Error("the change was not recorded")
	}
}
