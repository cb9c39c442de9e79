// Package oidc is the front end for applications: it turns the parameters of
// OAuth 2 and OpenID Connect requests into calls of package oauth, and what
// that answers into responses with the status and headers the RFCs name.
//
// Documents: RFC 6749, RFC 6750 (bearer tokens), RFC 7009 (revocation), RFC
// 7662 (introspection), RFC 8414 (metadata), RFC 8628
// (devices), RFC 9126 (pushed requests); OpenID
// Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0, Front-Channel Logout
// 1.0, Session Management 1.0; OAuth 2.0 Form Post Response Mode 1.0; Amazon
// Cognito's /logout.
package oidc

import (
	"net/http"

	"poolhouse.dev/oauth"
	"poolhouse.dev/web"
)

// Routes lists the endpoints.
func Routes() []web.Route {
	const get, post = http.MethodGet, http.MethodPost
	return []web.Route{
		{Method: get, Path: "/oauth2/authorize", Handle: authorize},
		{Method: post, Path: "/oauth2/authorize", Handle: authorizeByPost, Foreign: true},
		{Method: get, Path: consentPath, Handle: asking(showConsent)},
		{Method: post, Path: consentPath, Handle: asking(answerConsent), Again: asking(showConsent)},
		{Method: post, Path: "/oauth2/par", Kind: web.API, Handle: push, CORS: true},
		{Method: post, Path: "/oauth2/bc-authorize", Kind: web.API, Handle: backchannel},
		{Method: post, Path: "/oauth2/device_authorization", Kind: web.API, Handle: authorizeDevice, CORS: true},
		{Method: post, Path: "/oauth2/token", Kind: web.API, Handle: token, CORS: true},
		{Method: get, Path: "/oauth2/userInfo", Kind: web.API, Handle: userInfo, CORS: true},
		{Method: post, Path: "/oauth2/userInfo", Kind: web.API, Handle: userInfo, CORS: true},
		{Method: post, Path: "/oauth2/revoke", Kind: web.API, Handle: revoke, CORS: true},
		{Method: post, Path: "/oauth2/introspect", Kind: web.API, Handle: introspect},
		{Method: post, Path: "/oauth2/register", Kind: web.API, Handle: register, JSON: maxRegistration, CORS: true},
		{Method: get, Path: "/oauth2/register/:client", Kind: web.API, Handle: readRegistration, CORS: true},
		{Method: http.MethodPut, Path: "/oauth2/register/:client", Kind: web.API, Handle: changeRegistration, JSON: maxRegistration, CORS: true},
		{Method: http.MethodDelete, Path: "/oauth2/register/:client", Kind: web.API, Handle: deleteRegistration, CORS: true},
		{Method: get, Path: "/client-logos/:file", Kind: web.Asset, Handle: clientLogo},
		{Method: get, Path: "/logout", Handle: logout},
		{Method: post, Path: "/logout", Handle: logoutByPost, Foreign: true},
		{Method: post, Path: "/logout/confirm", Page: "/logout", Handle: logoutConfirmed, Again: askAgain},
		{Method: get, Path: "/signedout", Handle: signedOut},
		{Method: get, Path: web.AppsPath, Handle: signedOutApps},
		{Method: get, Path: oauth.CheckSessionPath, Kind: web.Document, Handle: (*web.Request).CheckSession},
		{Method: get, Path: "/.well-known/openid-configuration", Kind: web.Document, Handle: discovery, CORS: true},
		{Method: get, Path: "/.well-known/oauth-authorization-server", Kind: web.Document, Handle: metadata, CORS: true},
		// RFC 8414 §3.1: the well-known part stands before the issuer's path.
		{Method: get, Path: "/.well-known/oauth-authorization-server/:pool", Kind: web.Document, Handle: metadata, CORS: true, Root: true},
		{Method: get, Path: "/.well-known/openid-configuration/:pool", Kind: web.Document, Handle: discovery, CORS: true, Root: true},
		// RFC 9728 §3.1: as above.
		{Method: get, Path: "/.well-known/oauth-protected-resource", Kind: web.Document, Handle: protectedResource, CORS: true},
		{Method: get, Path: "/.well-known/oauth-protected-resource/:pool", Kind: web.Document, Handle: protectedResource, CORS: true, Root: true},
		{Method: get, Path: "/.well-known/oauth-protected-resource" + oauth.UserInfoPath, Kind: web.Document, Handle: protectedUserInfo, CORS: true, Root: true},
		{Method: get, Path: "/.well-known/oauth-protected-resource/:pool" + oauth.UserInfoPath, Kind: web.Document, Handle: protectedUserInfo, CORS: true, Root: true},
		{Method: get, Path: "/.well-known/webfinger", Kind: web.Document, Handle: webFinger, CORS: true},
		{Method: get, Path: "/.well-known/jwks.json", Kind: web.Document, Handle: jwks, CORS: true},
	}
}
