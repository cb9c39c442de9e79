package oidc

import (
	"errors"
	"net/http"
	"path"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
	"poolhouse.dev/web"
)

// maxRegistration bounds what a client says of itself.
const maxRegistration = 64 << 10

// register makes a client (RFC 7591 §3).
func register(r *web.Request) error {
	in, err := registration(r)
	if err != nil {
		return managing(r, err)
	}
	made, err := r.Server().OAuth.Register(r.Ctx(), r.Pool.ID, in)
	if err != nil {
		return managing(r, err)
	}
	return r.JSON(http.StatusCreated, made)
}

// readRegistration answers what a client is registered as (RFC 7592 §2.1).
func readRegistration(r *web.Request) error {
	in, err := registration(r)
	if err != nil {
		return managing(r, err)
	}
	found, err := r.Server().OAuth.ReadRegistration(r.Ctx(), r.Pool.ID, in)
	if err != nil {
		return managing(r, err)
	}
	return r.JSON(http.StatusOK, found)
}

// changeRegistration takes what a client is from now on (RFC 7592 §2.2).
func changeRegistration(r *web.Request) error {
	in, err := registration(r)
	if err != nil {
		return managing(r, err)
	}
	changed, err := r.Server().OAuth.ChangeRegistration(r.Ctx(), r.Pool.ID, in)
	if err != nil {
		return managing(r, err)
	}
	return r.JSON(http.StatusOK, changed)
}

// deleteRegistration removes a client at its own wish (RFC 7592 §2.3).
func deleteRegistration(r *web.Request) error {
	in, err := registration(r)
	if err == nil {
		err = r.Server().OAuth.DeleteRegistration(r.Ctx(), r.Pool.ID, in)
	}
	if err != nil {
		return managing(r, err)
	}
	return r.Empty(http.StatusNoContent)
}

// registration reads the token from the header alone (RFC 7591 §3, RFC 6750 §2.1).
func registration(r *web.Request) (oauth.Registration, error) {
	in := oauth.Registration{Body: r.Body, Origin: r.Origin()}
	if base := "/oauth2/register/"; strings.Contains(r.HTTP().URL.Path, base) {
		in.Client = identity.ClientID(path.Base(r.HTTP().URL.Path))
	}
	headers := r.HTTP().Header.Values("Authorization")
	if len(headers) == 0 {
		return in, nil
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return in, &oauth.Error{Code: oauth.InvalidToken, Description: "The token is given once, as Bearer."}
	}
	in.Token = strings.TrimSpace(token)
	return in, nil
}

// managing adds the challenge to a token that does not serve (RFC 6750 §3), and the
// status to a pool that takes no registrations.
func managing(r *web.Request, err error) error {
	var e *oauth.Error
	switch {
	case !errors.As(err, &e):
	case e.Code == oauth.InvalidToken:
		r.Header().Set("WWW-Authenticate", `Bearer realm="`+string(r.Pool.ID)+`", error="`+e.Code+`", error_description="`+quotable(e.Description)+`"`)
	case e.Code == oauth.AccessDenied:
		return web.WithStatus(err, http.StatusForbidden)
	}
	return err
}

// clientLogo answers the picture of a registered client, as we drew it.
func clientLogo(r *web.Request) error {
	settings := identity.Settings{Core: r.Server().Identity}
	found, err := settings.ClientLogo(r.Ctx(), r.Pool.ID, path.Base(r.HTTP().URL.Path))
	if err != nil {
		return err
	}
	return r.Portrait(found.ContentType, found.Body)
}
