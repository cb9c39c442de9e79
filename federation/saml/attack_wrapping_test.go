package saml

import (
	"strings"
	"testing"

	"github.com/beevik/etree"
)

// The eight forms of signature wrapping (Somorovsky and others, "On Breaking
// SAML", 2012). Each leaves the signed bytes as they were, somewhere, and adds an
// assertion that says "root" where a careless reader looks.

// wrapping is a signed message to be bent.
type wrapping struct {
	w         *world
	d         *etree.Document
	response  *etree.Element
	assertion *etree.Element
}

func wrap(t *testing.T, signed string) wrapping {
	t.Helper()
	w := newWorld(t)
	d := document(t, w.sign(w.xml(), signed))
	return wrapping{w, d, d.Root(), only(d.Root(), "Assertion")}
}

// evil answers an element as a copy that says root, without a signature.
func evil(original *etree.Element, id string) *etree.Element {
	bad := bare(original)
	bad.CreateAttr("ID", id)
	for _, name := range bad.FindElements("//NameID") {
		name.SetText("root")
	}
	for _, inner := range bad.FindElements("./Assertion") {
		inner.CreateAttr("ID", id+"_inner")
	}
	return bad
}

// bare answers a copy without its signature.
func bare(original *etree.Element) *etree.Element {
	twin := original.Copy()
	if signature := only(twin, "Signature"); signature != nil {
		twin.RemoveChild(signature)
	}
	return twin
}

func (p wrapping) refused(root *etree.Element) {
	p.w.t.Helper()
	p.d.SetRoot(root)
	text := written(p.w.t, p.d)
	if !strings.Contains(text, "root") || !strings.Contains(text, "ann-1") {
		p.w.t.Fatal("the message is not an attack")
	}
	p.w.refuses(text)
}

func TestSA01TheSignedResponseInsideTheSignatureOfAnother(t *testing.T) {
	p := wrap(t, "Response")
	bad := evil(p.response, "_evil")
	signature := only(p.response, "Signature").Copy()
	signature.AddChild(bare(p.response))
	bad.InsertChildAt(1, signature)
	p.refused(bad)
}

func TestSA02TheSignedResponseBesideTheSignatureOfAnother(t *testing.T) {
	p := wrap(t, "Response")
	bad := evil(p.response, "_evil")
	bad.InsertChildAt(1, bare(p.response))
	bad.InsertChildAt(2, only(p.response, "Signature").Copy())
	p.refused(bad)
}

func TestSA03AnotherAssertionBeforeTheSignedOne(t *testing.T) {
	p := wrap(t, "Assertion")
	p.response.InsertChildAt(p.assertion.Index(), evil(p.assertion, "_evil"))
	p.refused(p.response)
}

func TestSA04AnotherAssertionAroundTheSignedOne(t *testing.T) {
	p := wrap(t, "Assertion")
	bad := evil(p.assertion, "_evil")
	p.response.RemoveChild(p.assertion)
	bad.AddChild(p.assertion)
	p.response.AddChild(bad)
	p.refused(p.response)
}

func TestSA05AnotherAssertionWithTheSignatureBeforeABareOne(t *testing.T) {
	p := wrap(t, "Assertion")
	original := bare(p.assertion)
	bad := evil(p.assertion, "_evil")
	bad.InsertChildAt(1, only(p.assertion, "Signature").Copy())
	p.response.RemoveChild(p.assertion)
	p.response.AddChild(bad)
	p.response.AddChild(original)
	p.refused(p.response)
}

func TestSA06TheSignedAssertionInsideTheSignatureOfAnother(t *testing.T) {
	p := wrap(t, "Assertion")
	bad := evil(p.assertion, "_evil")
	signature := only(p.assertion, "Signature").Copy()
	signature.AddChild(bare(p.assertion))
	bad.InsertChildAt(1, signature)
	p.response.RemoveChild(p.assertion)
	p.response.AddChild(bad)
	p.refused(p.response)
}

func TestSA07AnotherAssertionInExtensions(t *testing.T) {
	p := wrap(t, "Assertion")
	extensions := etree.NewElement("samlp:Extensions")
	extensions.AddChild(evil(p.assertion, "_evil"))
	p.response.InsertChildAt(1, extensions)
	p.refused(p.response)
	// With the identifier of the signed one, too: validators skip Extensions.
	p = wrap(t, "Assertion")
	extensions = etree.NewElement("samlp:Extensions")
	extensions.AddChild(evil(p.assertion, "_assertion"))
	p.response.InsertChildAt(1, extensions)
	p.refused(p.response)
}

