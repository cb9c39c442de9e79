package saml

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"poolhouse.dev/federation"
)

func TestARequestByRedirect(t *testing.T) {
	w := newWorld(t)
	trip := w.begin()
	query, ok := strings.CutPrefix(trip.URL, "https://idp.example.test/sso?")
	if !ok || trip.Post != "" || strings.Contains(query, "Signature") {
		t.Fatal(trip.URL)
	}
	root := reread(t, sent(t, query, "SAMLRequest", state))
	for name, want := range map[string]string{
		"ID": w.own, "Version": "2.0", "IssueInstant": at(noon), "Destination": "https://idp.example.test/sso",
		"AssertionConsumerServiceURL": consumer, "ProtocolBinding": postBinding, "ForceAuthn": "",
	} {
		if got := root.value(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if root.only(assertionNS, "Issuer").text != audience || root.only(protocolNS, "NameIDPolicy").value("Format") != formatPersistent || root.only(protocolNS, "NameIDPolicy").value("AllowCreate") != "true" {
		t.Error("issuer or policy")
	}
	if again := w.begin(); again.URL == trip.URL {
		t.Error("two requests are one")
	}
}

func TestARequestIsSignedWhereTheSettingsOrTheirMetadataSaySo(t *testing.T) {
	w := newWorld(t, detail(DetailSigning, "rsa-sha256"))
	signedQuery(t, strings.TrimPrefix(w.begin().URL, "https://idp.example.test/sso?"))

	w.open(detail(DetailSigning, "rsa-sha256"), detail(DetailBinding, "post"))
	trip := w.begin()
	if trip.URL != "" || trip.Post != "https://idp.example.test/sso" || trip.Fields.Get("RelayState") != state {
		t.Errorf("%+v", trip)
	}
	text := postedBack(t, trip.Fields.Get("SAMLRequest"))
	ownSignature(t, text)
	if root := reread(t, text); root.children[1].name != "Signature" || root.value("ID") != w.own {
		t.Error(text)
	}

	wants := newIDP()
	xml := changed(t, wants.metadata(), "<md:IDPSSODescriptor ", `<md:IDPSSODescriptor WantAuthnRequestsSigned="true" `)
	w.open(detail(DetailMetadataFile, xml))
	signedQuery(t, strings.TrimPrefix(w.begin().URL, "https://idp.example.test/sso?"))
}

func TestThePolicyFollowsTheSettings(t *testing.T) {
	policy := func(options ...option) string {
		w := newWorld(t, options...)
		root := reread(t, sent(t, strings.TrimPrefix(w.begin().URL, "https://idp.example.test/sso?"), "SAMLRequest", state))
		n := root.only(protocolNS, "NameIDPolicy")
		if n == nil {
			return "none"
		}
		return n.value("Format")
	}
	if got := policy(detail(DetailFormat, "emailAddress")); got != formatEmail {
		t.Error(got)
	}
	if got := policy(detail(DetailFormat, "unspecified")); got != "none" {
		t.Error(got)
	}
	if got := policy(detail(DetailAttribute, "mail")); got != "none" {
		t.Error(got)
	}
	if got := policy(detail(DetailAttribute, "mail"), detail(DetailFormat, "transient")); got != formatTransient {
		t.Error(got)
	}
}

func TestANewSignInIsAskedForWhenWanted(t *testing.T) {
	for _, w := range []*world{newWorld(t), newWorld(t, detail(DetailForce, "true"))} {
		for _, start := range []federation.Start{{State: state}, {State: state, SelectAccount: true}, {State: state, Fresh: true}} {
			trip, err := w.provider.Begin(t.Context(), start)
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			if start.SelectAccount || start.Fresh || w.provider.config.force {
				want = "true"
			}
			root := reread(t, sent(t, strings.TrimPrefix(trip.URL, "https://idp.example.test/sso?"), "SAMLRequest", state))
			if got := root.value("ForceAuthn"); got != want {
				t.Errorf("%+v: %q", start, got)
			}
		}
	}
}

func TestSettingsAreCheckedByField(t *testing.T) {
	for _, row := range []struct{ key, value, field string }{
		{DetailMetadataFile, "", DetailMetadataURL},
		{DetailMetadataURL, "https://idp.example.test/", DetailMetadataURL},
		{DetailMetadataFile, "<x/>", DetailMetadataFile},
		{DetailMetadataFile, "@/etc/passwd", DetailMetadataFile},
		{DetailSignout, "yes", DetailSignout},
		{DetailInit, "1", DetailInit},
		{DetailEncrypted, "on", DetailEncrypted},
		{DetailForce, "x", DetailForce},
		{DetailSigning, "rsa-sha1", DetailSigning},
		{DetailBinding, "artifact", DetailBinding},
		{DetailFormat, "kerberos", DetailFormat},
		{DetailEntity, "https://other.example.test", DetailMetadataFile},
		{"client_id", "x", "client_id"},
	} {
		err := Check(settings(newIDP(), detail(row.key, row.value)))
		problems, ok := err.(federation.Problems)
		if !ok || len(problems) != 1 || problems[0].Field != row.field {
			t.Errorf("%s=%s: %v", row.key, row.value, err)
		}
	}
	for _, row := range [][2]string{
		{DetailSignout, "True"}, {DetailInit, "false"}, {DetailEncrypted, "TRUE"}, {DetailSigning, "rsa-sha256"}, {DetailFormat, formatEmail},
		{"SSORedirectBindingURI", "https://idp.example.test/sso"}, {"ActiveEncryptionCertificate", "x"},
	} {
		if err := Check(settings(newIDP(), detail(row[0], row[1]))); err != nil {
			t.Error(row, err)
		}
	}
}

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	right := settings(newIDP())
	for name, open := range map[string]func() (*Provider, error){
		"settings": func() (*Provider, error) {
			return Open(settings(newIDP(), detail(DetailInit, "x")), federation.Deps{}, Options{Key: poolKey()})
		},
		"no key": func() (*Provider, error) { return Open(right, federation.Deps{}, Options{}) },
		"half a key": func() (*Provider, error) {
			return Open(right, federation.Deps{}, Options{Key: Key{Private: poolKey().Private, Certificate: idpSigner().cert.Raw}})
		},
		"a plain callback": func() (*Provider, error) {
			plain := right
			plain.Callback = "http://login.example.test/saml2/idpresponse"
			return Open(plain, federation.Deps{}, Options{Key: poolKey()})
		},
	} {
		_, err := open()
		if code, _ := federation.CodeOf(err); code != federation.Misconfigured {
			t.Errorf("%s: %v", name, err)
		}
	}
	types := federation.Types{federation.SAML: Type(func(federation.Settings) (Options, error) { return Options{Key: poolKey()}, nil })}
	if _, err := types.Open(right, federation.Deps{}); err != nil {
		t.Error(err)
	}
}

func TestAKeyHidesItself(t *testing.T) {
	key, err := MakeKey(pool, noon)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(key), fmt.Sprintf("%v %+v %#v", key, key, key), fmt.Sprint(slog.Any("key", key).Value.Resolve())} {
		if strings.Trim(strings.ReplaceAll(text, hidden, ""), " ") != "" {
			t.Error(text)
		}
	}
	private, certificate, err := key.open()
	if err != nil || private.N.BitLen() != 3072 || certificate.Subject.CommonName != pool || certificate.NotAfter.Year() != 2036 {
		t.Error(certificate, err)
	}
}

