package saml

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity/fetch"
)

func TestAKeyThatIsNotKnownIsLookedForInTheMetadataOnceAMinute(t *testing.T) {
	w, p, _ := fetching(t, nil)
	w.begin()
	w.takes(signWith(t, idpSigner(), rsaSHA256, w.xml(), "Assertion"))
	for range 5 {
		w.refuses(signWith(t, otherSigner(), rsaSHA256, w.xml(), "Assertion"))
	}
	if p.asked.Load() != 2 {
		t.Errorf("%d fetches for five responses that somebody else signed", p.asked.Load())
	}
	w.now = noon.Add(time.Minute)
	w.idp.sign = []signer{nextSigner()}
	p.text.Store(w.idp.metadata())
	w.begin()
	w.takes(signWith(t, nextSigner(), rsaSHA256, w.xml(), "Assertion"))
	w.refuses(signWith(t, idpSigner(), rsaSHA256, w.xml(), "Assertion"))
}

func TestAKeyThatIsNotKnownIsLookedForWithinEncryptionToo(t *testing.T) {
	w, p, _ := fetching(t, nil)
	w.open(detail(DetailMetadataFile, ""), detail(DetailMetadataURL, p.URL+"/metadata"), detail(DetailEncrypted, "true"))
	w.begin()
	w.idp.sign = []signer{nextSigner()}
	p.text.Store(w.idp.metadata())
	w.takes(w.sealed(envelope{}, "Assertion"))
}

func TestALogoutFetchesNothingForAnotherIssuerAndNewKeysForItsOwn(t *testing.T) {
	w, p, _ := fetching(t, nil)
	w.open(detail(DetailMetadataFile, ""), detail(DetailMetadataURL, p.URL+"/metadata"), detail(DetailSignout, "true"))
	w.begin()
	other := strings.ReplaceAll(w.logoutXML(), w.idp.entity, "https://other.example.test")
	because(t, w.keeps(byPost("SAMLRequest", signWith(t, otherSigner(), rsaSHA256, other, "LogoutRequest"), "")), "another issuer")
	if p.asked.Load() != 1 {
		t.Errorf("asked %d times for another's request", p.asked.Load())
	}
	w.idp.sign = []signer{nextSigner()}
	p.text.Store(w.idp.metadata())
	w.ends(byPost("SAMLRequest", w.sign(w.logoutXML(), "LogoutRequest"), ""))
}

// Whoever starts while the metadata cannot be had asks for it again soon.
func TestKeptMetadataIsAskedForAgainAMinuteLater(t *testing.T) {
	memory := &ledger{}
	w, p, _ := fetching(t, memory)
	w.begin()
	p.down.Store(true)
	w.fetch(p, memory, fetch.NewCache(0))
	for range 3 {
		w.begin()
	}
	if p.asked.Load() != 2 {
		t.Errorf("asked %d times at once", p.asked.Load())
	}
	if code, _ := federation.CodeOf(w.provider.Refresh(t.Context())); code != federation.Unreachable {
		t.Errorf("an administrator who refreshes is told %q", code)
	}
	p.down.Store(false)
	w.idp.host = "https://moved.example.test"
	p.text.Store(w.idp.metadata())
	w.now = noon.Add(time.Minute)
	if trip := w.begin(); !strings.HasPrefix(trip.URL, "https://moved.example.test/") {
		t.Errorf("led to %s, asked %d times", trip.URL, p.asked.Load())
	}
}

func TestTheEndOfTheLastCertificateIsWarnedOf(t *testing.T) {
	for name, row := range map[string]struct {
		until time.Duration
		warns bool
	}{"31 days ahead": {31 * 24 * time.Hour, false}, "29 days ahead": {29 * 24 * time.Hour, true}} {
		t.Run(name, func(t *testing.T) {
			ends := newSigner(idpSigner().key, "ends", noon.AddDate(-1, 0, 0), noon.Add(row.until))
			w := &world{t: t, idp: newIDP(), now: noon}
			w.idp.sign = []signer{newSigner(idpSigner().key, "ended", noon.AddDate(-1, 0, 0), noon.Add(time.Hour)), ends}
			p := publish(t, w.idp.metadata())
			var log bytes.Buffer
			s := settings(w.idp, detail(DetailMetadataFile, ""), detail(DetailMetadataURL, p.URL+"/metadata"))
			deps := federation.Deps{Now: func() time.Time { return w.now }, Client: loopbackOpen(), Log: slog.New(slog.NewTextHandler(&log, nil))}
			provider, err := Open(s, deps, Options{Key: poolKey()})
			if err != nil {
				t.Fatal(err)
			}
			if err := provider.Refresh(t.Context()); err != nil || strings.Contains(log.String(), "ends soon") != row.warns {
				t.Error(err, log.String())
			}
		})
	}
}
