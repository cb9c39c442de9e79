package oidc

import (
	"errors"
	"net/http"
	"strings"

	"poolhouse.dev/oauth"
	"poolhouse.dev/web"
)

// token answers tokens (RFC 6749 §3.2).
func token(r *web.Request) error {
	auth, err := clientAuth(r)
	if err != nil {
		return err
	}
	var answer oauth.TokenResponse
	err = guarded(r, auth, func() (err error) {
		answer, err = r.Server().OAuth.Token(r.Ctx(), r.Pool.ID, r.Form.Values, auth)
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
	return challenge(r, err)
}

func clientAuth(r *web.Request) (oauth.ClientAuth, error) {
	auth, err := oauth.ReadClientAuth(r.HTTP().Header.Values("Authorization"), r.Form.Values)
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

// userInfo answers the claims of the access token's person (OpenID Connect Core §5.3).
func userInfo(r *web.Request) error {
	bearer, err := bearerOf(r)
	if err != nil {
		return unauthorized(r, err)
	}
	claims, err := r.Server().OAuth.UserInfo(r.Ctx(), r.Pool.ID, bearer)
	if err != nil {
		return unauthorized(r, err)
	}
	return r.JSON(http.StatusOK, claims)
}

// errNoToken is a refusal without an OAuth error code: RFC 6750 §3.1 wants none
// in the answer to a request that carries no authentication at all.
var errNoToken = &web.Refusal{Status: http.StatusUnauthorized, Message: "session_ended"}

// bearerOf finds the token in the header or the form (RFC 6750 §2.1, §2.2),
// one of them only. A token in the query is not taken: it would be logged
// (RFC 9700 §4.3.2).
func bearerOf(r *web.Request) (string, error) {
	headers, form := r.HTTP().Header.Values("Authorization"), r.Form.Get("access_token")
	switch {
	case len(headers) == 0 && form == "":
		return "", errNoToken
	case len(headers) > 1 || len(headers) == 1 && form != "":
		return "", &oauth.Error{Code: oauth.InvalidRequest, Description: "The access token is given twice."}
	case form != "":
		return form, nil
	}
	scheme, token, ok := strings.Cut(headers[0], " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(token) == "" {
		return "", errNoToken
	}
	return strings.TrimSpace(token), nil
}

// unauthorized adds the challenge of RFC 6750 §3.
func unauthorized(r *web.Request, err error) error {
	value := `Bearer realm="` + string(r.Pool.ID) + `"`
	var e *oauth.Error
	switch {
	case errors.Is(err, errNoToken):
	case errors.As(err, &e):
		value += `, error="` + e.Code + `", error_description="` + quotable(e.Description) + `"`
	default:
		return err
	}
	r.Header().Set("WWW-Authenticate", value)
	return err
}

// quotable leaves out what RFC 6750 §3 does not allow in a description.
func quotable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return -1
		}
		return c
	}, s)
}
