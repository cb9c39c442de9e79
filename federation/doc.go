// Package federation signs people in with what other identity providers say of
// them. A Provider is asked to Begin a trip and, when the browser is back, to
// Finish it; what it answers is verified, and nothing else leaves it.
//
// federation/oidc speaks OpenID Connect and OAuth 2.0, federation/saml SAML 2.0.
// The packages of single providers (google, apple, github, …) hold a Profile:
// what that provider does its own way. Which types a program knows is said in
// one table, a Types, by whoever puts the program together.
//
// Who the person is here, whether an address may be believed and whether two
// identities belong together is decided by the caller; so are keeping Pending
// secret, bound to the browser and taken once, and telling providers apart: a
// Subject means something together with its provider alone.
package federation
