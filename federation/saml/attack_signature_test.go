package saml

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

func TestSA11UnsignedEmptyOrTampered(t *testing.T) {
	w := newWorld(t)
	signed := w.sign(w.xml(), "Assertion")
	whole := w.sign(w.xml(), "Response")
	for name, text := range map[string]string{
		"unsigned":                         w.xml(),
		"the signature taken out":          cut(t, signed, "<ds:Signature", "</ds:Signature>"),
		"an empty signature":               cut(t, signed, "<ds:SignedInfo", "</ds:KeyInfo>"),
		"an empty value":                   cut(t, signed, "<ds:SignatureValue>", "</ds:SignatureValue>"),
		"an empty digest":                  cut(t, signed, "<ds:DigestValue>", "</ds:DigestValue>"),
		"another NameID":                   changed(t, signed, "ann-1", "root"),
		"another attribute":                changed(t, signed, "ann@example.test", "root@example.test"),
		"another NameID in a whole":        changed(t, whole, "ann-1", "root"),
		"another status detail in a whole": changed(t, whole, "<saml:NameID ", `<saml:NameID NameQualifier="x" `),
		"another audience":                 changed(t, signed, audience, audience+"x"),
		"another end":                      changed(t, signed, `NotOnOrAfter="2026-11-21T12:05:00Z"`, `NotOnOrAfter="2026-11-21T12:06:00Z"`),
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.refuses(text)
		})
	}
}

func TestSA11UnsignedIsSaidSo(t *testing.T) {
	w := newWorld(t)
	because(t, w.refuses(w.xml()), errUnsigned.Error())
}

// cut takes out of text what stands from one mark to another, both included.
func cut(t testing.TB, text, from, to string) string {
	t.Helper()
	start := strings.Index(text, from)
	end := strings.Index(text, to)
	if start < 0 || end < start {
		t.Fatalf("no %q … %q in the message", from, to)
	}
	kept := ""
	if strings.HasSuffix(from, ">") {
		kept = from + to
	}
	return text[:start] + kept + text[end+len(to):]
}

func TestSA12AnotherKey(t *testing.T) {
	w := newWorld(t)
	info := func(content string) string {
		d := document(t, signWith(t, otherSigner(), rsaSHA256, changed(t, w.xml(), "ann-1", "root"), "Assertion"))
		old := d.FindElement("//Signature/KeyInfo")
		signature := old.Parent()
		signature.RemoveChild(old)
		if content != "" {
			signature.AddChild(document(t, `<ds:KeyInfo xmlns:ds="`+signatureNS+`">`+content+`</ds:KeyInfo>`).Root())
		}
		return written(t, d)
	}
	data := func(raw []byte) string {
		return "<ds:X509Data><ds:X509Certificate>" + b64(raw) + "</ds:X509Certificate></ds:X509Data>"
	}
	for name, text := range map[string]string{
		"its own certificate":               info(data(otherSigner().cert.Raw)),
		"a bare key":                        info("<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"),
		"no KeyInfo":                        info(""),
		"the real certificate":              info(data(idpSigner().cert.Raw)),
		"both certificates":                 info(data(idpSigner().cert.Raw) + data(otherSigner().cert.Raw)),
		"HMAC with the certificate as key":  hmacSigned(t, w, idpSigner().cert.Raw),
		"HMAC with the public key's octets": hmacSigned(t, w, idpSigner().cert.RawSubjectPublicKeyInfo),
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.refuses(text)
		})
	}
}

