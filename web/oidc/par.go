package oidc

import (
	"net/http"

	"poolhouse.dev/oauth"
	"poolhouse.dev/web"
)

// push keeps an authorization request for a browser to bring (RFC 9126 §2).
func push(r *web.Request) error {
	auth, err := clientAuth(r)
	if err != nil {
		return err
	}
	var answer oauth.Pushed
	err = guarded(r, auth, func() (err error) {
		answer, err = r.Server().OAuth.Push(r.Ctx(), r.Pool.ID, r.Form.Values, auth)
		return err
	})
	if err != nil {
		return err
	}
	return r.JSON(http.StatusCreated, answer)
}
