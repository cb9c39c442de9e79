package saml

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/federation"
)

const logoutAddress = base + "/saml2/logout"

func deflated(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(text))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b64(out.Bytes())
}

// redirected is a message by the redirect binding, signed unless s is nil.
func redirected(t testing.TB, s *signer, field, text, relay string) Message {
	t.Helper()
	query := field + "=" + url.QueryEscape(deflated(t, text))
	if relay != "" {
		query += "&RelayState=" + url.QueryEscape(relay)
	}
	if s == nil {
		return Message{Query: query}
	}
	return Message{Query: signQuery(t, *s, query, rsaSHA256)}
}

func signQuery(t testing.TB, s signer, query, algorithm string) string {
	t.Helper()
	query += "&SigAlg=" + url.QueryEscape(algorithm)
	sum := sha256.Sum256([]byte(query))
	signature, err := s.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return query + "&Signature=" + url.QueryEscape(b64(signature))
}

// signedQuery fails the test unless our own signature is over exactly this.
func signedQuery(t testing.TB, query string) {
	t.Helper()
	signed, signature, ok := strings.Cut(query, "&Signature=")
	if !ok {
		t.Fatalf("not signed: %s", query)
	}
	text, err := url.QueryUnescape(signature)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(signed))
	if err := rsa.VerifyPKCS1v15(ownCertificate(t), crypto.SHA256, sum[:], raw); err != nil {
		t.Error(err)
	}
}

// logoutXML is a right logout request of the identity provider.
func (w *world) logoutXML() string {
	return `<samlp:LogoutRequest xmlns:samlp="` + protocolNS + `" xmlns:saml="` + assertionNS + `" ID="_logout" Version="2.0" IssueInstant="` + at(noon) +
		`" Destination="` + logoutAddress + `" NotOnOrAfter="` + at(noon.Add(time.Minute)) + `"><saml:Issuer>` + w.idp.entity + `</saml:Issuer>` +
		`<saml:NameID Format="` + formatPersistent + `">ann-1</saml:NameID><samlp:SessionIndex>session-1</samlp:SessionIndex><samlp:SessionIndex>session-2</samlp:SessionIndex></samlp:LogoutRequest>`
}

func (w *world) doneXML(id string) string {
	return `<samlp:LogoutResponse xmlns:samlp="` + protocolNS + `" xmlns:saml="` + assertionNS + `" ID="_done" Version="2.0" IssueInstant="` + at(noon) +
		`" Destination="` + logoutAddress + `" InResponseTo="` + id + `"><saml:Issuer>` + w.idp.entity + `</saml:Issuer>` +
		`<samlp:Status><samlp:StatusCode Value="` + success + `"/></samlp:Status></samlp:LogoutResponse>`
}

func byPost(field, text, relay string) Message {
	return Message{Form: federation.Return{Method: "POST", Values: url.Values{field: {b64([]byte(text))}, "RelayState": {relay}}}}
}

func signingOut(t testing.TB) *world { return newWorld(t, detail(DetailSignout, "true")) }

func (w *world) ends(in Message) LogoutAsked {
	w.t.Helper()
	asked, err := w.provider.TakeLogout(w.t.(interface{ Context() ctx }).Context(), in)
	if err != nil {
		w.t.Fatal(err)
	}
	if asked.Login.NameID != "ann-1" || asked.Login.Format != formatPersistent || strings.Join(asked.Sessions, " ") != "session-1 session-2" || asked.ID != "_logout" || asked.Assertion == "" {
		w.t.Errorf("%+v", asked)
	}
	return asked
}

func (w *world) keeps(in Message) *federation.Error {
	w.t.Helper()
	asked, err := w.provider.TakeLogout(w.t.(interface{ Context() ctx }).Context(), in)
	if asked.Login.NameID != "" {
		w.t.Errorf("%+v", asked)
	}
	return refused(w.t, federation.Answer{}, err)
}

