// Package saml signs people in with a SAML 2.0 identity provider. It is a service
// provider over crewjam/saml's messages with a guard in front: a response is read
// once by a small strict reader, its signatures are verified by goxmldsig against
// one pinned certificate at a time, and what is believed is read from the bytes
// that the verification answers, never from what arrived.
//
// A flow is Begin, a trip to the identity provider, Finish. Only the response to
// the request named by the pending flow is taken; IdP-initiated responses have
// their own entry, FinishUnsolicited, closed unless the provider's settings open
// it. The caller keeps the assertions it took (Answer.Assertion) until their end:
// this package holds no memory of its own.
//
// Documents implemented: SAML 2.0 core, bindings (HTTP-Redirect, HTTP-POST),
// profiles §4.1 (web browser SSO) and §4.4 (single logout), metadata (OASIS,
// 2005-03-15, with errata 05); XML Signature 1.1 and XML Encryption 1.1 (W3C,
// 2013) as far as SAML uses them. Not implemented: artifact binding, name
// identifier management, attribute queries, encrypted name identifiers.
package saml
