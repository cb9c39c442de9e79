package saml

import (
	"maps"
	"strings"
	"time"
)

// node is an element as parse read it.
type node struct {
	prefix   string
	space    string // the namespace
	name     string // the local name
	attrs    []attr // without prefix; the others mean nothing here
	text     string // all of it, set when the element has ended
	written  []byte // until then
	children []*node
	parent   *node
	scope    scope
}

type attr struct{ space, name, value string }

// scope is what prefixes mean at an element, the default under "".
type scope map[string]string

func (s scope) copy() scope { return maps.Clone(s) }

// resolve answers the namespace of a prefix. Attributes have no default one.
func (s scope) resolve(prefix string, element bool) (string, bool) {
	if prefix == "" && !element {
		return "", true
	}
	if prefix == "xml" {
		return xmlNS, true
	}
	uri, ok := s[prefix]
	return uri, ok || prefix == ""
}

func (n *node) is(space, name string) bool { return n != nil && n.space == space && n.name == name }

// within says that n or an element around it has this local name.
func (n *node) within(name string) bool {
	for ; n != nil; n = n.parent {
		if n.name == name {
			return true
		}
	}
	return false
}

// get answers an attribute, and whether it is there.
func (n *node) get(name string) (string, bool) {
	for _, a := range n.attrs {
		if a.name == name {
			return a.value, true
		}
	}
	return "", false
}

// value answers an attribute, "" when it is not there.
func (n *node) value(name string) string {
	v, _ := n.get(name)
	return v
}

// all answers the children of a name.
func (n *node) all(space, name string) []*node {
	var found []*node
	for _, c := range n.children {
		if c.is(space, name) {
			found = append(found, c)
		}
	}
	return found
}

// only answers the one child of a name; nil when there is none, or more than one.
func (n *node) only(space, name string) *node {
	if found := n.all(space, name); len(found) == 1 {
		return found[0]
	}
	return nil
}

// path goes down through elements that are each alone of their name, in the
// namespace given; nil when one is not.
func (n *node) path(space string, names ...string) *node {
	for _, name := range names {
		if n = n.only(space, name); n == nil {
			return nil
		}
	}
	return n
}

// walk visits n and everything below it until visit answers an error.
func (n *node) walk(visit func(*node) error) error {
	if err := visit(n); err != nil {
		return err
	}
	for _, c := range n.children {
		if err := c.walk(visit); err != nil {
			return err
		}
	}
	return nil
}

// flat answers the text of n and of everything below it.
func (n *node) flat() string {
	text := n.text
	if len(n.children) > 0 {
		text = ""
	}
	for _, c := range n.children {
		text += c.flat()
	}
	return strings.TrimSpace(text)
}

// instant reads an xs:dateTime with its zone (core §1.3.3: UTC). present is false
// when the attribute is not there; ok is false when it cannot be read.
func (n *node) instant(name string) (t time.Time, present, ok bool) {
	text, present := n.get(name)
	if !present {
		return time.Time{}, false, true
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return t, true, err == nil
}
