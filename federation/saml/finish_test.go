package saml

import (
	"slices"
	"strings"
	"testing"
	"time"

	dsig "github.com/russellhaering/goxmldsig"

	"poolhouse.dev/federation"
)

func TestASignedAssertionSignsIn(t *testing.T) {
	w := newWorld(t)
	answer := w.takes(w.sign(w.xml(), "Assertion"))
	mail, _ := answer.Claims["mail"].([]string)
	groups, _ := answer.Claims["groups"].([]string)
	if !slices.Equal(mail, []string{"ann@example.test"}) || !slices.Equal(groups, []string{"staff", "admins"}) {
		t.Errorf("claims: %v", answer.Claims)
	}
	if answer.Issuer != w.idp.entity || answer.Session != "session-1" || answer.EmailVerified || answer.Assertion == "" {
		t.Errorf("%+v", answer)
	}
	if !answer.Until.Equal(noon.Add(5*time.Minute + 2*federation.Skew)) {
		t.Errorf("can come again until %v", answer.Until)
	}
}

func TestASignedResponseSignsIn(t *testing.T) {
	w := newWorld(t)
	w.takes(w.sign(w.xml(), "Response"))
}

func TestASignedResponseWithASignedAssertionSignsIn(t *testing.T) {
	w := newWorld(t)
	w.takes(w.sign(w.xml(), "Assertion", "Response"))
}

func TestBothSignaturesMustHold(t *testing.T) {
	w := newWorld(t)
	foreign := signWith(t, otherSigner(), rsaSHA256, w.xml(), "Assertion")
	w.refuses(w.sign(foreign, "Response"))
	w.refuses(signWith(t, otherSigner(), rsaSHA256, w.sign(w.xml(), "Assertion"), "Response"))
}

func TestEveryAllowedAlgorithmVerifies(t *testing.T) {
	for _, method := range []string{dsig.RSASHA256SignatureMethod, dsig.RSASHA384SignatureMethod, dsig.RSASHA512SignatureMethod} {
		w := newWorld(t)
		w.takes(signWith(t, idpSigner(), method, w.xml(), "Assertion"))
	}
	w := newWorld(t)
	w.idp.sign = []signer{curveSigner()}
	w.open()
	w.begin()
	w.takes(signWith(t, curveSigner(), dsig.ECDSASHA256SignatureMethod, w.xml(), "Assertion"))
}

func TestAnECDSASignatureOfRAndSSideBySideVerifies(t *testing.T) {
	w := newWorld(t)
	w.idp.sign = []signer{curveSigner()}
	w.open()
	w.begin()
	d := document(t, signWith(t, curveSigner(), dsig.ECDSASHA256SignatureMethod, w.xml(), "Assertion"))
	value := d.FindElement("//SignatureValue")
	value.SetText(sideBySide(t, value.Text()))
	w.takes(written(t, d))
}

func TestAWrappedSignatureValueVerifies(t *testing.T) {
	w := newWorld(t)
	d := document(t, w.sign(w.xml(), "Assertion"))
	value := d.FindElement("//SignatureValue")
	value.SetText("\n\t  " + value.Text()[:60] + "\n\t  " + value.Text()[60:] + "\n")
	w.takes(written(t, d))
}

func TestKeysRollOver(t *testing.T) {
	w := newWorld(t)
	w.idp.sign = []signer{idpSigner(), nextSigner()}
	w.open()
	for _, s := range w.idp.sign {
		w.begin()
		text := signWith(t, s, rsaSHA256, w.xml(), "Assertion")
		w.takes(text)
		// Without KeyInfo nothing says which of the two signed.
		d := document(t, text)
		signature := d.FindElement("//Signature")
		signature.RemoveChild(signature.FindElement("./KeyInfo"))
		w.takes(written(t, d))
	}
}

func TestAnAttributeIsTheSubjectWhereConfigured(t *testing.T) {
	w := newWorld(t, detail(DetailAttribute, "mail"))
	xml := changed(t, w.xml(), formatPersistent, formatTransient)
	answer, err := w.finish(w.sign(xml, "Assertion"))
	if err != nil || answer.Subject != "ann@example.test" {
		t.Error(answer.Subject, err)
	}
	w.refuses(w.sign(changed(t, xml, `Name="mail"`, `Name="other"`), "Assertion"))
	w.refuses(w.sign(changed(t, xml, `<saml:AttributeValue xsi:type="xs:string">`, `<saml:AttributeValue>b</saml:AttributeValue><saml:AttributeValue>`), "Assertion"))
}

