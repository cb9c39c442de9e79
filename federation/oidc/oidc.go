// Package oidc signs people in at providers of OpenID Connect and OAuth 2.0: one
// code flow for all of them, steered by a federation.Profile.
//
//	OpenID Connect Core 1.0 §3.1 (code flow), §5.3 (userinfo), §9 (client authentication)
//	OpenID Connect Discovery 1.0
//	RFC 6749, RFC 7636 (PKCE), RFC 9207 (issuer in the answer), RFC 7523 (private_key_jwt)
//	RFC 9700 (best current practice of OAuth 2.0 security)
//
// go-oidc finds the endpoints and has the signature and the audience of an ID
// token checked, x/oauth2 makes the requests. What they leave open is checked
// here: nonce, azp, times, at_hash, typ, the allowed algorithms, the userinfo's
// sub; and keys are fetched once a minute at most, whatever tokens say.
package oidc

import (
	"errors"
	"net/http"
	"strings"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity/fetch"
)

// Type makes a type of provider of the profile that its package draws from
// settings. profile's error is federation.Problems.
func Type(profile func(federation.Settings) (federation.Profile, error)) federation.Type {
	return federation.Type{
		Check: func(s federation.Settings) error {
			_, err := profile(s)
			return err
		},
		Open: func(s federation.Settings, d federation.Deps) (federation.Provider, error) {
			p, err := profile(s)
			if err != nil {
				return nil, &federation.Error{Code: federation.Misconfigured, Provider: s.Name, Err: err}
			}
			return New(s, p, d), nil
		},
	}
}

// Provider is one provider of the code flow.
type Provider struct {
	settings federation.Settings
	profile  federation.Profile
	deps     federation.Deps
	http     *http.Client
}

// New answers the provider that p describes. Only names and the callback are
// taken from s.
func New(s federation.Settings, p federation.Profile, d federation.Deps) *Provider {
	d = d.WithDefaults()
	return &Provider{settings: s, profile: p, deps: d, http: d.Client.HTTP()}
}

// wantsIDToken says whether the token endpoint owes an ID token.
func (p *Provider) wantsIDToken() bool { return p.profile.Issuer != "" && !p.profile.NoIDToken }

func (p *Provider) fail(code federation.Code, detail string) *federation.Error {
	return &federation.Error{Code: code, Provider: p.settings.Name, Detail: detail}
}

// detailLimit bounds what a stranger's text takes in an event or a log.
const detailLimit = 200

// unanswered is the failure of a request that got no answer to read.
func (p *Provider) unanswered(what string, err error) *federation.Error {
	var known *federation.Error
	if errors.As(err, &known) {
		own := *known // it may have been kept for another provider of the same issuer
		own.Provider = p.settings.Name
		return &own
	}
	code := federation.Unreachable
	if errors.Is(err, fetch.ErrForbidden) {
		code = federation.Misconfigured
	}
	return p.fail(code, what+": "+federation.Plain(err.Error(), detailLimit))
}

// hide takes secrets out of a text that came from outside.
func hide(text string, secrets ...string) string {
	for _, secret := range secrets {
		if len(secret) >= 4 {
			text = strings.ReplaceAll(text, secret, "[hidden]")
		}
	}
	return federation.Plain(text, detailLimit)
}
