package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// ClientAuth is what a client presented at the token, revocation or
// introspection endpoint.
type ClientAuth struct {
	ID     identity.ClientID
	Secret string
	Method string
}

// ReadClientAuth finds the one way in which a client authenticates, in the
// values of the Authorization header and the body. RFC 6749 §2.3: a client uses
// no more than one.
func ReadClientAuth(authorization []string, body url.Values) (ClientAuth, error) {
	f := form(body)
	id, secret := f.get("client_id"), f.get("client_secret")
	if len(body["client_id"]) > 1 || len(body["client_secret"]) > 1 { // RFC 6749 §3.2
		return ClientAuth{}, refuse(InvalidRequest, "A parameter is given twice.")
	}
	switch {
	case len(authorization) > 1:
		return ClientAuth{}, refuse(InvalidRequest, "The Authorization header is given twice.")
	case len(authorization) == 1:
		return readBasic(authorization[0], id, secret)
	case id == "" || !utf8.ValidString(id):
		return ClientAuth{}, refuse(InvalidClient, "The client did not say who it is.")
	case secret != "":
		return ClientAuth{ID: identity.ClientID(id), Secret: secret, Method: identity.AuthPost}, nil
	}
	return ClientAuth{ID: identity.ClientID(id), Method: identity.AuthNone}, nil
}

// readBasic: RFC 6749 §2.3.1: both halves are form-encoded before they are
// joined. An empty secret is none at all, which is how some libraries send a
// public client's id.
func readBasic(header, bodyID, bodySecret string) (ClientAuth, error) {
	id, secret, ok := decodeBasic(header)
	switch {
	case !ok:
		return ClientAuth{}, refuse(InvalidClient, "The Authorization header is not Basic with a client id and secret.")
	case bodySecret != "":
		return ClientAuth{}, refuse(InvalidRequest, "The client authenticates in two ways.")
	case bodyID != "" && bodyID != id:
		return ClientAuth{}, refuse(InvalidRequest, "The client_id in header and body differ.")
	case secret == "":
		return ClientAuth{ID: identity.ClientID(id), Method: identity.AuthNone}, nil
	}
	return ClientAuth{ID: identity.ClientID(id), Secret: secret, Method: identity.AuthBasic}, nil
}

func decodeBasic(header string) (id, secret string, ok bool) {
	scheme, rest, _ := strings.Cut(header, " ")
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	if !strings.EqualFold(scheme, "Basic") || err != nil {
		return "", "", false
	}
	id, secret, found := strings.Cut(string(decoded), ":")
	id, idErr := url.QueryUnescape(id)
	secret, secretErr := url.QueryUnescape(secret)
	return id, secret, found && idErr == nil && secretErr == nil && id != "" && utf8.ValidString(id)
}

// LogValue hides the secret from logs.
func (a ClientAuth) LogValue() slog.Value {
	return slog.GroupValue(slog.String("client_id", string(a.ID)), slog.String("method", a.Method))
}

// authenticate answers the pool and the client, or InvalidClient: one answer
// for an unknown client, a wrong secret and a wrong method.
func (p *Provider) authenticate(ctx context.Context, pool identity.PoolID, auth ClientAuth) (identity.Pool, identity.Client, error) {
	var in identity.Pool
	var c identity.Client
	known := false
	err := p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		in, c, known, err = p.client(r, pool, auth.ID)
		return err
	})
	if err != nil {
		return in, c, err
	}
	secret, err := p.secretOf(&c, known)
	if err != nil {
		return in, c, err
	}
	// The comparison runs in every case; what an unknown client saves is the
	// reading of one record, and client ids are no secret (RFC 6749 §2.2).
	right := sameSecret(secret, auth.Secret)
	if !known || !slices.Contains(c.AuthMethods(), auth.Method) || auth.Method != identity.AuthNone && !right {
		return in, c, refuse(InvalidClient, "The client is unknown or did not authenticate as registered.")
	}
	return in, c, nil
}

// secretOf answers the client's secret; for a client without one something no
// client can send.
func (p *Provider) secretOf(c *identity.Client, known bool) (string, error) {
	if !known || len(c.Secret) == 0 {
		return randomText(secretBytes), nil
	}
	return p.settings().ClientSecret(*c)
}

func sameSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
