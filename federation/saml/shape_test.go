package saml

import (
	"strings"
	"testing"
)

// Each check of the reader and of the shape is one of several that refuse an
// attack. Here each stands alone: it is known by its own words.

func TestTheReaderSaysWhatItRefuses(t *testing.T) {
	for text, reason := range map[string]string{
		"<a>":                                  "ends early",
		"":                                     "ends early",
		"  ":                                   "ends early",
		"<a></a><b/>":                          "a second root",
		"<a/>x":                                "text beside the root",
		"<a><b></a></b>":                       "an end of another element",
		"</a>":                                 "an end without a start",
		"<a>x<b/></a>":                         "text beside elements",
		"<a><b/>x</a>":                         "text beside elements",
		`<a xmlns:x="urn:x" :b="c"/>`:          "validator",
		"<a\u00e9/>":                           "an element with an odd name",
		"<a b\u00e9='c'/>":                     "an attribute with an odd name",
		"<x:a/>":                               "an element with an odd name",
		"<a x:b='c'/>":                         "an attribute with an odd name",
		"<a ID='x'><b ID='x'/></a>":            "comes twice",
		"<a ID='x y'/>":                        "odd or comes twice",
		"<a ID=''/>":                           "odd or comes twice",
		"<a ID='x'><b Id='x'/></a>":            "an identifier under another name",
		"<a Id='x'/>":                          "an identifier under another name",
		"<a iD='x'/>":                          "an identifier under another name",
		"<a xmlns:x='urn:x' x:Recipient='y'/>": "a prefixed Recipient",
		"<a b='1' b='2'/>":                     "an attribute twice",
		"<a xmlns='urn:x' xmlns='urn:y'/>":     "an attribute twice",
		"<a xmlns:xmlns='urn:x'/>":             "reserved",
		"<a xmlns:x='rel'/>":                   "relative",
		"<!-- --><a/>":                         "a comment",
		"<a><?xml version='1.0'?></a>":         "a processing instruction",
		" <?xml version='1.0'?><a/>":           "a processing instruction",
		"<!DOCTYPE a><a/>":                     "a document type",
		"<a><![CDATA[x]]></a>":                 "CDATA",
		"<a>&b;</a>":                           "the XML is refused",
		"<Signature xmlns:x='urn:x'><y xmlns:x='urn:y'/></Signature>": "a prefix bound anew",
	} {
		_, err := parse([]byte(text), message)
		if reason == "validator" {
			reason = "the XML is refused"
		}
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{
		"<a/>", "<a>\n <b/>\n</a>\n", "<?xml version='1.0'?>\n<a/>", `<a ID="x"><ds:b xmlns:ds="` + signatureNS + `" Id="y"/></a>`,
		"<a xmlns='urn:x'><b xmlns='urn:y'/></a>", "<Signature xmlns='urn:x'><y xmlns='urn:y'/></Signature>", "<a xml:lang='en' xmlns:x='urn:x' x:Other='y'/>",
	} {
		if _, err := parse([]byte(text), message); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestTheShapeSaysWhatItRefuses(t *testing.T) {
	w := newWorld(t)
	whole, inner := w.sign(w.xml(), "Response"), w.sign(w.xml(), "Assertion")
	signature := func(text string) string {
		return text[strings.Index(text, "<ds:Signature "):strings.Index(text, "</ds:Signature>")] + "</ds:Signature>"
	}
	transforms := inner[strings.Index(inner, "<ds:Transforms>") : strings.Index(inner, "</ds:Transforms>")+len("</ds:Transforms>")]
	for name, row := range map[string]struct{ text, reason string }{
		"another message":          {changed(t, strings.Replace(w.xml(), "</samlp:Response>", "</samlp:Other>", 1), "<samlp:Response", "<samlp:Other"), "not a SAML response"},
		"a response of no SAML":    {strings.ReplaceAll(w.xml(), protocolNS, "urn:x"), "not a SAML response"},
		"a response within":        {changed(t, w.xml(), "<samlp:Status>", "<samlp:Response/><samlp:Status>"), "a response within a response"},
		"an assertion too deep":    {changed(t, changed(t, w.xml(), "<saml:Assertion", "<x><saml:Assertion"), "</saml:Assertion>", "</saml:Assertion></x>"), "more than one assertion"},
		"an assertion of no SAML":  {changed(t, changed(t, w.xml(), "<saml:Assertion ", `<x:Assertion xmlns:x="urn:x" `), "</saml:Assertion>", "</x:Assertion>"), "more than one assertion"},
		"an encrypted one beside":  {changed(t, w.xml(), "</samlp:Response>", "<saml:EncryptedAssertion/></samlp:Response>"), "more than one assertion"},
		"an element in an issuer":  {changed(t, w.xml(), w.idp.entity+"</saml:Issuer>", "<x/></saml:Issuer>"), "an element within Issuer"},
		"a signature too deep":     {changed(t, w.xml(), "<samlp:Status>", "<samlp:Status>"+signature(whole)), "stands elsewhere"},
		"a signature deeper":       {changed(t, w.xml(), "<saml:Subject>", "<saml:Subject>"+signature(inner)), "stands elsewhere"},
		"a signature at the end":   {changed(t, w.xml(), "</samlp:Response>", signature(whole)+"</samlp:Response>"), "does not follow the issuer"},
		"two signatures":           {changed(t, whole, signature(whole), signature(whole)+signature(whole)), "does not follow the issuer"},
		"two before the issuer":    {changed(t, whole, "<saml:Issuer>", signature(whole)+"<saml:Issuer>"), "does not follow the issuer"},
		"a signature of no XML":    {changed(t, whole, "<ds:Signature xmlns:ds=\""+signatureNS+`"`, `<ds:Signature xmlns:ds="urn:x"`), "a signature with other parts"},
		"an object":                {changed(t, whole, "</ds:Signature>", "<ds:Object/></ds:Signature>"), "a signature with other parts"},
		"the value first":          {changed(t, whole, "<ds:SignedInfo>", "<ds:SignatureValue/><ds:SignedInfo>"), "a signature with other parts"},
		"a manifest":               {changed(t, whole, "</ds:SignedInfo>", "<ds:Manifest/></ds:SignedInfo>"), "a SignedInfo with other parts"},
		"a method with a length":   {changed(t, whole, `rsa-sha256"/>`, `rsa-sha256"><ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>`), "a signature by an algorithm"},
		"a method of SHA-1":        {changed(t, whole, "2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#rsa-sha1"), "a signature by an algorithm"},
		"a method of HMAC":         {changed(t, whole, "#rsa-sha256", "#hmac-sha256"), "a signature by an algorithm"},
		"a digest of SHA-1":        {changed(t, whole, encryptNS+"sha256", signatureNS+"sha1"), "a digest by an algorithm"},
		"another's reference":      {changed(t, whole, `URI="#_response"`, `URI="#_assertion"`), "of another element"},
		"the whole document":       {changed(t, whole, `URI="#_response"`, `URI=""`), "of another element"},
		"an address":               {changed(t, whole, `URI="#_response"`, `URI="https://evil.example.test/"`), "of another element"},
		"no identifier":            {changed(t, changed(t, whole, ` ID="_response"`, ""), `URI="#_response"`, `URI="#"`), "of another element"},
		"two digests":              {changed(t, whole, "</ds:DigestValue>", "</ds:DigestValue><ds:DigestValue/>"), "a reference with other parts"},
		"a digest with parameters": {changed(t, whole, `xmlenc#sha256"/>`, `xmlenc#sha256"><ds:x/></ds:DigestMethod>`), "a digest by an algorithm"},
		"a third transform":        {changed(t, inner, "</ds:Transforms>", `<ds:Transform Algorithm="`+exclusive+`"/></ds:Transforms>`), "transforms other"},
		"one transform":            {changed(t, inner, transforms, `<ds:Transforms><ds:Transform Algorithm="`+exclusive+`"/></ds:Transforms>`), "transforms other"},
		"the transforms turned":    {changed(t, inner, transforms, `<ds:Transforms><ds:Transform Algorithm="`+exclusive+`"/><ds:Transform Algorithm="`+enveloped+`"/></ds:Transforms>`), "transforms other"},
		"a transform with a path":  {changed(t, inner, enveloped+`"/>`, enveloped+`"><ds:XPath>x</ds:XPath></ds:Transform>`), "transforms other"},
		"a list with more":         {changed(t, inner, transforms, `<ds:Transforms><ds:Transform Algorithm="`+enveloped+`"/><ds:Transform Algorithm="`+exclusive+`"><ds:XPath>x</ds:XPath></ds:Transform></ds:Transforms>`), "transforms other"},
	} {
		t.Run(name, func(t *testing.T) {
			root, err := parse([]byte(row.text), message)
			if err != nil {
				t.Fatal(err)
			}
			if err := checkResponse(root); err == nil || !strings.Contains(err.Error(), row.reason) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestTheShapeOfWhatStandsAlone(t *testing.T) {
	w := newWorld(t)
	read := func(text string) *node {
		root, err := parse([]byte(text), message)
		if err != nil {
			t.Fatal(err)
		}
		return root
	}
	if err := checkAssertion(read(w.assertion())); err != nil {
		t.Error(err)
	}
	within := func(what string) string {
		return changed(t, w.assertion(), "</saml:Assertion>", "<saml:Advice>"+what+"</saml:Advice></saml:Assertion>")
	}
	for text, reason := range map[string]string{
		w.xml():                              "not a SAML assertion",
		within("<saml:Assertion/>"):          "a message within",
		within("<saml:EncryptedAssertion/>"): "a message within",
		within("<saml:Response/>"):           "a message within",
	} {
		if err := checkAssertion(read(text)); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", text[:60], err)
		}
	}
	logout := func(what string) string {
		return changed(t, w.logoutXML(), "</samlp:LogoutRequest>", what+"</samlp:LogoutRequest>")
	}
	for text, reason := range map[string]string{
		w.doneXML("x"): "not a SAML LogoutRequest",
		strings.ReplaceAll(w.logoutXML(), protocolNS, "urn:x"): "not a SAML LogoutRequest",
		logout("<samlp:LogoutRequest/>"):                       "a message within",
		logout("<saml:Assertion/>"):                            "a message within",
		logout("<samlp:LogoutResponse/>"):                      "a message within",
	} {
		if err := checkMessage(read(text), "LogoutRequest"); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", text[:60], err)
		}
	}
}

func TestOnlyTheBytesThatWereSignedAreRead(t *testing.T) {
	w := newWorld(t)
	text := w.sign(w.xml(), "Response")
	root, err := parse([]byte(text), message)
	if err != nil {
		t.Fatal(err)
	}
	// What arrived is bent after it was read: nothing of it may be believed.
	root.only(assertionNS, "Assertion").path(assertionNS, "Subject", "NameID").text = "root"
	root.only(assertionNS, "Issuer").text = "https://evil.example.test"
	v, err := keys{certificates: certificates(idpSigner()), now: noon}.openResponse([]byte(text), root)
	if err != nil || v.response == root || nameOf(v.assertion).text != "ann-1" || v.response.only(assertionNS, "Issuer").text != w.idp.entity {
		t.Errorf("%+v %v", v, err)
	}
	inner := w.sign(w.xml(), "Assertion")
	if root, err = parse([]byte(inner), message); err != nil {
		t.Fatal(err)
	}
	root.only(assertionNS, "Assertion").path(assertionNS, "Subject", "NameID").text = "root"
	if v, err = (keys{certificates: certificates(idpSigner()), now: noon}).openResponse([]byte(inner), root); err != nil || nameOf(v.assertion).text != "ann-1" {
		t.Errorf("%+v %v", v, err)
	}
}

func TestVerifyTakesOneCertificateAtATimeAndItsLife(t *testing.T) {
	w := newWorld(t)
	text := []byte(w.sign(w.xml(), "Assertion"))
	for name, row := range map[string]struct {
		all  []signer
		when int // years from noon
		good bool
	}{
		"alone":         {[]signer{idpSigner()}, 0, true},
		"last of three": {[]signer{nextSigner(), curveSigner(), idpSigner()}, 0, true},
		"none":          {nil, 0, false},
		"others":        {[]signer{nextSigner(), otherSigner(), curveSigner()}, 0, false},
		"before":        {[]signer{idpSigner()}, -2, false},
		"after":         {[]signer{idpSigner()}, 6, false},
	} {
		if _, err := verify(text, "Assertion", certificates(row.all...), noon.AddDate(row.when, 0, 0)); (err == nil) != row.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := verify(text, "", certificates(idpSigner()), noon); err == nil {
		t.Error("a response without a signature verifies by that of its assertion")
	}
	// KeyInfo is out before the library sees it: another's certificate there, of
	// the same key or broken, changes nothing.
	info := string(text[strings.Index(string(text), "<ds:KeyInfo>"):strings.Index(string(text), "</ds:KeyInfo>")])
	for _, inside := range []string{"", "<ds:X509Data/>", "<ds:X509Data><ds:X509Certificate>!</ds:X509Certificate></ds:X509Data>"} {
		if _, err := verify([]byte(changed(t, string(text), info, "<ds:KeyInfo>"+inside)), "Assertion", certificates(idpSigner()), noon); err != nil {
			t.Errorf("KeyInfo with %q: %v", inside, err)
		}
	}
}

func TestBase64IsReadOneWay(t *testing.T) {
	for value, good := range map[string]bool{"YQ==": true, "YQ=\r\n=": true, "YR==": false, "YQ": false, "YQ==YQ==": false, "Y Q==": false, "": false, "_-__": false} {
		if _, err := decode(value); (err == nil) != good {
			t.Errorf("%q: %v", value, err)
		}
	}
}