func TestTheIdentityProviderEndsSessions(t *testing.T) {
	w := signingOut(t)
	s := idpSigner()
	asked := w.ends(redirected(t, &s, "SAMLRequest", w.logoutXML(), "their state"))
	if asked.RelayState != "their state" || !asked.Until.After(noon.Add(maxAge+federation.Skew)) {
		t.Errorf("%+v", asked)
	}
	w.ends(byPost("SAMLRequest", w.sign(w.logoutXML(), "LogoutRequest"), ""))
	if issuer, request, err := LogoutIssuerOf(redirected(t, nil, "SAMLRequest", w.logoutXML(), "")); issuer != "" || err == nil {
		t.Error("an unsigned query has an issuer:", issuer, request)
	}
	if issuer, request, err := LogoutIssuerOf(redirected(t, &s, "SAMLRequest", w.logoutXML(), "")); issuer != w.idp.entity || !request || err != nil {
		t.Error(issuer, request, err)
	}
	if issuer, request, err := LogoutIssuerOf(byPost("SAMLResponse", w.doneXML("x"), "")); issuer != w.idp.entity || request || err != nil {
		t.Error(issuer, request, err)
	}
}

func TestALogoutRequestIsAnswered(t *testing.T) {
	for _, post := range []string{"", "post"} {
		w := newWorld(t, detail(DetailSignout, "true"), detail(DetailBinding, post))
		for done, want := range map[bool]string{true: success, false: "urn:oasis:names:tc:SAML:2.0:status:Responder"} {
			trip, err := w.provider.AnswerLogout(t.Context(), LogoutAsked{ID: "_logout", RelayState: "their state"}, done)
			if err != nil {
				t.Fatal(err)
			}
			var text string
			if post == "" {
				query := strings.TrimPrefix(trip.URL, "https://idp.example.test/slo?")
				signedQuery(t, query)
				text = sent(t, query, "SAMLResponse", "their state")
			} else {
				if trip.Post != "https://idp.example.test/slo-done" || trip.Fields.Get("RelayState") != "their state" {
					t.Errorf("%+v", trip)
				}
				text = postedBack(t, trip.Fields.Get("SAMLResponse"))
				ownSignature(t, text)
			}
			root := reread(t, text)
			if !root.is(protocolNS, "LogoutResponse") || root.value("InResponseTo") != "_logout" || root.path(protocolNS, "Status", "StatusCode").value("Value") != want {
				t.Error(text)
			}
		}
	}
}

