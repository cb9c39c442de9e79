package saml

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/federation"
)

// unsolicited is a response that nobody asked for, signed.
func (w *world) unsolicited() string {
	outer := ` InResponseTo="` + w.request + `">`
	return w.bent(outer, ">", ` InResponseTo="`+w.request+`"/>`, "/>")
}

func TestSA30UnsolicitedResponsesAndTheirRelayState(t *testing.T) {
	list := func(relay string) bool { return relay == "home" }
	finish := func(w *world, relay, text string) (federation.Answer, error) {
		r := posted(text)
		r.Values.Set("RelayState", relay)
		return w.provider.FinishUnsolicited(t.Context(), r, list)
	}
	t.Run("off by default", func(t *testing.T) {
		w := newWorld(t)
		answer, err := finish(w, "home", w.sign(w.unsolicited(), "Assertion"))
		because(t, refused(t, answer, err), "do not allow")
	})
	w := newWorld(t, detail(DetailInit, "true"))
	t.Run("taken where it is on", func(t *testing.T) {
		answer, err := finish(w, "home", w.sign(w.unsolicited(), "Assertion"))
		if err != nil || answer.Subject != "ann-1" || answer.Assertion == "" {
			t.Error(answer.Subject, err)
		}
	})
	for _, relay := range []string{"", "https://evil.example.test/", "//evil.example.test", "javascript:alert(1)", "home\r\nSet-Cookie: x", "Home", "home ", strings.Repeat("h", 3000)} {
		t.Run("RelayState "+federation.Plain(relay, 20), func(t *testing.T) {
			answer, err := finish(w, relay, w.sign(w.unsolicited(), "Assertion"))
			because(t, refused(t, answer, err), "not on the list")
		})
	}
	t.Run("an odd RelayState is not even asked for", func(t *testing.T) {
		r := posted(w.sign(w.unsolicited(), "Assertion"))
		r.Values.Set("RelayState", "home\n")
		answer, err := w.provider.FinishUnsolicited(t.Context(), r, func(string) bool { return true })
		because(t, refused(t, answer, err), "not on the list")
	})
	t.Run("the answer to a request is not unsolicited", func(t *testing.T) {
		w.t = t
		answer, err := finish(w, "home", w.sign(w.xml(), "Assertion"))
		because(t, refused(t, answer, err), "answers a request")
		answer, err = finish(w, "home", w.sign(w.bent(` InResponseTo="`+w.request+`">`, ">"), "Assertion"))
		because(t, refused(t, answer, err), "confirmation")
		answer, err = finish(w, "home", w.sign(w.bent(` InResponseTo="`+w.request+`">`, ">", ` InResponseTo="`+w.request+`"/>`, ` InResponseTo=""/>`), "Assertion"))
		because(t, refused(t, answer, err), "confirmation")
	})
	t.Run("it finishes no pending trip", func(t *testing.T) {
		w.t = t
		because(t, w.refuses(w.sign(w.unsolicited(), "Assertion")), "another request")
	})
	t.Run("every other rule holds", func(t *testing.T) {
		w.t = t
		answer, err := finish(w, "home", w.unsolicited())
		refused(t, answer, err)
		answer, err = finish(w, "home", w.sign(changed(t, w.unsolicited(), audience, "urn:other"), "Assertion"))
		because(t, refused(t, answer, err), "another audience")
	})
	t.Run("its issuer is known before it is believed", func(t *testing.T) {
		if issuer, err := IssuerOf(posted(w.unsolicited())); err != nil || issuer != w.idp.entity {
			t.Error(issuer, err)
		}
		if issuer, err := IssuerOf(posted("<x/>")); err == nil || issuer != "" {
			t.Error(issuer, err)
		}
	})
}