// hmacSigned answers a response with a code made with what everybody knows.
func hmacSigned(t *testing.T, w *world, key []byte) string {
	t.Helper()
	d := document(t, signWith(t, otherSigner(), rsaSHA256, changed(t, w.xml(), "ann-1", "root"), "Assertion"))
	info := d.FindElement("//SignedInfo")
	info.FindElement("./SignatureMethod").CreateAttr("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
	alone := info.Copy()
	alone.CreateAttr("xmlns:ds", signatureNS)
	canonical, err := dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("").Canonicalize(alone)
	if err != nil {
		t.Fatal(err)
	}
	code := hmac.New(sha256.New, key)
	code.Write(canonical)
	d.FindElement("//SignatureValue").SetText(b64(code.Sum(nil)))
	return written(t, d)
}

func TestSA13TwoSignedInfosOrADigestInAComment(t *testing.T) {
	twice := func(first bool) string {
		w := newWorld(t)
		d := document(t, changed(t, w.sign(w.xml(), "Assertion"), "ann-1", "root"))
		info := d.FindElement("//SignedInfo")
		forged := info.Copy()
		forged.FindElement(".//DigestValue").SetText(digestOf(t, d.FindElement("//Assertion")))
		place := info.Index()
		if !first {
			place++
		}
		info.Parent().InsertChildAt(place, forged)
		return written(t, d)
	}
	for name, first := range map[string]bool{"the forged one first": true, "the forged one last": false} {
		t.Run(name, func(t *testing.T) { newWorld(t).refuses(twice(first)) })
	}
	t.Run("a digest in a comment", func(t *testing.T) {
		w := newWorld(t)
		signed := w.sign(w.xml(), "Assertion")
		d := document(t, changed(t, signed, "ann-1", "root"))
		forged := digestOf(t, d.FindElement("//Assertion"))
		because(t, w.refuses(changed(t, changed(t, signed, "ann-1", "root"), "<ds:DigestValue>", "<ds:DigestValue><!--"+forged+"-->")), "a comment")
	})
	t.Run("two signature values", func(t *testing.T) {
		w := newWorld(t)
		d := document(t, w.sign(w.xml(), "Assertion"))
		value := d.FindElement("//SignatureValue")
		value.Parent().InsertChildAt(value.Index(), value.Copy())
		w.refuses(written(t, d))
	})
	t.Run("two references", func(t *testing.T) {
		w := newWorld(t)
		d := document(t, w.sign(w.xml(), "Assertion"))
		reference := d.FindElement("//Reference")
		reference.Parent().AddChild(reference.Copy())
		because(t, w.refuses(written(t, d)), "SignedInfo")
	})
}

// digestOf answers the digest that an element has without its signature.
func digestOf(t *testing.T, element *etree.Element) string {
	t.Helper()
	canonical, err := dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("").Canonicalize(bare(element))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(canonical)
	return b64(sum[:])
}

func TestSA14TheDigestOfNothing(t *testing.T) {
	w := newWorld(t)
	nothing := sha256.Sum256(nil)
	d := document(t, w.sign(changed(t, w.xml(), "ann-1", "root"), "Assertion"))
	d.FindElement("//DigestValue").SetText(b64(nothing[:]))
	signed := written(t, d)
	for name, text := range map[string]string{
		"alone":                changed(t, signed, "<saml:Subject>", "<saml:Subject >"),
		"a relative namespace": changed(t, signed, "<saml:Subject>", `<saml:Subject xmlns:n="1">`),
		"an empty namespace":   changed(t, signed, "<saml:Subject>", `<saml:Subject xmlns:n="">`),
		"an empty default":     changed(t, signed, "<saml:Subject>", `<saml:Subject xmlns="">`),
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.refuses(text)
		})
	}
	// The namespaces alone are reason enough, with a signature that holds.
	for _, declaration := range []string{` xmlns:n="1"`, ` xmlns:n=""`, ` xmlns="relative/name"`} {
		t.Run("signed:"+declaration, func(t *testing.T) {
			w := newWorld(t)
			because(t, w.refuses(changed(t, w.sign(w.xml(), "Assertion"), "<samlp:Status>", "<samlp:Status"+declaration+">")), "namespace")
		})
	}
}

