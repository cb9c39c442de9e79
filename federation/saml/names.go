package saml

// Namespaces.
const (
	protocolNS  = "urn:oasis:names:tc:SAML:2.0:protocol"
	assertionNS = "urn:oasis:names:tc:SAML:2.0:assertion"
	metadataNS  = "urn:oasis:names:tc:SAML:2.0:metadata"
	signatureNS = "http://www.w3.org/2000/09/xmldsig#"
	encryptNS   = "http://www.w3.org/2001/04/xmlenc#"
	encrypt11NS = "http://www.w3.org/2009/xmlenc11#"
	exclusiveNS = "http://www.w3.org/2001/10/xml-exc-c14n#"
	xmlNS       = "http://www.w3.org/XML/1998/namespace"
)

// Bindings, formats and methods.
const (
	redirectBinding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	postBinding     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"

	formatPersistent  = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
	formatTransient   = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	formatEntity      = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
	formatEmail       = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
	formatUnspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"

	bearer        = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
	success       = "urn:oasis:names:tc:SAML:2.0:status:Success"
	requestDenied = "urn:oasis:names:tc:SAML:2.0:status:RequestDenied"
	partialLogout = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout"
)

// Algorithms of signatures. What is not named here is not verified: SHA-1, MD5,
// HMAC (a certificate is no secret), DSA.
const (
	enveloped         = signatureNS + "enveloped-signature"
	exclusive         = exclusiveNS
	exclusiveComments = exclusiveNS + "WithComments"
	rsaSHA256         = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
)

var (
	signatureMethods = set(
		rsaSHA256,
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
	)
	digestMethods = set(
		encryptNS+"sha256",
		"http://www.w3.org/2001/04/xmldsig-more#sha384",
		encryptNS+"sha512",
	)
	// With comments or without is the same here: comments are refused.
	canonical = set(exclusive, exclusiveComments)
)

func set(names ...string) map[string]bool {
	all := map[string]bool{}
	for _, name := range names {
		all[name] = true
	}
	return all
}
