// Package oauth decides what an application is given: it checks authorization
// requests and issues codes, grants and tokens to those who may have them. It
// knows no HTTP; package web/oidc translates.
//
// Tokens have Amazon Cognito's shapes. Where Cognito and the documents below
// pull apart, docs/divergences.md says which was followed.
//
// Documents: RFC 6749 (OAuth 2.0), RFC 6750 (Bearer), RFC 7009 (revocation),
// RFC 7636 (PKCE), RFC 7662 (introspection), RFC 8252 §7.3 (loopback
// redirects), RFC 7521 and 7523 (assertions of clients), RFC 7800 (cnf), RFC 8414
// (metadata), RFC 8705 (mutual TLS), RFC 8707 (resource), RFC 9101 (request objects),
// RFC 9126 (pushed requests), RFC 9207 (iss in the answer), RFC 9396 (rich
// requests), RFC 9449 (DPoP), RFC 9700 (security practice); OpenID Connect Core 1.0 with errata 2, Discovery 1.0,
// RP-Initiated Logout 1.0, Back-Channel Logout 1.0, Front-Channel Logout 1.0,
// Session Management 1.0, OAuth 2.0 Form Post Response Mode 1.0.
package oauth