func TestSigningOutHereSignsOutThere(t *testing.T) {
	login := Login{NameID: "ann-1", Format: formatPersistent, NameQualifier: "nq", SPNameQualifier: audience, Session: "session-1"}
	for _, post := range []string{"", "post"} {
		w := newWorld(t, detail(DetailSignout, "true"), detail(DetailBinding, post))
		trip, ok, err := w.provider.BeginLogout(t.Context(), state, login)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		text := ""
		if post == "" {
			query := strings.TrimPrefix(trip.URL, "https://idp.example.test/slo?")
			signedQuery(t, query)
			text = sent(t, query, "SAMLRequest", state)
		} else {
			text = postedBack(t, trip.Fields.Get("SAMLRequest"))
			ownSignature(t, text)
		}
		root := reread(t, text)
		name := root.only(assertionNS, "NameID")
		if name == nil || name.text != "ann-1" || name.value("Format") != formatPersistent || name.value("NameQualifier") != "nq" || root.only(protocolNS, "SessionIndex").text != "session-1" {
			t.Error(text)
		}
		s := idpSigner()
		partial, err := w.provider.FinishLogout(t.Context(), trip.Pending, redirected(t, &s, "SAMLResponse", w.doneXML(root.value("ID")), state))
		if err != nil || partial {
			t.Error(partial, err)
		}
		some := changed(t, w.doneXML(root.value("ID")), `"`+success+`"/>`, `"`+success+`"><samlp:StatusCode Value="`+partialLogout+`"/></samlp:StatusCode>`)
		if partial, err = w.provider.FinishLogout(t.Context(), trip.Pending, byPost("SAMLResponse", w.sign(some, "LogoutResponse"), state)); err != nil || !partial {
			t.Error(partial, err)
		}
		for name, in := range map[string]Message{
			"unsigned":      redirected(t, nil, "SAMLResponse", w.doneXML(root.value("ID")), state),
			"another state": redirected(t, &s, "SAMLResponse", w.doneXML(root.value("ID")), "other"),
			"another's":     redirected(t, &s, "SAMLResponse", w.doneXML("id-0"), state),
			"a request":     redirected(t, &s, "SAMLRequest", w.logoutXML(), state),
		} {
			if _, err := w.provider.FinishLogout(t.Context(), trip.Pending, in); err == nil {
				t.Errorf("%s: taken", name)
			}
		}
		signing := strings.Replace(string(trip.Pending), signOut, signIn, 1)
		if _, err := w.provider.FinishLogout(t.Context(), []byte(signing), redirected(t, &s, "SAMLResponse", w.doneXML(root.value("ID")), state)); err == nil {
			t.Error("a logout finishes the trip of a sign-in")
		}
		refusal := changed(t, w.doneXML(root.value("ID")), success, "urn:oasis:names:tc:SAML:2.0:status:Responder")
		_, err = w.provider.FinishLogout(t.Context(), trip.Pending, redirected(t, &s, "SAMLResponse", refusal, state))
		if code, _ := federation.CodeOf(err); code != federation.Refused {
			t.Error(err)
		}
	}
	off := newWorld(t)
	if _, ok, err := off.provider.BeginLogout(t.Context(), state, login); ok || err != nil {
		t.Error("logout where it is off:", ok, err)
	}
	on := signingOut(t)
	if _, ok, err := on.provider.BeginLogout(t.Context(), state, Login{}); ok || err != nil {
		t.Error("logout of nobody:", ok, err)
	}
}

func TestSA33ADeflateBomb(t *testing.T) {
	w := signingOut(t)
	s := idpSigner()
	bomb := changed(t, w.logoutXML(), "<saml:NameID", strings.Repeat(" ", 300<<10)+"<saml:NameID")
	because(t, w.keeps(redirected(t, &s, "SAMLRequest", bomb, "")), errDeflate.Error())
	because(t, w.keeps(redirected(t, nil, "SAMLRequest", strings.Repeat("\x00", 64<<20), "")), errDeflate.Error())
	because(t, w.keeps(Message{Query: "SAMLRequest=" + url.QueryEscape(b64([]byte("not deflated")))}), errDeflate.Error())
	because(t, w.keeps(byPost("SAMLRequest", bomb, "")), "more than")
	because(t, w.keeps(Message{Query: "SAMLRequest=" + strings.Repeat("A", 1<<20)}), errField.Error())
}