func TestSA31InjectionIntoOurOwnRequests(t *testing.T) {
	t.Run("by the state", func(t *testing.T) {
		for _, post := range []string{"", "post"} {
			w := newWorld(t, detail(DetailBinding, post), detail(DetailSigning, "rsa-sha256"))
			evil := `x&SAMLRequest=evil&SigAlg=none"><script>`
			trip, err := w.provider.Begin(t.Context(), federation.Start{State: evil})
			if err != nil {
				t.Fatal(err)
			}
			values := trip.Fields
			if post == "" {
				u, err := url.Parse(trip.URL)
				if err != nil {
					t.Fatal(err)
				}
				values = u.Query()
			}
			for name, all := range values {
				if len(all) != 1 {
					t.Errorf("%s comes %d times", name, len(all))
				}
			}
			if values.Get("RelayState") != evil || strings.Contains(trip.URL, "<") {
				t.Errorf("%q", values)
			}
		}
	})
	t.Run("by a state that is too long or empty", func(t *testing.T) {
		w := newWorld(t)
		for _, state := range []string{"", strings.Repeat("s", 81)} {
			if _, err := w.provider.Begin(t.Context(), federation.Start{State: state}); err == nil {
				t.Errorf("%d bytes of state", len(state))
			}
		}
	})
	t.Run("by the address in the metadata", func(t *testing.T) {
		for _, address := range []string{
			"javascript:alert(1)", "data:text/html,x", "http://idp.example.test/sso", "//idp.example.test/sso", "/sso", "",
			`https://idp.example.test/"&gt;&lt;script&gt;`, "https://idp.example.test/sso#x", "https://ann:pw@idp.example.test/sso",
			"https://idp.example.test/s so", "https:idp.example.test", "https://idp.example.test/&#10;x", "ftp://idp.example.test/",
			"https://idp.example.test/" + strings.Repeat("x", 2048),
		} {
			for _, place := range []string{`/sso"/>`, `/slo"/>`, `/slo" ResponseLocation`, `/slo-done"/>`} {
				if place == `/slo-done"/>` && address == "" {
					continue // nothing said: the location itself
				}
				path, rest, _ := strings.Cut(place, `"`)
				text := changed(t, newIDP().metadata(), `"https://idp.example.test`+path+`"`+rest, `"`+address+`"`+rest)
				if _, err := parseMetadata([]byte(text), "", noon); err == nil {
					t.Errorf("%s: %q is taken", place, address)
				}
			}
		}
	})
	t.Run("parameters of the address stay apart from ours", func(t *testing.T) {
		w := newWorld(t)
		w.idp.host = "https://idp.example.test/x?tenant=1&amp;y="
		w.open(detail(DetailSigning, "rsa-sha256"))
		trip := w.begin()
		if !strings.HasPrefix(trip.URL, "https://idp.example.test/x?tenant=1&y=/sso&SAMLRequest=") {
			t.Error(trip.URL)
		}
		signedQuery(t, strings.TrimPrefix(trip.URL, "https://idp.example.test/x?tenant=1&y=/sso&"))
	})
}

func TestSA35Names(t *testing.T) {
	name := `<saml:NameID Format="` + formatPersistent + `">ann-1</saml:NameID>`
	format := ` Format="` + formatPersistent + `"`
	bend(t, "name", map[string][]string{
		"blank":                {"ann-1", ""},
		"white space":          {"ann-1", "  \n "},
		"no name":              {name, ""},
		"transient":            {formatPersistent, formatTransient},
		"e-mail address":       {formatPersistent, formatEmail},
		"no format":            {format, ""},
		"unspecified":          {formatPersistent, formatUnspecified},
		"for another service":  {format, format + ` SPNameQualifier="https://other.example.test"`},
		"of another namespace": {name, `<x:NameID xmlns:x="urn:x"` + format + `>ann-1</x:NameID>`},
	})
	bend(t, "several names", map[string][]string{"two names": {name, name + name}})
	bend(t, "subject", map[string][]string{
		"10 KB":                {"ann-1", strings.Repeat("a", 10<<10)},
		"256 bytes":            {"ann-1", strings.Repeat("a", 256)},
		"white space around":   {"ann-1", " ann-1 "},
		"a line break":         {"ann-1", "ann\n-1"},
		"a control character":  {"ann-1", "ann&#9;-1"},
		"a letter unseen":      {"ann-1", "ann\u200b-1"},
		"right to left and so": {"ann-1", "\u202eann-1"},
	})
	t.Run("255 bytes are let pass", func(t *testing.T) {
		w := newWorld(t)
		answer, err := w.finish(w.sign(w.bent("ann-1", strings.Repeat("a", 255)), "Assertion"))
		if err != nil || len(answer.Subject) != 255 {
			t.Error(err)
		}
	})
	t.Run("transient is no setting without an attribute", func(t *testing.T) {
		if err := Check(settings(newIDP(), detail(DetailFormat, "transient"))); err == nil {
			t.Error("taken")
		}
		if err := Check(settings(newIDP(), detail(DetailFormat, formatTransient), detail(DetailAttribute, "mail"))); err != nil {
			t.Error(err)
		}
	})
	t.Run("a format configured is the one taken", func(t *testing.T) {
		w := newWorld(t, detail(DetailFormat, "emailAddress"))
		w.takes(w.sign(w.bent(formatPersistent, formatEmail), "Assertion"))
		because(t, w.refuses(w.sign(w.xml(), "Assertion")), "another format")
	})
	t.Run("unspecified, said or not", func(t *testing.T) {
		w := newWorld(t, detail(DetailFormat, "unspecified"))
		w.takes(w.sign(w.bent(formatPersistent, formatUnspecified), "Assertion"))
		w.takes(w.sign(w.bent(format, ""), "Assertion"))
	})
}

