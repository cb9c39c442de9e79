package saml

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity/fetch"
)

// publisher serves an identity provider's metadata.
type publisher struct {
	*httptest.Server
	text  atomic.Value
	down  atomic.Bool
	asked atomic.Int64
}

func publish(t testing.TB, text string) *publisher {
	t.Helper()
	p := &publisher{}
	p.text.Store(text)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.asked.Add(1)
		if p.down.Load() {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		fmt.Fprint(w, p.text.Load())
	}))
	t.Cleanup(p.Close)
	return p
}

// ledger is a Memory that writes down what it is asked.
type ledger struct {
	raw     []byte
	changes []Change
	refuse  error
}

func (l *ledger) Metadata(context.Context) ([]byte, error) { return l.raw, nil }

func (l *ledger) Keep(_ context.Context, c Change) error {
	l.changes = append(l.changes, c)
	if l.refuse != nil {
		return l.refuse
	}
	l.raw = c.Metadata
	return nil
}

// fetching is a world whose provider has its metadata behind a URL.
func fetching(t testing.TB, memory Memory) (*world, *publisher, *fetch.Cache) {
	t.Helper()
	w := &world{t: t, idp: newIDP(), now: noon}
	p := publish(t, w.idp.metadata())
	cache := fetch.NewCache(0)
	w.fetch(p, memory, cache)
	return w, p, cache
}

func (w *world) fetch(p *publisher, memory Memory, cache *fetch.Cache) {
	w.t.Helper()
	s := settings(w.idp, detail(DetailMetadataFile, ""), detail(DetailMetadataURL, p.URL+"/metadata"))
	deps := federation.Deps{Now: func() time.Time { return w.now }, Client: loopbackOpen(), Cache: cache}
	var err error
	if w.provider, err = Open(s, deps, Options{Key: poolKey(), Memory: memory}); err != nil {
		w.t.Fatal(err)
	}
}

func TestMetadataIsFetchedOnceAnHour(t *testing.T) {
	w, p, _ := fetching(t, nil)
	if p.asked.Load() != 0 {
		t.Error("opening asked")
	}
	for range 3 {
		w.begin()
	}
	if p.asked.Load() != 1 {
		t.Errorf("asked %d times", p.asked.Load())
	}
	w.now = noon.Add(time.Hour)
	w.begin()
	if p.asked.Load() != 2 {
		t.Errorf("asked %d times in an hour", p.asked.Load())
	}
	for range 3 {
		if err := w.provider.Refresh(t.Context()); err != nil || p.asked.Load() != 3 {
			t.Error("not refreshed once within a minute:", err)
		}
	}
	w.now = w.now.Add(time.Minute)
	if err := w.provider.Refresh(t.Context()); err != nil || p.asked.Load() != 4 {
		t.Error("not refreshed after a minute:", err)
	}
}

func TestMetadataIsKeptWhenItCannotBeFetched(t *testing.T) {
	for name, spoil := range map[string]func(*publisher){
		"down":           func(p *publisher) { p.down.Store(true) },
		"gone":           func(p *publisher) { p.Close() },
		"a page":         func(p *publisher) { p.text.Store("<html><body>Please sign in<br></body></html>") },
		"another's":      func(p *publisher) { p.text.Store(strings.Replace(newIDP().metadata(), "/entity", "/evil", 1)) },
		"without keys":   func(p *publisher) { p.text.Store(strings.Replace(newIDP().metadata(), "KeyDescriptor", "Other", 2)) },
		"without an end": func(p *publisher) { p.text.Store(newIDP().metadata()[:500]) },
		"too large":      func(p *publisher) { p.text.Store(newIDP().metadata() + strings.Repeat(" ", 1<<20)) },
	} {
		t.Run(name, func(t *testing.T) {
			memory := &ledger{}
			w, p, _ := fetching(t, memory)
			w.begin()
			spoil(p)
			w.now = noon.Add(25 * time.Hour)
			trip := w.begin()
			if !strings.HasPrefix(trip.URL, "https://idp.example.test/sso?") || len(memory.changes) != 1 {
				t.Error(trip.URL, memory.changes)
			}
			// After a restart, too.
			w.fetch(p, memory, fetch.NewCache(0))
			w.begin()
		})
	}
}

func TestMetadataKeptEndsWhenItSays(t *testing.T) {
	w, p, _ := fetching(t, nil)
	p.text.Store(changed(t, w.idp.metadata(), " entityID=", ` validUntil="`+at(noon.Add(2*time.Hour))+`" entityID=`))
	w.begin()
	p.down.Store(true)
	w.now = noon.Add(90 * time.Minute)
	w.begin()
	w.now = noon.Add(3 * time.Hour)
	for range 2 {
		_, err := w.provider.Begin(t.Context(), federation.Start{State: state})
		if code, _ := federation.CodeOf(err); code != federation.Unreachable {
			t.Error("metadata that has ended is used:", err)
		}
		// After a restart, too.
		w.fetch(p, &ledger{raw: []byte(p.text.Load().(string))}, fetch.NewCache(0))
	}
}