func TestOwnMetadata(t *testing.T) {
	own := Own{Pool: pool, Base: base, Callback: consumer, Key: poolKey()}
	raw, err := Metadata(own)
	if err != nil {
		t.Fatal(err)
	}
	root := reread(t, string(raw))
	role := root.only(metadataNS, "SPSSODescriptor")
	if root.value("entityID") != audience || role.value("WantAssertionsSigned") != "true" || role.value("AuthnRequestsSigned") != "false" {
		t.Error(string(raw))
	}
	acs := role.only(metadataNS, "AssertionConsumerService")
	if acs == nil || acs.value("Location") != consumer || acs.value("Binding") != postBinding || len(role.all(metadataNS, "SingleLogoutService")) != 2 || role.all(metadataNS, "SingleLogoutService")[0].value("Location") != logoutAddress {
		t.Error(string(raw))
	}
	uses := func(o Own) string {
		raw, err := Metadata(o)
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, key := range reread(t, string(raw)).only(metadataNS, "SPSSODescriptor").all(metadataNS, "KeyDescriptor") {
			text += key.value("use") + " "
			if key.path(signatureNS, "KeyInfo", "X509Data", "X509Certificate").text != b64(poolKey().Certificate) {
				t.Error("another certificate")
			}
		}
		return text
	}
	if got := uses(own); got != "signing " {
		t.Error(got)
	}
	own.Encrypted = true
	if got := uses(own); got != "signing encryption " {
		t.Error(got)
	}
	if raw, err = Metadata(own); err != nil || strings.Contains(string(raw), "cbc") || strings.Contains(string(raw), "rsa-1_5") {
		t.Error("weak encryption is offered", err)
	}
	if _, err := Metadata(Own{}); err == nil {
		t.Error("metadata without a key")
	}
}