func TestAnAddressIsVerifiedOnlyByTheWordTrue(t *testing.T) {
	for value, want := range map[string]bool{"true": true, "True": false, "1": false, "false": false, "true</saml:AttributeValue><saml:AttributeValue>true": false} {
		w := newWorld(t)
		xml := changed(t, w.xml(), `<saml:Attribute Name="mail">`, `<saml:Attribute Name="email_verified"><saml:AttributeValue>`+value+`</saml:AttributeValue></saml:Attribute><saml:Attribute Name="mail">`)
		if answer := w.takes(w.sign(xml, "Assertion")); answer.EmailVerified != want {
			t.Errorf("%q: %v", value, answer.EmailVerified)
		}
	}
}

func TestTheOperatorsWordOnAddressesGoesFirst(t *testing.T) {
	for trust, want := range map[string]bool{"true": true, "false": false} {
		w := newWorld(t, detail(DetailTrust, trust))
		if answer := w.takes(w.sign(w.xml(), "Assertion")); answer.EmailVerified != want {
			t.Errorf("trust_email %s: %v", trust, answer.EmailVerified)
		}
	}
}

func TestAnAttributeNamedNameIDIsNotTheName(t *testing.T) {
	w := newWorld(t)
	xml := changed(t, changed(t, w.xml(), `Name="mail"`, `Name="NameID"`), `Name="groups"`, `Name="NameQualifier"`)
	answer := w.takes(w.sign(xml, "Assertion"))
	if login, ok := LoginOf(answer); !ok || login.NameID != "ann-1" || answer.Claims["NameQualifier"] != nil || login.Format != formatPersistent || login.Session != "session-1" {
		t.Errorf("%+v", login)
	}
}

func TestTheIdentityProvidersRefusalIsNamed(t *testing.T) {
	for second, code := range map[string]federation.Code{
		requestDenied: federation.Denied,
		"urn:oasis:names:tc:SAML:2.0:status:AuthnFailed": federation.Refused,
	} {
		w := newWorld(t)
		xml := changed(t, w.xml(), `<samlp:StatusCode Value="`+success+`"/>`,
			`<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="`+second+`"/></samlp:StatusCode><samlp:StatusMessage>Not&#10;today</samlp:StatusMessage>`)
		xml = changed(t, xml, w.assertion(), "")
		_, err := w.finish(xml)
		failure, ok := err.(*federation.Error)
		if !ok || failure.Code != code || failure.Reason != second || failure.Detail != "Not today" {
			t.Errorf("%s: %v", second, err)
		}
	}
}

func TestARefusalShowsTheAdministratorWhatWasSaid(t *testing.T) {
	w := newWorld(t)
	failure := w.refuses(w.sign(changed(t, w.xml(), audience, "urn:other"), "Assertion"))
	because(t, failure, "another audience")
	if failure.Claims["NameID"] != "ann-1" || failure.Claims["mail"] != "ann@example.test" {
		t.Errorf("%v", failure.Claims)
	}
}

func TestAForcedSignInMustBeNew(t *testing.T) {
	for name, w := range map[string]*world{"by the settings": newWorld(t, detail(DetailForce, "true")), "by the trip": newWorld(t)} {
		trip, err := w.provider.Begin(t.Context(), federation.Start{State: state, Fresh: true})
		if err != nil {
			t.Fatal(err)
		}
		if name == "by the trip" {
			request := reread(t, sent(t, strings.TrimPrefix(trip.URL, "https://idp.example.test/sso?"), "SAMLRequest", state))
			w.request, w.pending = request.value("ID"), trip.Pending
		}
		w.takes(w.sign(w.xml(), "Assertion"))
		old := changed(t, w.xml(), `AuthnInstant="`+at(noon.Add(-time.Second)), `AuthnInstant="`+at(noon.Add(-2*time.Minute)))
		answer, err := w.finish(w.sign(old, "Assertion"))
		if code, _ := federation.CodeOf(err); code != federation.Stale || answer.Subject != "" {
			t.Errorf("%s: a session of before is %v", name, err)
		}
	}
	// Where it was not asked for, an older one is what single sign-on is.
	relaxed := newWorld(t)
	relaxed.takes(relaxed.sign(changed(t, relaxed.xml(), `AuthnInstant="`+at(noon.Add(-time.Second)), `AuthnInstant="`+at(noon.Add(-2*time.Hour))), "Assertion"))
}

func TestAPanicIsOneNeutralError(t *testing.T) {
	w := newWorld(t)
	_, err := guarded(w.provider, func() (federation.Answer, error) {
		var none *node
		return federation.Answer{Subject: none.text}, nil
	})
	if code, ok := federation.CodeOf(err); !ok || code != federation.Invalid || !strings.Contains(err.Error(), "cannot be read") {
		t.Error(err)
	}
}
