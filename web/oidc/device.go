package oidc

import (
	"net/http"

	"poolhouse.dev/oauth"
	"poolhouse.dev/web"
)

// authorizeDevice begins an authorization that a person gives elsewhere (RFC 8628 §3.1).
func authorizeDevice(r *web.Request) error {
	in, err := clientRequest(r)
	if err != nil {
		return err
	}
	var answer oauth.DeviceAuthorization
	err = guarded(r, in.Auth, func() (err error) {
		answer, err = r.Server().OAuth.AuthorizeDevice(r.Ctx(), r.Pool.ID, in, r.Link("/device"), r.Origin().Address)
		return err
	})
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, answer)
}