func TestSA15SomethingInsideNameID(t *testing.T) {
	for name, inside := range map[string]string{
		"a comment":                "root<!-- -->.example",
		"a processing instruction": "root<?x y?>.example",
		"an element":               "root<saml:x/>.example",
		"an element before":        "<saml:x>root</saml:x>ann-1",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			// Signed as it stands: canonicalisation leaves comments out.
			because(t, w.refuses(w.sign(changed(t, w.xml(), "ann-1", inside), "Assertion")), "the XML is refused")
			because(t, w.refuses(w.sign(changed(t, w.xml(), "ann-1", inside), "Response")), "the XML is refused")
			// Added later.
			w.refuses(changed(t, w.sign(w.xml(), "Assertion"), "ann-1", inside))
		})
	}
	t.Run("CDATA", func(t *testing.T) {
		w := newWorld(t)
		because(t, w.refuses(changed(t, w.sign(w.xml(), "Assertion"), "ann-1", "<![CDATA[ann-1]]>")), "CDATA")
		w.refuses(changed(t, w.sign(w.xml(), "Assertion"), "ann-1", "<![CDATA[root]]>ann-1"))
	})
	t.Run("a comment added to a signed name", func(t *testing.T) {
		w := newWorld(t)
		because(t, w.refuses(changed(t, w.sign(w.xml(), "Assertion"), "ann-1", "ann<!---->-1")), "a comment")
	})
}

func TestSA16ReadersThatPart(t *testing.T) {
	w := newWorld(t)
	signed := w.sign(w.xml(), "Assertion")
	for name, text := range map[string]string{
		"an attribute without a prefix":   changed(t, signed, "<samlp:Status>", `<samlp:Status :x="y">`),
		"an attribute with two colons":    changed(t, signed, "<samlp:Status>", `<samlp:Status ::y="y">`),
		"an element without a prefix":     changed(t, signed, "<samlp:Status>", `<:x/><samlp:Status>`),
		"an element with two colons":      changed(t, signed, "<samlp:Status>", `<::y/><samlp:Status>`),
		"a prefix without a name":         changed(t, signed, "<samlp:Status>", `<x:/><samlp:Status>`),
		"a directive with a comment":      "<!x <!-- -->>" + signed,
		"a directive that hides":          `<!x <!-- -->"` + signed,
		"an attribute twice":              changed(t, signed, ` ID="_response"`, ` ID="_response" ID="_other"`),
		"an undeclared prefix":            changed(t, signed, "<samlp:Status>", `<x:y/><samlp:Status>`),
		"text behind":                     signed + "trailing",
		"an element behind":               signed + "<x/>",
		"a second response behind":        signed + w.xml(),
		"a comment behind":                signed + "<!-- -->",
		"text before":                     "leading" + signed,
		"a second declaration":            `<?xml version="1.0"?><?xml version="1.0"?>` + signed,
		"another encoding":                `<?xml version="1.0" encoding="UTF-7"?>` + signed,
		"octets that are not UTF-8":       changed(t, signed, "<samlp:Status>", "<samlp:Status \xff=\"x\">"),
		"an end of another element":       changed(t, signed, "</samlp:Status>", "</saml:Status>"),
		"the reserved prefix":             changed(t, signed, "<samlp:Status>", `<samlp:Status xmlns:xml="urn:x">`),
		"a prefix anew in the signature":  changed(t, signed, "<ds:SignedInfo>", `<ds:SignedInfo xmlns:ds="urn:x">`),
		"a prefix of SAML anew within it": changed(t, signed, "<ds:SignedInfo>", `<ds:SignedInfo xmlns:saml="urn:x">`),
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			because(t, w.refuses(text), "the XML is refused")
		})
	}
	t.Run("an XML declaration is let pass", func(t *testing.T) {
		w.t = t
		w.takes(`<?xml version="1.0" encoding="UTF-8"?>` + signed)
	})
}

