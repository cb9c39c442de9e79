package oidc

import (
	"errors"
	"net/http"
	"strings"

	"poolhouse.dev/oauth"
	"poolhouse.dev/oauth/jws"
	"poolhouse.dev/web"
)

// userInfo answers the claims of the access token's person (OpenID Connect Core §5.3).
func userInfo(r *web.Request) error {
	token, err := presented(r)
	if err != nil {
		return unauthorized(r, token.Scheme, err)
	}
	info, err := r.Server().OAuth.UserInfo(r.Ctx(), r.Pool.ID, token)
	giveNonce(r, err)
	if err != nil {
		return unauthorized(r, token.Scheme, err)
	}
	if info.JWT != "" { // §5.3.2
		return r.JWT(http.StatusOK, info.JWT)
	}
	return r.JSON(http.StatusOK, info.Claims)
}

// errNoToken is a refusal without an OAuth error code: RFC 6750 §3.1 wants none
// in the answer to a request that carries no authentication at all.
var errNoToken = &web.Refusal{Status: http.StatusUnauthorized, Message: "session_ended"}

// presented finds the token in the header, under Bearer or DPoP (RFC 6750 §2.1, RFC
// 9449 §7.1), or in the form (RFC 6750 §2.2), one of them only. A token in the query
// is not taken: it would be logged (RFC 9700 §4.3.2).
func presented(r *web.Request) (oauth.Presented, error) {
	headers, form := r.HTTP().Header.Values("Authorization"), r.Form.Get("access_token")
	in := oauth.Presented{Scheme: "Bearer", Token: form, DPoP: r.HTTP().Header.Values("DPoP"), Method: r.HTTP().Method, URL: r.URL()}
	var err error
	in.Certificate, err = r.Certificate()
	switch {
	case err != nil:
		return in, err
	case len(headers) == 0 && form == "":
		return in, errNoToken
	case len(headers) > 1 || len(headers) == 1 && form != "":
		return in, &oauth.Error{Code: oauth.InvalidRequest, Description: "The access token is given twice."}
	case form != "":
		return in, nil
	}
	scheme, token, ok := strings.Cut(headers[0], " ")
	known := strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "DPoP") // RFC 9110 §11.1: in any case
	if !ok || !known || strings.TrimSpace(token) == "" {
		return in, errNoToken
	}
	in.Scheme, in.Token = scheme, strings.TrimSpace(token)
	return in, nil
}

// dpopAlgs are what a proof may be signed with, for the challenge (RFC 9449 §7.1).
var dpopAlgs = `DPoP algs="` + strings.Join(jws.Asymmetric, " ") + `"`

// unauthorized adds the challenges of RFC 6750 §3, RFC 9449 §7.1 and RFC 9728 §5.1: what went wrong
// under the scheme that was tried, which stands first, and the other one beside it.
func unauthorized(r *web.Request, scheme string, err error) error {
	bearer, byKey := `Bearer realm="`+string(r.Pool.ID)+`"`, dpopAlgs
	why, where := "", resourceMetadata(r)
	var e *oauth.Error
	switch {
	case errors.Is(err, errNoToken):
	case errors.As(err, &e):
		why = `, error="` + e.Code + `", error_description="` + quotable(e.Description) + `"`
	default:
		return err
	}
	if strings.EqualFold(scheme, "DPoP") {
		r.Header().Add("WWW-Authenticate", byKey+why+where)
		r.Header().Add("WWW-Authenticate", bearer+where)
	} else {
		r.Header().Add("WWW-Authenticate", bearer+why+where)
		r.Header().Add("WWW-Authenticate", byKey+where)
	}
	if e != nil && (e.Code == oauth.InvalidDPoPProof || e.Code == oauth.UseDPoPNonce) {
		return web.WithStatus(err, http.StatusUnauthorized) // RFC 9449 §7.1, §9
	}
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
