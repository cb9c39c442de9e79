package saml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	roundtrip "github.com/mattermost/xml-roundtrip-validator"
)

// bounds of a document, held before any library builds a tree of it.
type bounds struct {
	bytes    int
	comments bool // comments are passed over; else they refuse the document
}

const (
	maxDepth    = 48
	maxElements = 4000
	maxPrefixes = 64 // different ones; each costs at every element when canonicalised
	maxAttrs    = 64 // of one element
)

// message bounds what identity providers send through a browser.
var message = bounds{bytes: 256 << 10}

// errXML is wrapped by every refusal of the reader.
var errXML = errors.New("the XML is refused")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errXML, fmt.Sprintf(format, args...))
}

// names are what element and attribute names may be, and identifiers too: far
// less than XML allows, and all that SAML uses.
var names = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// read are attributes that mean something here. With a prefix they would be
// others, which some readers take for these (attribute pollution).
var read = set("id", "destination", "inresponseto", "issueinstant", "version", "recipient", "notbefore", "notonorafter",
	"method", "format", "value", "name", "algorithm", "uri", "prefixlist", "namequalifier", "spnamequalifier", "sessionindex",
	"sessionnotonorafter", "authninstant", "entityid", "use", "binding", "location", "responselocation")

// parse reads a document in one pass. It refuses what no identity provider needs
// and what two readers have been known to read differently: document types,
// comments, CDATA, processing instructions, odd names, undeclared prefixes,
// relative namespaces, text beside elements, a second root, an identifier twice.
func parse(raw []byte, b bounds) (*node, error) {
	if len(raw) > b.bytes {
		return nil, refuse("more than %d bytes", b.bytes)
	}
	if bytes.Contains(raw, []byte("<![")) {
		return nil, refuse("a CDATA section")
	}
	r := &reader{decoder: xml.NewDecoder(bytes.NewReader(raw)), bounds: b, ids: map[string]bool{}, prefixes: map[string]bool{}}
	for {
		at := r.decoder.InputOffset()
		token, err := r.decoder.RawToken()
		if err == io.EOF {
			return r.finish()
		}
		if err != nil {
			return nil, refuse("%v", err)
		}
		if err := r.take(token, at); err != nil {
			return nil, err
		}
	}
}

type reader struct {
	decoder  *xml.Decoder
	bounds   bounds
	root     *node
	open     []*node // from the root to where the reader stands
	elements int
	ids      map[string]bool
	prefixes map[string]bool
}

func (r *reader) finish() (*node, error) {
	if r.root == nil || len(r.open) > 0 {
		return nil, refuse("the document ends early")
	}
	return r.root, nil
}

func (r *reader) take(token xml.Token, at int64) error {
	// CVE-2020-29509, -29510, -29511: what does not come back the same when written
	// is read as something else further on.
	if err := roundtrip.CheckToken(token); err != nil {
		return refuse("%v", err)
	}
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		return r.end(t)
	case xml.CharData:
		return r.characters(t)
	case xml.Comment:
		if r.bounds.comments {
			return nil
		}
		return refuse("a comment")
	case xml.ProcInst:
		if t.Target == "xml" && at == 0 {
			return nil
		}
		return refuse("a processing instruction")
	}
	return refuse("a document type")
}

func (r *reader) start(t xml.StartElement) error {
	r.elements++
	if r.elements > maxElements || len(r.open) >= maxDepth || len(t.Attr) > maxAttrs {
		return refuse("more than %d elements, %d levels or %d attributes", maxElements, maxDepth, maxAttrs)
	}
	n := &node{prefix: t.Name.Space, name: t.Name.Local}
	if len(r.open) > 0 {
		n.parent = r.open[len(r.open)-1]
		n.scope = n.parent.scope
		n.parent.children = append(n.parent.children, n)
	} else if r.root != nil {
		return refuse("a second root")
	} else {
		r.root, n.scope = n, scope{}
	}
	r.open = append(r.open, n)
	if err := r.declare(n, t.Attr); err != nil {
		return err
	}
	return r.name(n, t.Attr)
}