func TestSA17DocumentTypes(t *testing.T) {
	w := newWorld(t)
	signed := w.sign(w.xml(), "Assertion")
	for name, dtd := range map[string]string{
		"unused":                        `<!DOCTYPE samlp:Response>`,
		"an internal entity":            `<!DOCTYPE r [<!ENTITY e "root">]>`,
		"an external file":              `<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>`,
		"an external address":           `<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">`,
		"a parameter entity":            `<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]>`,
		"in small letters":              `<!doctype r>`,
		"billion laughs":                `<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>`,
		"an attribute by default value": `<!DOCTYPE r [<!ATTLIST samlp:Response ID CDATA "_other">]>`,
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			because(t, w.refuses(dtd+signed), "document type")
		})
	}
	t.Run("an entity without a document type", func(t *testing.T) {
		w.t = t
		because(t, w.refuses(w.sign(changed(t, w.xml(), "ann-1", "ann&#45;1"), "Assertion")+"&e;"), "the XML is refused")
	})
}

func TestSA18SizeDepthAndNumber(t *testing.T) {
	w := newWorld(t)
	signed := w.sign(w.xml(), "Assertion")
	prefixes := ""
	for i := range 60 {
		prefixes += ` xmlns:p` + strings.Repeat("x", i+1) + `="urn:x"`
	}
	for name, text := range map[string]string{
		"deep":            changed(t, signed, "<samlp:Status>", strings.Repeat("<x>", 100000/3)+strings.Repeat("</x>", 100000/4)+"<samlp:Status>"),
		"49 levels":       changed(t, signed, "<samlp:Status>", strings.Repeat("<x>", 48)+strings.Repeat("</x>", 48)+"<samlp:Status>"),
		"many elements":   changed(t, signed, "<samlp:Status>", strings.Repeat("<x/>", 4000)+"<samlp:Status>"),
		"many attributes": changed(t, signed, "<samlp:Status>", "<samlp:Status"+strings.Repeat(prefixes, 2)+">"),
		"many prefixes":   changed(t, signed, "<samlp:Status>", "<x"+prefixes+"/><x"+strings.ReplaceAll(prefixes, ":p", ":q")+"/><samlp:Status>"),
		"256 KiB":         changed(t, signed, "<samlp:Status>", strings.Repeat(" ", 256<<10)+"<samlp:Status>"),
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			because(t, w.refuses(text), "more than")
		})
	}
	t.Run("12 MiB", func(t *testing.T) {
		w.t = t
		because(t, w.refuses(strings.Repeat("A", 12<<20)), errSize.Error())
	})
	t.Run("many assertions", func(t *testing.T) {
		w.t = t
		w.refuses(changed(t, signed, "</samlp:Response>", strings.Repeat("<saml:Assertion/>", 200)+"</samlp:Response>"))
	})
	t.Run("48 levels are let pass", func(t *testing.T) {
		w.t = t
		w.takes(changed(t, signed, "<samlp:Status>", strings.Repeat("<x>", 47)+strings.Repeat("</x>", 47)+"<samlp:Status>"))
	})
}

func TestSA19WeakAlgorithms(t *testing.T) {
	w := newWorld(t)
	because(t, w.refuses(signWith(t, idpSigner(), dsig.RSASHA1SignatureMethod, w.xml(), "Assertion")), "not allowed")
	because(t, w.refuses(changed(t, w.sign(w.xml(), "Assertion"), encryptNS+"sha256", signatureNS+"sha1")), "not allowed")
	because(t, w.refuses(changed(t, w.sign(w.xml(), "Assertion"), `Algorithm="`+exclusiveNS, `Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315`)), "exclusive")
	because(t, w.refuses(changed(t, w.sign(w.xml(), "Assertion"), enveloped, "http://www.w3.org/TR/1999/REC-xslt-19991116")), "transforms")

	weak := rsaSigner(1024, "weak")
	w.idp.sign = []signer{weak}
	if err := Check(settings(w.idp)); err == nil || !strings.Contains(err.Error(), "weak") {
		t.Errorf("metadata with RSA of 1024 bits: %v", err)
	}
	if _, err := verify([]byte(signWith(t, weak, rsaSHA256, w.xml(), "Assertion")), "Assertion", certificates(weak), noon); err == nil {
		t.Error("RSA of 1024 bits verifies")
	}
}
