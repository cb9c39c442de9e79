package oidc

import (
	"net/http"

	"poolhouse.dev/oauth"
	"poolhouse.dev/web"
)

// token answers tokens (RFC 6749 §3.2).
func token(r *web.Request) error {
	in, err := clientRequest(r)
	if err != nil {
		return err
	}
	var answer oauth.TokenResponse
	err = guarded(r, in.Auth, func() (err error) {
		answer, err = r.Server().OAuth.Token(r.Ctx(), r.Pool.ID, in)
		return err
	})
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, answer)
}

// revoke ends a token (RFC 7009 §2).
func revoke(r *web.Request) error {
	auth, err := clientAuth(r)
	if err != nil {
		return err
	}
	err = guarded(r, auth, func() error { return r.Server().OAuth.Revoke(r.Ctx(), r.Pool.ID, r.Form.Values, auth) })
	if err != nil {
		return err
	}
	return r.Empty(http.StatusOK)
}

// introspect tells a confidential client about a token (RFC 7662 §2).
func introspect(r *web.Request) error {
	auth, err := clientAuth(r)
	if err != nil {
		return err
	}
	var answer oauth.Introspection
	err = guarded(r, auth, func() (err error) {
		answer, err = r.Server().OAuth.Introspect(r.Ctx(), r.Pool.ID, r.Form.Values, auth)
		return err
	})
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, answer)
}

// guarded runs a client's request, unless too many wrong secrets came before it.
func guarded(r *web.Request, auth oauth.ClientAuth, request func() error) error {
	wait, err := r.Server().OAuth.Guarded(r.Ctx(), r.Pool.ID, auth, r.Origin().Address, request)
	if wait > 0 {
		return &web.Refusal{Status: http.StatusTooManyRequests, Message: "too_many_attempts", Detail: "too many wrong client secrets", RetryAfter: wait}
	}
	giveNonce(r, err)
	return challenge(r, err)
}

// giveNonce answers the nonce for the next DPoP proof to a client that sends one, or
// should have (RFC 9449 §8).
func giveNonce(r *web.Request, err error) {
	code, _ := oauth.CodeOf(err)
	if r.HTTP().Header.Get("DPoP") != "" || code == oauth.InvalidDPoPProof || code == oauth.UseDPoPNonce {
		r.Header().Set("DPoP-Nonce", r.Server().OAuth.DPoPNonce(r.Pool.ID))
	}
}

// clientRequest answers what a client sends to an endpoint that it authenticates at.
func clientRequest(r *web.Request) (oauth.TokenRequest, error) {
	auth, err := clientAuth(r)
	return oauth.TokenRequest{Form: r.Form.Values, Auth: auth, DPoP: r.HTTP().Header.Values("DPoP"), URL: r.URL(), Vouch: r.Vouched, Origin: r.Origin()}, err
}

func clientAuth(r *web.Request) (oauth.ClientAuth, error) {
	auth, err := oauth.ReadClientAuth(r.HTTP().Header.Values("Authorization"), r.Form.Values)
	if err == nil {
		auth.URL = r.URL()
		auth.Certificate, err = r.Certificate()
	}
	return auth, challenge(r, err)
}

// challenge names the scheme to a client that failed to authenticate with the
// Authorization header (RFC 6749 §5.2).
func challenge(r *web.Request, err error) error {
	if code, _ := oauth.CodeOf(err); code == oauth.InvalidClient && r.HTTP().Header.Get("Authorization") != "" {
		r.Header().Set("WWW-Authenticate", `Basic realm="`+string(r.Pool.ID)+`", charset="UTF-8"`)
	}
	return err
}
