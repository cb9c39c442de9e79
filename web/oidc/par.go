package oidc

import (
	"net/http"

	"poolhouse.dev/oauth"
	"poolhouse.dev/web"
)

// push keeps an authorization request for a browser to bring (RFC 9126 §2).
func push(r *web.Request) error {
	in, err := clientRequest(r)
	if err != nil {
		return err
	}
	var answer oauth.Pushed
	err = guarded(r, in.Auth, func() (err error) {
		answer, err = r.Server().OAuth.Push(r.Ctx(), r.Pool.ID, in)
		return err
	})
	giveNonce(r, err)
	if err != nil {
		return err
	}
	return r.JSON(http.StatusCreated, answer)
}