func TestMetadataThatWasNeverHadIsUnreachable(t *testing.T) {
	w, p, _ := fetching(t, nil)
	p.down.Store(true)
	_, err := w.provider.Begin(t.Context(), federation.Start{State: state})
	if code, _ := federation.CodeOf(err); code != federation.Unreachable {
		t.Error(err)
	}
	if _, err := w.provider.Finish(t.Context(), []byte(`{"v":1,"kind":"sign-in","id":"x","state":"`+state+`"}`), posted("x")); err == nil {
		t.Error("taken without metadata")
	}
}

func TestSA32HostileMetadata(t *testing.T) {
	right := newIDP().metadata()
	key := keyDescriptor(idpSigner().cert)
	replaced := func(from, to string) string { return changed(t, right, from, to) }
	many := ""
	for range 1000 {
		many += key
	}
	for name, text := range map[string]string{
		"of megabytes":            right[:len(right)-1] + strings.Repeat(" ", 1<<20) + ">",
		"of a thousand keys":      replaced(key, many),
		"of seventeen keys":       replaced(key, strings.Repeat(key, 17)),
		"of no key":               replaced(key, ""),
		"of a key that encrypts":  replaced(`use="signing"`, `use="encryption"`),
		"of no certificate":       replaced(b64(idpSigner().cert.Raw), ""),
		"of a broken certificate": replaced(b64(idpSigner().cert.Raw), b64(idpSigner().cert.Raw[:100])),
		"of no base64":            replaced(b64(idpSigner().cert.Raw), "!"),
		"of two entities":         `<md:EntitiesDescriptor xmlns:md="` + metadataNS + `">` + right + strings.Replace(right, "/entity", "/other", 1) + `</md:EntitiesDescriptor>`,
		"of none":                 `<md:EntitiesDescriptor xmlns:md="` + metadataNS + `"/>`,
		"of a service provider":   strings.ReplaceAll(right, "IDPSSODescriptor", "SPSSODescriptor"),
		"of two roles":            replaced("</md:EntityDescriptor>", right[strings.Index(right, "<md:IDPSSODescriptor"):]),
		"of SAML 1.1":             replaced(protocolNS, "urn:oasis:names:tc:SAML:1.1:protocol"),
		"without an entity":       replaced(` entityID="https://idp.example.test/entity"`, ""),
		"with a long entity":      replaced("/entity", "/"+strings.Repeat("e", 1024)),
		"without an address":      strings.ReplaceAll(right, "SingleSignOnService", "Other"),
		"by artifact alone":       strings.ReplaceAll(strings.ReplaceAll(right, redirectBinding, "urn:x"), postBinding, "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"),
		"that has ended":          replaced(" entityID=", ` validUntil="`+at(noon.Add(-time.Second))+`" entityID=`),
		"whose role has ended":    replaced("<md:IDPSSODescriptor ", `<md:IDPSSODescriptor validUntil="`+at(noon.Add(-time.Second))+`" `),
		"that ends some day":      replaced(" entityID=", ` validUntil="soon" entityID=`),
		"with a document type":    "<!DOCTYPE x>" + right,
		"of a thousand levels":    strings.Repeat("<x>", 1000) + strings.Repeat("</x>", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			if m, err := parseMetadata([]byte(text), "", noon); err == nil {
				t.Errorf("taken: %s with %d keys", m.entity, len(m.certificates))
			}
		})
	}
	t.Run("the entity configured, and no other", func(t *testing.T) {
		two := `<md:EntitiesDescriptor xmlns:md="` + metadataNS + `">` + right + strings.Replace(right, "/entity", "/other", 1) + `</md:EntitiesDescriptor>`
		if m, err := parseMetadata([]byte(two), "https://idp.example.test/other", noon); err != nil || m.entity != "https://idp.example.test/other" {
			t.Error(err)
		}
		if _, err := parseMetadata([]byte(right), "https://idp.example.test/other", noon); err == nil {
			t.Error("another entity than the one configured is taken")
		}
	})
	t.Run("comments and a mark at the beginning are let pass", func(t *testing.T) {
		if _, err := parseMetadata([]byte("\xef\xbb\xbf<?xml version=\"1.0\"?><!-- made by hand -->"+right), "", noon); err != nil {
			t.Error(err)
		}
	})
	t.Run("from an address that is not https", func(t *testing.T) {
		for _, address := range []string{"http://idp.example.test/metadata", "file:///etc/passwd", "javascript:x", "idp.example.test", "https://a:b@idp.example.test/"} {
			if err := Check(settings(newIDP(), detail(DetailMetadataFile, ""), detail(DetailMetadataURL, address))); err == nil {
				t.Errorf("%s is taken", address)
			}
		}
	})
	t.Run("from an address of ours", func(t *testing.T) {
		w, p, _ := fetching(t, nil)
		s := settings(w.idp, detail(DetailMetadataFile, ""), detail(DetailMetadataURL, p.URL))
		provider, err := Open(s, federation.Deps{Client: fetch.New(fetch.Options{})}, Options{Key: poolKey()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := provider.Begin(t.Context(), federation.Start{State: state}); !errors.Is(err, fetch.ErrForbidden) || p.asked.Load() != 0 {
			t.Error("the private address was asked:", err)
		}
	})
}

func TestSA32KeysChangeOnlyWithTheAdministratorsKnowledge(t *testing.T) {
	memory := &ledger{}
	w, p, _ := fetching(t, memory)
	w.begin()
	if len(memory.changes) != 1 || !memory.changes[0].First || memory.changes[0].Entity != w.idp.entity || len(memory.changes[0].Added) != 1 {
		t.Fatalf("%+v", memory.changes)
	}
	swapped := &idp{entity: w.idp.entity, host: "https://evil.example.test", sign: []signer{otherSigner()}}
	p.text.Store(swapped.metadata())
	memory.refuse = errors.New("not without me")
	w.now = noon.Add(2 * time.Hour)
	trip := w.begin()
	change := memory.changes[1]
	if change.First || !change.Endpoints || len(change.Added) != 1 || len(change.Removed) != 1 || change.Added[0].Fingerprint != fingerprint(otherSigner().cert) || !strings.Contains(change.Removed[0].Subject, "idp") {
		t.Errorf("%+v", change)
	}
	if !strings.HasPrefix(trip.URL, "https://idp.example.test/") {
		t.Error("the browser is sent to the new address:", trip.URL)
	}
	w.now = noon
	w.begin()
	w.refuses(signWith(t, otherSigner(), rsaSHA256, w.xml(), "Assertion"))
	w.takes(w.sign(w.xml(), "Assertion"))

	memory.refuse = nil
	w.now = noon.Add(4 * time.Hour)
	if trip = w.begin(); !strings.HasPrefix(trip.URL, "https://evil.example.test/") {
		t.Error("the change that was allowed is not used:", trip.URL)
	}
	w.now = noon.Add(6 * time.Hour)
	if w.begin(); len(memory.changes) != 4 { // the one allowed had been asked for twice
		t.Error("told of no change:", len(memory.changes))
	}
}

func TestAMemoryThatCannotTellIsNotANewBeginning(t *testing.T) {
	w, p, _ := fetching(t, broken{})
	_, err := w.provider.Begin(t.Context(), federation.Start{State: state})
	if code, _ := federation.CodeOf(err); code != federation.Unreachable || p.asked.Load() != 0 {
		t.Error("metadata is believed without its memory:", err)
	}
}

type broken struct{}

func (broken) Metadata(context.Context) ([]byte, error) { return nil, errors.New("the store is away") }
func (broken) Keep(context.Context, Change) error       { return nil }

func TestKeysRollOverByMetadata(t *testing.T) {
	w, p, _ := fetching(t, nil)
	w.begin()
	w.takes(signWith(t, idpSigner(), rsaSHA256, w.xml(), "Assertion"))
	w.idp.sign = []signer{idpSigner(), nextSigner()}
	p.text.Store(w.idp.metadata())
	w.now = noon.Add(61 * time.Second)
	if err := w.provider.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.takes(signWith(t, nextSigner(), rsaSHA256, w.xml(), "Assertion"))
	w.idp.sign = []signer{nextSigner()}
	p.text.Store(w.idp.metadata())
	w.now = noon.Add(122 * time.Second)
	if err := w.provider.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.refuses(signWith(t, idpSigner(), rsaSHA256, w.xml(), "Assertion"))
	found, err := w.provider.Certificates(t.Context())
	if err != nil || len(found) != 1 || found[0].Fingerprint != fingerprint(nextSigner().cert) || !found[0].NotAfter.Equal(nextSigner().cert.NotAfter) {
		t.Error(found, err)
	}
}

func TestACertificateThatHasEndedVerifiesNothing(t *testing.T) {
	ended := newSigner(idpSigner().key, "ended", noon.AddDate(-2, 0, 0), noon.Add(-time.Hour))
	w := newWorld(t)
	w.idp.sign = []signer{ended}
	w.open()
	w.begin()
	_, err := w.finish(signWith(t, ended, rsaSHA256, w.xml(), "Assertion"))
	if code, _ := federation.CodeOf(err); code != federation.Misconfigured || !strings.Contains(err.Error(), "has ended") {
		t.Error(err)
	}
	w.idp.sign = []signer{ended, nextSigner()}
	w.open()
	w.begin()
	w.takes(signWith(t, nextSigner(), rsaSHA256, w.xml(), "Assertion"))
}

func TestManyAtOnceFetchOnce(t *testing.T) {
	w, p, _ := fetching(t, &ledger{})
	w.begin()
	text := w.sign(w.xml(), "Assertion")
	w.now = noon.Add(time.Hour)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := w.provider.Begin(t.Context(), federation.Start{State: state}); err != nil {
				t.Error(err)
			}
			if _, err := w.finish(text); err == nil {
				t.Error("an assertion of an hour ago is taken")
			}
		})
	}
	all.Wait()
	if p.asked.Load() != 2 {
		t.Errorf("asked %d times", p.asked.Load())
	}
}
