package saml

import "strings"

// leaves are elements whose whole text is their value.
var leaves = set("Issuer", "NameID", "Audience", "SessionIndex", "AuthnContextClassRef", "SignatureValue", "DigestValue", "X509Certificate", "CipherValue", "NameIDFormat")

// checkResponse holds the shape of a response before its signatures are looked
// at: at most one assertion, directly under the root, and signatures where the
// schema puts them. Signature wrapping needs a second of either.
func checkResponse(root *node) error {
	if !root.is(protocolNS, "Response") {
		return refuse("not a SAML response")
	}
	assertions := 0
	return root.walk(func(n *node) error {
		switch n.name {
		case "Response":
			if n != root {
				return refuse("a response within a response")
			}
		case "Assertion", "EncryptedAssertion":
			assertions++
			if assertions > 1 || n.parent != root || n.space != assertionNS {
				return refuse("more than one assertion, or one that is not directly under the response")
			}
		}
		return checkPlace(n, root)
	})
}

// checkAssertion holds the shape of an assertion that stands alone, as it comes
// out of its encryption.
func checkAssertion(root *node) error {
	if !root.is(assertionNS, "Assertion") {
		return refuse("not a SAML assertion")
	}
	return root.walk(func(n *node) error {
		if n != root && (n.name == "Assertion" || n.name == "EncryptedAssertion" || n.name == "Response") {
			return refuse("a message within an assertion")
		}
		return checkPlace(n, root)
	})
}

// checkMessage holds the shape of a logout message.
func checkMessage(root *node, name string) error {
	if !root.is(protocolNS, name) {
		return refuse("not a SAML %s", name)
	}
	return root.walk(func(n *node) error {
		if n != root && (n.name == "Assertion" || n.name == "EncryptedAssertion" || n.space == protocolNS && strings.HasPrefix(n.name, "Logout")) {
			return refuse("a message within a message")
		}
		return checkPlace(n, root)
	})
}

// checkPlace holds what is asked of every element: values have no elements in
// them, and a signature is the second child of what it signs.
func checkPlace(n, root *node) error {
	if leaves[n.name] && len(n.children) > 0 {
		return refuse("an element within %s", n.name)
	}
	if n.name != "Signature" {
		return nil
	}
	signed := n.parent
	if signed != root && !(signed.is(assertionNS, "Assertion") && signed.parent == root) {
		return refuse("a signature that stands elsewhere")
	}
	for i, c := range signed.children {
		if c == n && !(i == 0 || i == 1 && signed.children[0].is(assertionNS, "Issuer")) {
			return refuse("a signature that does not follow the issuer, or a second one")
		}
	}
	return checkSignature(n, signed.value("ID"))
}

// checkSignature holds that a signature has one SignedInfo with one Reference,
// to the element it stands in, by algorithms that are allowed.
func checkSignature(n *node, id string) error {
	if n.space != signatureNS || !n.consists(signatureNS, "SignedInfo", "SignatureValue") && !n.consists(signatureNS, "SignedInfo", "SignatureValue", "KeyInfo") {
		return refuse("a signature with other parts than it needs")
	}
	info := n.children[0]
	if !info.consists(signatureNS, "CanonicalizationMethod", "SignatureMethod", "Reference") {
		return refuse("a SignedInfo with other parts than it needs")
	}
	method, reference := info.children[1], info.children[2]
	if !canonical[info.children[0].value("Algorithm")] || !onlyPrefixes(info.children[0]) {
		return refuse("a canonicalisation that is not exclusive")
	}
	if !signatureMethods[method.value("Algorithm")] || len(method.children) > 0 {
		return refuse("a signature by an algorithm that is not allowed")
	}
	if id == "" || reference.value("URI") != "#"+id {
		return refuse("a signature of another element than it stands in")
	}
	return checkReference(reference)
}

func checkReference(n *node) error {
	if !n.consists(signatureNS, "Transforms", "DigestMethod", "DigestValue") {
		return refuse("a reference with other parts than it needs")
	}
	if digest := n.children[1]; !digestMethods[digest.value("Algorithm")] || len(digest.children) > 0 {
		return refuse("a digest by an algorithm that is not allowed")
	}
	transforms := n.children[0]
	if !transforms.consists(signatureNS, "Transform", "Transform") {
		return refuse("transforms other than the two of SAML")
	}
	// Core §5.4.4: the enveloped signature transform and exclusive canonicalisation.
	first, second := transforms.children[0], transforms.children[1]
	if first.value("Algorithm") != enveloped || len(first.children) > 0 || !canonical[second.value("Algorithm")] || !onlyPrefixes(second) {
		return refuse("transforms other than the two of SAML")
	}
	return nil
}

// onlyPrefixes allows nothing below n but the list of prefixes of exclusive
// canonicalisation.
func onlyPrefixes(n *node) bool {
	for _, c := range n.children {
		if !c.is(exclusiveNS, "InclusiveNamespaces") || len(c.children) > 0 || len(n.children) > 1 {
			return false
		}
	}
	return true
}

// consists says that the children of n are these, in this order, and no others.
func (n *node) consists(space string, names ...string) bool {
	if len(n.children) != len(names) {
		return false
	}
	for i, name := range names {
		if !n.children[i].is(space, name) {
			return false
		}
	}
	return true
}