func TestSA33ABombIsCutNotUnpacked(t *testing.T) {
	bomb := deflated(t, strings.Repeat("\x00", 64<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := inflate(bomb); err != errDeflate {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("%d MiB were unpacked", used>>20)
	}
}

func TestSA34UnsignedOrForeignLogoutRequests(t *testing.T) {
	w := signingOut(t)
	s, other, curve := idpSigner(), otherSigner(), curveSigner()
	right := redirected(t, &s, "SAMLRequest", w.logoutXML(), "r")
	for name, in := range map[string]Message{
		"unsigned by redirect":          redirected(t, nil, "SAMLRequest", w.logoutXML(), ""),
		"unsigned by post":              byPost("SAMLRequest", w.logoutXML(), ""),
		"by another key":                redirected(t, &other, "SAMLRequest", w.logoutXML(), ""),
		"by another kind of key":        {Query: signQuery(t, curve, strings.Split(right.Query, "&SigAlg")[0], "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256")},
		"by another key, posted":        byPost("SAMLRequest", signWith(t, other, rsaSHA256, w.logoutXML(), "LogoutRequest"), ""),
		"the signature stripped":        {Query: strings.Split(right.Query, "&Signature=")[0]},
		"the signature empty":           {Query: strings.Split(right.Query, "&Signature=")[0] + "&Signature="},
		"both stripped":                 {Query: strings.Split(right.Query, "&SigAlg=")[0]},
		"another RelayState":            {Query: strings.Replace(right.Query, "RelayState=r", "RelayState=s", 1)},
		"RelayState stripped":           {Query: strings.Replace(right.Query, "&RelayState=r", "", 1)},
		"another algorithm":             {Query: strings.Replace(right.Query, "rsa-sha256", "rsa-sha512", 1)},
		"SHA-1":                         {Query: signQuery(t, s, strings.Split(right.Query, "&SigAlg")[0], "http://www.w3.org/2000/09/xmldsig#rsa-sha1")},
		"no algorithm":                  {Query: signQuery(t, s, strings.Split(right.Query, "&SigAlg")[0], "")},
		"two requests":                  {Query: "SAMLRequest=" + url.QueryEscape(deflated(t, changed(t, w.logoutXML(), "ann-1", "root"))) + "&" + right.Query},
		"two RelayStates":               {Query: right.Query + "&RelayState=t"},
		"a request under another name":  {Query: "%53AMLRequest=x&" + right.Query},
		"a request and a response":      {Query: "SAMLResponse=x&" + right.Query},
		"another encoding":              {Query: right.Query + "&SAMLEncoding=urn:x"},
		"signed within, by redirect":    redirected(t, nil, "SAMLRequest", w.sign(w.logoutXML(), "LogoutRequest"), ""),
		"signed within and by query":    redirected(t, &s, "SAMLRequest", w.sign(w.logoutXML(), "LogoutRequest"), ""),
		"a query and a form":            {Query: right.Query[:10], Form: byPost("SAMLRequest", w.sign(w.logoutXML(), "LogoutRequest"), "").Form},
		"two by post":                   {Form: federation.Return{Method: "POST", Values: url.Values{"SAMLRequest": {"x", "y"}}}},
		"tampered by post":              byPost("SAMLRequest", changed(t, w.sign(w.logoutXML(), "LogoutRequest"), "ann-1", "root"), ""),
		"a response":                    redirected(t, &s, "SAMLRequest", w.doneXML("x"), ""),
		"a logout of an authentication": byPost("SAMLRequest", w.sign(w.xml(), "Response"), ""),
		"another issuer":                redirected(t, &s, "SAMLRequest", changed(t, w.logoutXML(), w.idp.entity, "https://evil.example.test"), ""),
		"of version 1.1":                redirected(t, &s, "SAMLRequest", changed(t, w.logoutXML(), `Version="2.0"`, `Version="1.1"`), ""),
		"without an ID":                 redirected(t, &s, "SAMLRequest", changed(t, w.logoutXML(), ` ID="_logout"`, ""), ""),
		"another destination":           redirected(t, &s, "SAMLRequest", changed(t, w.logoutXML(), logoutAddress, consumer), ""),
		"no destination":                redirected(t, &s, "SAMLRequest", changed(t, w.logoutXML(), ` Destination="`+logoutAddress+`"`, ""), ""),
		"stale":                         redirected(t, &s, "SAMLRequest", changed(t, w.logoutXML(), at(noon), at(noon.Add(-time.Hour))), ""),
		"of tomorrow":                   redirected(t, &s, "SAMLRequest", changed(t, w.logoutXML(), at(noon), at(noon.AddDate(0, 0, 1))), ""),
		"expired":                       redirected(t, &s, "SAMLRequest", changed(t, w.logoutXML(), `NotOnOrAfter="`+at(noon.Add(time.Minute)), `NotOnOrAfter="`+at(noon.Add(-time.Minute))), ""),
		"of nobody":                     redirected(t, &s, "SAMLRequest", changed(t, w.logoutXML(), "ann-1", " "), ""),
		"with a document type":          redirected(t, &s, "SAMLRequest", "<!DOCTYPE x>"+w.logoutXML(), ""),
		"wrapped":                       byPost("SAMLRequest", wrappedLogout(t, w), ""),
		"another kind of request":       redirected(t, &s, "SAMLRequest", strings.ReplaceAll(w.logoutXML(), "LogoutRequest", "ManageNameIDRequest"), ""),
		"two right ones by post":        twice(byPost("SAMLRequest", w.sign(w.logoutXML(), "LogoutRequest"), "")),
		"a parameter written otherwise": {Query: strings.Replace(right.Query, "RelayState", "%52elayState", 1)},
		"a RelayState without end":      redirected(t, &s, "SAMLRequest", w.logoutXML(), strings.Repeat("r", 3000)),
		"nothing":                       {},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.keeps(in)
		})
	}
	because(t, w.keeps(byPost("SAMLRequest", w.logoutXML(), "")), errUnsigned.Error())
	because(t, w.keeps(redirected(t, nil, "SAMLRequest", w.logoutXML(), "")), errUnsigned.Error())
	t.Run("where it is off", func(t *testing.T) {
		off := newWorld(t)
		because(t, off.keeps(right), "do not allow")
	})
	t.Run("further parameters are let pass, and stay unsigned", func(t *testing.T) {
		w.t = t
		w.ends(Message{Query: "utm=1&" + right.Query + "&more=2"})
	})
	t.Run("octets as they were sent", func(t *testing.T) {
		// Another percent-encoding of the same text is another text to sign.
		lower := strings.ReplaceAll(strings.Split(right.Query, "&Signature=")[0], "%2B", "%2b")
		lower = strings.ReplaceAll(strings.Split(lower, "&SigAlg=")[0], "%3D", "%3d")
		w.t = t
		w.ends(Message{Query: signQuery(t, s, lower, rsaSHA256)})
	})
}

