package saml

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"poolhouse.dev/federation"
)

// update rewrites testdata/response from what the attack tests and the positive
// ones send: the corpus of FuzzResponse, each file named after its test.
var update = flag.Bool("update", false, "rewrite testdata/response")

const maxCorpusFile = 8 << 10

// kept are the refused messages whose form is the attack; the rest differ in a
// value from those that are taken.
var kept = regexp.MustCompile(`^TestSA(0|10|13|15|16|17|30)`)

var unfit = regexp.MustCompile(`[^a-zA-Z0-9]+`)

// record keeps the first message of a test, where it is small.
func record(t testing.TB, kind, text string) {
	if !*update || len(text) > maxCorpusFile || kind == "no" && !kept.MatchString(t.Name()) {
		return
	}
	path := filepath.Join("testdata", "response", kind+"-"+unfit.ReplaceAllString(strings.TrimPrefix(t.Name(), "Test"), "-")+".xml")
	if _, err := os.Stat(path); err == nil {
		return
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func corpus(t testing.TB, folder string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no corpus:", err)
	}
	all := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(path)] = string(text)
	}
	return all
}

// fuzzWorld is where every message of the corpus was made.
func fuzzWorld(t testing.TB) *world {
	t.Helper()
	w := newWorld(t, detail(DetailEncrypted, "true"), detail(DetailSignout, "true"), detail(DetailInit, "true"))
	w.trips = 0
	w.begin()
	return w
}

func TestTheCorpusIsWhatItIsCalled(t *testing.T) {
	w := fuzzWorld(t)
	taken := 0
	for name, text := range corpus(t, "response") {
		answer, err := w.finish(text)
		if strings.HasPrefix(name, "no-") && err == nil {
			t.Errorf("%s signs %q in", name, answer.Subject)
		}
		if err == nil {
			taken++
		}
	}
	if taken < 5 {
		t.Errorf("only %d messages of the corpus sign in", taken)
	}
}

func FuzzResponse(f *testing.F) {
	for _, text := range corpus(f, "response") {
		f.Add([]byte(text))
	}
	w := fuzzWorld(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := posted(string(raw))
		answer, err := w.provider.Finish(t.Context(), w.pending, r)
		sound(t, answer, err)
		r.Values.Set("RelayState", "home")
		answer, err = w.provider.FinishUnsolicited(t.Context(), r, func(string) bool { return true })
		sound(t, answer, err)
	})
}

// sound fails the test if anybody but ann was signed in, or something panicked.
func sound(t *testing.T, answer federation.Answer, err error) {
	t.Helper()
	if err == nil && answer.Subject != "ann-1" && answer.Subject != strings.Repeat("a", len(answer.Subject)) {
		t.Errorf("signed in as %q", answer.Subject)
	}
	if err != nil && strings.Contains(err.Error(), "panic") {
		t.Error(err)
	}
}

// FuzzReader holds that our reader is never kinder than encoding/xml's, and reads
// the same where both do.
func FuzzReader(f *testing.F) {
	for _, folder := range []string{"response", "metadata"} {
		for _, text := range corpus(f, folder) {
			f.Add([]byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		root, err := parse(raw, message)
		if err != nil {
			return
		}
		if theirs := readAgain(t, raw); theirs != outline(root) {
			t.Errorf("read as\n%s\nand as\n%s", outline(root), theirs)
		}
	})
}

func FuzzMetadata(f *testing.F) {
	for _, text := range corpus(f, "metadata") {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := parseMetadata(raw, "", noon)
		if err != nil {
			return
		}
		if m.entity == "" || len(m.certificates) == 0 || len(m.certificates) > maxCertificates || len(m.sso) == 0 {
			t.Errorf("%+v", m)
		}
		for _, e := range append(m.sso, m.slo...) {
			if !safeURL(e.location) || !safeURL(e.response) {
				t.Errorf("%+v", e)
			}
		}
	})
}

func FuzzRelayState(f *testing.F) {
	for _, text := range corpus(f, "relaystate") {
		f.Add(text)
	}
	w := fuzzWorld(f)
	right := posted(w.sign(w.unsolicited(), "Assertion"))
	f.Fuzz(func(t *testing.T, relay string) {
		if trip, err := w.provider.Begin(t.Context(), federation.Start{State: relay}); err == nil {
			query, ok := strings.CutPrefix(trip.URL, "https://idp.example.test/sso?SAMLRequest=")
			if !ok || strings.ContainsAny(trip.URL, " <>\"'\r\n") {
				t.Error(trip.URL)
			}
			sent(t, "SAMLRequest="+query, "SAMLRequest", relay)
		}
		r := federation.Return{Method: "POST", Values: map[string][]string{"SAMLResponse": right.Values["SAMLResponse"], "RelayState": {relay}}}
		_, err := w.provider.FinishUnsolicited(t.Context(), r, func(s string) bool { return s == "home" })
		if (err == nil) != (relay == "home") {
			t.Errorf("%q: %v", relay, err)
		}
	})
}

func FuzzLogoutRequest(f *testing.F) {
	for _, text := range corpus(f, "logout") {
		f.Add(text, strings.HasPrefix(text, "<"))
	}
	w := fuzzWorld(f)
	f.Fuzz(func(t *testing.T, text string, post bool) {
		in := Message{Query: text}
		if post {
			in = byPost("SAMLRequest", text, "")
		}
		asked, err := w.provider.TakeLogout(t.Context(), in)
		if err == nil && asked.Login.NameID != "ann-1" {
			t.Errorf("%q is signed out", asked.Login.NameID)
		}
		sound(t, federation.Answer{Subject: "ann-1"}, err)
	})
}

// What SimpleSAMLphp and samlidp publish, as recorded, and the shapes that Entra
// ID, Okta, Google Workspace, Keycloak and Shibboleth document.
func TestTheMetadataOfKnownProductsIsTaken(t *testing.T) {
	taken := 0
	for name, text := range corpus(t, "metadata") {
		if !strings.HasPrefix(name, "recorded-") && !strings.HasPrefix(name, "shape-") {
			continue
		}
		m, err := parseMetadata([]byte(text), "", noon)
		if err != nil || len(m.certificates) != 1 || len(m.sso) == 0 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m.wantSigned != (name == "shape-keycloak.xml") {
			t.Errorf("%s: signed requests are wanted: %v", name, m.wantSigned)
		}
		taken++
	}
	if taken != 7 {
		t.Errorf("%d are taken", taken)
	}
}