func TestSA36HowAResponseArrives(t *testing.T) {
	w := newWorld(t)
	right := w.sign(w.xml(), "Assertion")
	for name, bend := range map[string]func(*federation.Return){
		"by GET":                  func(r *federation.Return) { r.Method = "GET" },
		"without a method":        func(r *federation.Return) { r.Method = "" },
		"twice":                   func(r *federation.Return) { r.Values.Add("SAMLResponse", r.Values.Get("SAMLResponse")) },
		"with an empty one":       func(r *federation.Return) { r.Values.Add("SAMLResponse", "") },
		"not at all":              func(r *federation.Return) { r.Values.Del("SAMLResponse") },
		"empty":                   func(r *federation.Return) { r.Values.Set("SAMLResponse", "") },
		"with an artifact":        func(r *federation.Return) { r.Values.Set("SAMLart", "AAQAA") },
		"with a request":          func(r *federation.Return) { r.Values.Set("SAMLRequest", "x") },
		"with two RelayStates":    func(r *federation.Return) { r.Values.Add("RelayState", state) },
		"in no base64":            func(r *federation.Return) { r.Values.Set("SAMLResponse", right) },
		"in base64 for addresses": func(r *federation.Return) { r.Values.Set("SAMLResponse", "_-_-") },
		"in base64 with rubbish":  func(r *federation.Return) { r.Values.Set("SAMLResponse", "!"+b64([]byte(right))) },
		"in base64 with spaces":   func(r *federation.Return) { r.Values.Set("SAMLResponse", " "+b64([]byte(right))) },
		"in base64 with more":     func(r *federation.Return) { r.Values.Set("SAMLResponse", b64([]byte(right))+"====") },
		"in base64 without an end": func(r *federation.Return) {
			r.Values.Set("SAMLResponse", strings.TrimRight(b64([]byte(right+" ")), "=")+"x")
		},
		"in base64 with loose bits": func(r *federation.Return) {
			padded := b64([]byte(right + " "))
			for len(padded)%4 != 0 || !strings.HasSuffix(padded, "=") {
				padded = b64([]byte(right + " \n"))
			}
			last := strings.TrimRight(padded, "=")
			r.Values.Set("SAMLResponse", last[:len(last)-1]+"b"+padded[len(last):])
		},
		"deflated": func(r *federation.Return) { r.Values.Set("SAMLResponse", deflated(t, right)) },
	} {
		t.Run(name, func(t *testing.T) {
			r := posted(right)
			bend(&r)
			answer, err := w.provider.Finish(t.Context(), w.pending, r)
			refused(t, answer, err)
		})
	}
	t.Run("in base64 with line breaks is let pass", func(t *testing.T) {
		r := posted(right)
		text := r.Values.Get("SAMLResponse")
		r.Values.Set("SAMLResponse", text[:76]+"\r\n"+text[76:])
		if _, err := w.provider.Finish(t.Context(), w.pending, r); err != nil {
			t.Error(err)
		}
	})
	if _, err := base64.StdEncoding.DecodeString(posted(right).Values.Get("SAMLResponse")); err != nil {
		t.Error(err)
	}
}