// declare takes the namespace declarations of an element.
func (r *reader) declare(n *node, attrs []xml.Attr) error {
	own := false
	for _, a := range attrs {
		prefix, ok := declared(a)
		if !ok {
			continue
		}
		if !own {
			n.scope, own = n.scope.copy(), true
		}
		if err := r.bind(n, prefix, a.Value); err != nil {
			return err
		}
	}
	return nil
}

// declared answers the prefix that an attribute declares, "" for the default.
func declared(a xml.Attr) (prefix string, ok bool) {
	if a.Name.Space == "" && a.Name.Local == "xmlns" {
		return "", true
	}
	return a.Name.Local, a.Name.Space == "xmlns"
}

func (r *reader) bind(n *node, prefix, uri string) error {
	if prefix == "xml" || prefix == "xmlns" || prefix != "" && !names.MatchString(prefix) {
		return refuse("a prefix that is reserved or odd")
	}
	// Relative namespaces make canonicalisation fail in some libraries, which then
	// take the digest of nothing.
	if !strings.Contains(uri, ":") {
		return refuse("a namespace that is empty or relative")
	}
	// Within a signature a prefix means one thing: what is verified and what is
	// read could part otherwise.
	if was, bound := n.scope[prefix]; bound && prefix != "" && was != uri && n.within("Signature") {
		return refuse("a prefix bound anew in a signature")
	}
	r.prefixes[prefix] = true
	if len(r.prefixes) > maxPrefixes {
		return refuse("more than %d prefixes", maxPrefixes)
	}
	n.scope[prefix] = uri
	return nil
}

// name resolves the names of an element and of its attributes.
func (r *reader) name(n *node, attrs []xml.Attr) error {
	var ok bool
	if n.space, ok = n.scope.resolve(n.prefix, true); !ok || !names.MatchString(n.name) {
		return refuse("an element with an odd name")
	}
	seen := map[string]bool{}
	for _, a := range attrs {
		if raw := a.Name.Space + ":" + a.Name.Local; seen[raw] {
			return refuse("an attribute twice")
		} else {
			seen[raw] = true
		}
		if _, declares := declared(a); declares {
			continue
		}
		if err := r.attribute(n, a); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) attribute(n *node, a xml.Attr) error {
	space, ok := n.scope.resolve(a.Name.Space, false)
	if !ok || !names.MatchString(a.Name.Local) {
		return refuse("an attribute with an odd name")
	}
	lower := strings.ToLower(a.Name.Local)
	if a.Name.Space != "" {
		if read[lower] {
			return refuse("a prefixed %s", a.Name.Local)
		}
		return nil // nothing here reads it
	}
	if lower == "id" {
		if err := r.identifier(n, a); err != nil {
			return err
		}
	}
	n.attrs = append(n.attrs, attr{space: space, name: a.Name.Local, value: a.Value})
	return nil
}

// identifier takes an ID. SAML's are "ID"; signatures and encryption have "Id".
func (r *reader) identifier(n *node, a xml.Attr) error {
	foreign := n.space == signatureNS || n.space == encryptNS || n.space == encrypt11NS
	if a.Name.Local != "ID" && !(a.Name.Local == "Id" && foreign) {
		return refuse("an identifier under another name")
	}
	if !names.MatchString(a.Value) || r.ids[a.Value] {
		return refuse("an identifier that is odd or comes twice")
	}
	r.ids[a.Value] = true
	return nil
}

func (r *reader) characters(text xml.CharData) error {
	if len(r.open) == 0 {
		if len(bytes.TrimSpace(text)) > 0 {
			return refuse("text beside the root")
		}
		return nil
	}
	n := r.open[len(r.open)-1]
	n.written = append(n.written, text...)
	return nil
}

func (r *reader) end(t xml.EndElement) error {
	if len(r.open) == 0 {
		return refuse("an end without a start")
	}
	n := r.open[len(r.open)-1]
	if n.prefix != t.Name.Space || n.name != t.Name.Local {
		return refuse("an end of another element")
	}
	n.text, n.written = string(n.written), nil
	// Text around an element is what readers join, cut or take in part.
	if len(n.children) > 0 && strings.TrimSpace(n.text) != "" {
		return refuse("text beside elements")
	}
	r.open = r.open[:len(r.open)-1]
	return nil
}
