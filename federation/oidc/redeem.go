package oidc

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"poolhouse.dev/federation"
)

// assertionLife is how long a private_key_jwt assertion holds.
const assertionLife = 2 * time.Minute

// redeem exchanges the code (RFC 6749 §4.1.3, RFC 7636 §4.5).
func (p *Provider) redeem(ctx context.Context, m metadata, trip pending, code string) (federation.Tokens, error) {
	config := p.config(m)
	options, err := p.authenticate(m, config)
	if err != nil {
		return federation.Tokens{}, err
	}
	if trip.Verifier != "" {
		options = append(options, oauth2.VerifierOption(trip.Verifier))
	}
	token, err := config.Exchange(oidc.ClientContext(ctx, p.http), code, options...)
	if err != nil {
		if ctx.Err() != nil {
			return federation.Tokens{}, ctx.Err()
		}
		return federation.Tokens{}, p.notRedeemed(err, code, trip.Verifier, config.ClientSecret)
	}
	if kind := token.Type(); !strings.EqualFold(kind, "bearer") { // RFC 6749 §7.1
		return federation.Tokens{}, p.fail(federation.Invalid, "the token endpoint issued a token of the type "+federation.Plain(kind, 40))
	}
	out := federation.Tokens{Access: token.AccessToken, Refresh: token.RefreshToken, Expires: token.Expiry}
	if token.ExpiresIn > 0 {
		out.Expires = p.deps.Now().Add(time.Duration(min(token.ExpiresIn, 1<<30)) * time.Second)
	}
	out.ID, _ = token.Extra("id_token").(string)
	return out, nil
}

// authenticate proves which client asks, one way alone: a secret tried in two
// places is sent twice.
func (p *Provider) authenticate(m metadata, config *oauth2.Config) ([]oauth2.AuthCodeOption, error) {
	auth := p.profile.Auth
	switch p.method(m) {
	case federation.NoSecret:
		return nil, nil
	case federation.PrivateKeyJWT:
		assertion, err := p.assertion(m)
		if err != nil {
			return nil, p.fail(federation.Misconfigured, "the private key does not sign")
		}
		return []oauth2.AuthCodeOption{
			oauth2.SetAuthURLParam("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
			oauth2.SetAuthURLParam("client_assertion", assertion),
		}, nil
	case federation.SecretBasic:
		config.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	}
	config.ClientSecret = auth.Secret
	if auth.MakeSecret != nil {
		made, err := auth.MakeSecret(p.deps.Now())
		if err != nil {
			return nil, p.fail(federation.Misconfigured, "the client secret cannot be made")
		}
		config.ClientSecret = made
	}
	return nil, nil
}

func (p *Provider) method(m metadata) string {
	if p.profile.Auth.Method != "" {
		return p.profile.Auth.Method
	}
	if len(m.methods) > 0 && !slices.Contains(m.methods, federation.SecretPost) && slices.Contains(m.methods, federation.SecretBasic) {
		return federation.SecretBasic
	}
	return federation.SecretPost
}

// assertion is RFC 7523 §3, made for this one request.
func (p *Provider) assertion(m metadata) (string, error) {
	now := p.deps.Now()
	return p.profile.Auth.Key.Sign(map[string]any{
		"iss": p.profile.ClientID, "sub": p.profile.ClientID, "aud": m.endpoints.Token,
		"jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	})
}

// ours are the codes of the token endpoint that only a change of settings helps:
// RFC 6749 §5.2, then Google's and GitHub's.
var ours = []string{"invalid_client", "unauthorized_client", "unsupported_grant_type", "redirect_uri_mismatch", "incorrect_client_credentials"}

// notRedeemed reads a refusal. Its body is never kept whole: it may repeat what
// was sent.
func (p *Provider) notRedeemed(err error, secrets ...string) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		var fault *url.Error
		if errors.As(err, &fault) {
			return p.unanswered("the token endpoint does not answer", fault.Err)
		}
		return p.fail(federation.Invalid, "the token endpoint's answer cannot be read, or holds no access token")
	}
	reason, description := refused.ErrorCode, refused.ErrorDescription
	if reason == "" {
		reason, description = strconv.Itoa(refused.Response.StatusCode), graphMessage(refused.Body)
	}
	code := federation.Refused
	switch {
	case slices.Contains(ours, reason):
		code = federation.Misconfigured
	case refused.Response.StatusCode >= http.StatusInternalServerError, tooMany(refused.Response.StatusCode, refused.Response.Header):
		code = federation.Unreachable
	}
	e := p.fail(code, "the token endpoint refused the code: "+hide(description, secrets...))
	e.Reason = hide(reason, secrets...)
	return e
}

// graphMessage reads the form of error that Facebook has.
func graphMessage(body []byte) string {
	var graph struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &graph) != nil {
		return ""
	}
	return graph.Error.Message
}
