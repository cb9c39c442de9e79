package saml

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// outline writes what a reader saw: names with namespaces, attributes, values.
func outline(n *node) string {
	var b strings.Builder
	var write func(*node)
	write = func(n *node) {
		b.WriteString("<" + n.space + " " + n.name)
		for _, a := range n.attrs {
			b.WriteString(" " + a.name + "=" + a.value)
		}
		b.WriteString(">")
		for _, c := range n.children {
			write(c)
		}
		if len(n.children) == 0 {
			b.WriteString(n.text)
		}
		b.WriteString("</>")
	}
	write(n)
	return b.String()
}

// seen is an element as encoding/xml reads it into a struct.
type seen struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []seen     `xml:",any"`
}

// readAgain answers the outline that encoding/xml gives.
func readAgain(t *testing.T, raw []byte) string {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(raw))
	var s seen
	if err := d.Decode(&s); err != nil {
		t.Fatalf("taken here, refused there: %v", err)
	}
	if _, err := d.Token(); err != io.EOF && err != nil {
		t.Fatalf("taken here, refused there: %v", err)
	}
	var b strings.Builder
	var write func(seen)
	write = func(s seen) {
		b.WriteString("<" + s.XMLName.Space + " " + s.XMLName.Local)
		for _, a := range s.Attrs {
			if a.Name.Space == "" && a.Name.Local != "xmlns" {
				b.WriteString(" " + a.Name.Local + "=" + a.Value)
			}
		}
		b.WriteString(">")
		for _, c := range s.Children {
			write(c)
		}
		if len(s.Children) == 0 {
			b.WriteString(s.Text)
		}
		b.WriteString("</>")
	}
	write(s)
	return b.String()
}