func TestSA08TheSignedAssertionInAnObjectOfTheSignature(t *testing.T) {
	p := wrap(t, "Assertion")
	bad := evil(p.assertion, "_evil")
	signature := only(p.assertion, "Signature").Copy()
	object := signature.CreateElement("ds:Object")
	object.AddChild(bare(p.assertion))
	bad.InsertChildAt(1, signature)
	p.response.RemoveChild(p.assertion)
	p.response.AddChild(bad)
	p.refused(p.response)
}

func TestSA09TwoAssertionsOneIdentifierTwiceAPrefixedOneOrAResponseWithin(t *testing.T) {
	t.Run("another assertion last", func(t *testing.T) {
		p := wrap(t, "Assertion")
		p.response.AddChild(evil(p.assertion, "_evil"))
		p.refused(p.response)
	})
	t.Run("two assertions, both signed", func(t *testing.T) {
		w := newWorld(t)
		xml := changed(t, w.xml(), "</samlp:Response>", changed(t, w.assertion(), `ID="_assertion"`, `ID="_second"`)+"</samlp:Response>")
		because(t, w.refuses(w.sign(xml, "Response")), "more than one assertion")
	})
	t.Run("the same identifier twice", func(t *testing.T) {
		p := wrap(t, "Assertion")
		bad := evil(p.assertion, "_assertion")
		p.response.InsertChildAt(p.assertion.Index(), bad)
		p.refused(p.response)
	})
	for name, polluted := range map[string]string{
		"a prefixed identifier":           ` samlp:ID="_assertion" ID=`,
		"xml:id":                          ` xml:id="_assertion" ID=`,
		"a prefixed identifier of no one": ` xmlns:x="urn:x" x:Id="_evil" ID=`,
		"an identifier in lower case":     ` id="_evil" ID=`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			because(t, w.refuses(w.sign(changed(t, w.xml(), ` ID="_response"`, polluted+`"_response"`), "Assertion")), "the XML is refused")
		})
	}
	t.Run("a response within", func(t *testing.T) {
		p := wrap(t, "Assertion")
		outer := p.response.Copy()
		outer.RemoveChild(only(outer, "Assertion"))
		outer.CreateAttr("ID", "_outer")
		extensions := outer.CreateElement("samlp:Extensions")
		extensions.AddChild(p.response)
		outer.AddChild(evil(p.assertion, "_evil"))
		p.refused(outer)
	})
	t.Run("an assertion that is the whole", func(t *testing.T) {
		w := newWorld(t)
		w.refuses(w.sign(w.assertion(), "Assertion"))
	})
	t.Run("an assertion of another namespace", func(t *testing.T) {
		w := newWorld(t)
		w.refuses(changed(t, w.sign(w.xml(), "Response"), `<saml:Assertion xmlns:saml="`+assertionNS+`"`, `<saml:Assertion xmlns:saml="urn:other"`))
	})
}

func TestSA10ASignatureTakenFromSignedMetadata(t *testing.T) {
	w := newWorld(t)
	metadata := changed(t, w.idp.metadata(), "<md:EntityDescriptor ", `<md:EntityDescriptor ID="_metadata" `)
	signature := only(document(t, signWith(t, idpSigner(), rsaSHA256, metadata, "EntityDescriptor")).Root(), "Signature")
	for _, place := range []string{"Response", "Assertion"} {
		d := document(t, w.xml())
		element := d.FindElement("//" + place)
		element.InsertChildAt(1, signature.Copy())
		w.refuses(written(t, d))
		// Also when what it stands in takes the identifier it names.
		element.CreateAttr("ID", "_metadata")
		w.refuses(written(t, d))
	}
	// Or with the metadata itself brought along.
	d := document(t, w.xml())
	extensions := etree.NewElement("samlp:Extensions")
	extensions.AddChild(document(t, signWith(t, idpSigner(), rsaSHA256, metadata, "EntityDescriptor")).Root().Copy())
	d.Root().InsertChildAt(1, extensions)
	w.refuses(written(t, d))
}