func twice(in Message) Message {
	in.Form.Values["SAMLRequest"] = append(in.Form.Values["SAMLRequest"], in.Form.Values["SAMLRequest"]...)
	return in
}

func TestASignatureOverOctetsHoldsForTheLifeOfAStrongKey(t *testing.T) {
	weak := rsaSigner(1024, "weak")
	young := newSigner(idpSigner().key, "young", noon.Add(time.Hour), noon.AddDate(1, 0, 0))
	old := newSigner(idpSigner().key, "old", noon.AddDate(-1, 0, 0), noon.Add(-time.Hour))
	for name, row := range map[string]struct {
		s    signer
		good bool
	}{"right": {idpSigner(), true}, "curve": {curveSigner(), true}, "weak": {weak, false}, "young": {young, false}, "old": {old, false}} {
		algorithm := rsaSHA256
		if name == "curve" {
			algorithm = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
		}
		q, err := readQuery(signQuery(t, row.s, "SAMLRequest=x", algorithm), "SAMLRequest")
		if err != nil {
			t.Fatal(err)
		}
		signed, err := q.octets("SAMLRequest")
		if err != nil || signed.by(certificates(row.s), noon) != row.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// wrappedLogout is a logout of root around the signed one of ann.
func wrappedLogout(t *testing.T, w *world) string {
	d := document(t, w.sign(w.logoutXML(), "LogoutRequest"))
	bad := evil(d.Root(), "_evil")
	signature := only(d.Root(), "Signature").Copy()
	signature.AddChild(bare(d.Root()))
	bad.InsertChildAt(1, signature)
	d.SetRoot(bad)
	return written(t, d)
}
