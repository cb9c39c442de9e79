package oidc

import (
	"net/http"

	"poolhouse.dev/oauth"
	"poolhouse.dev/web"
)

// backchannel asks a person for what a client wants (CIBA §7).
func backchannel(r *web.Request) error {
	in, err := clientRequest(r)
	if err != nil {
		return err
	}
	var answer oauth.BackchannelAnswer
	err = guarded(r, in.Auth, func() (err error) {
		answer, err = r.Server().OAuth.Backchannel(r.Ctx(), r.Pool.ID, in, r.Origin().Address)
		return err
	})
	if code, _ := oauth.CodeOf(err); code == oauth.AccessDenied {
		return web.WithStatus(err, http.StatusForbidden) // CIBA §13
	}
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, answer)
}
