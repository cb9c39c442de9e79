package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/jws"
	"poolhouse.dev/oauth/keyset"
	"poolhouse.dev/storage"
)

// besideSigned are the parameters that stand beside a signed request: they prove the
// client (CIBA §7.1.1).
var besideSigned = []string{"request", "client_id", "client_secret", "client_assertion", "client_assertion_type"}

// signedBackchannel is a signed authentication request whose signature holds.
type signedBackchannel struct {
	jws.Claims
	kind   string
	client identity.ClientID
	issuer string
	now    time.Time
}

// signedBackchannelChecks: CIBA §7.1.1: every claim must be there.
var signedBackchannelChecks = []struct {
	clause, reason string
	passes         func(*signedBackchannel) bool
}{
	{"RFC 9101 §4, RFC 8725 §3.11: typ, where it is there", "its typ is of another purpose", func(s *signedBackchannel) bool {
		return slices.Contains([]string{"", "JWT", "oauth-authz-req+jwt"}, s.kind)
	}},
	{"CIBA §7.1.1: iss is the client", "its iss is not the client", func(s *signedBackchannel) bool { return s.Issuer == string(s.client) }},
	{"CIBA §7.1.1: aud is us", "its aud is not the issuer", func(s *signedBackchannel) bool { return slices.Contains(s.Audience.Values, s.issuer) }},
	{"RFC 7523 §3: no assertion that the client proves itself with", "its sub is the client", func(s *signedBackchannel) bool { return s.Subject != string(s.client) }},
	{"CIBA §7.1.1: exp, not far off", "its exp has passed, is missing, or is more than an hour away", func(s *signedBackchannel) bool {
		return s.Expires.Set && s.now.Before(s.Expires.Add(objectSkew)) && s.Expires.Before(s.now.Add(objectLife+objectSkew))
	}},
	{"CIBA §7.1.1: iat", "its iat is missing or has not come", func(s *signedBackchannel) bool { return s.IssuedAt.Set && !s.IssuedAt.After(s.now.Add(objectSkew)) }},
	{"CIBA §7.1.1: nbf", "its nbf is missing or has not come", func(s *signedBackchannel) bool { return s.NotBefore.Set && !s.NotBefore.After(s.now.Add(objectSkew)) }},
	{"FAPI 1.0 Advanced §5.2.2 no. 17: nbf at most an hour ago", "its nbf is more than an hour ago", func(s *signedBackchannel) bool {
		return !s.NotBefore.Before(s.now.Add(-objectLife - objectSkew))
	}},
	{"CIBA §7.1.1: jti", "its jti is missing or too long", func(s *signedBackchannel) bool { return s.ID != "" && len(s.ID) <= maxTokenID }},
}

func badBackchannel(reason string, cause error) *Error {
	return &Error{Code: InvalidRequest, Description: "The signed request is refused: " + reason + ".", Err: cause}
}

// unwrapBackchannel puts the parameters of a signed request in place of the form. Who
// is registered to sign has signed, and nobody else may.
func (p *Provider) unwrapBackchannel(ctx context.Context, b *backchannel) (*Error, error) {
	text, alg := b.form.get("request"), b.client.CIBASigningAlg
	switch {
	case text == "" && alg == "":
		return nil, nil
	case text == "" || alg == "":
		return refuse(InvalidRequest, "The client signs its requests as it is registered in backchannel_authentication_request_signing_alg."), nil
	}
	for name, values := range b.form {
		if len(values) > 0 && values[0] != "" && !slices.Contains(besideSigned, name) {
			return refuse(InvalidRequest, "A parameter stands beside the signed request."), nil
		}
	}
	s := signedBackchannel{client: b.client.ID, issuer: p.Issuer(b.pool.ID), now: p.Now()}
	var raw json.RawMessage
	token, err := jws.Parse(text, maxObject, takenAlgs(&b.client, alg))
	if err == nil {
		s.kind = token.Type
		err = p.ClientKeys.Verify(ctx, keyset.OfClient(&b.client), token, &raw)
	}
	switch {
	case errors.Is(err, jws.ErrInvalid):
		return badBackchannel("it is not signed by the client as registered", err), nil
	case errors.Is(err, keyset.ErrUnavailable):
		return badBackchannel("the keys of the client cannot be had", err), nil
	case err != nil:
		return nil, err
	}
	if json.Unmarshal(raw, &s.Claims) != nil {
		return badBackchannel("a claim cannot be read", nil), nil
	}
	return p.takeSigned(ctx, b, &s, raw)
}

// takeSigned holds the claims and uses the request up: it is taken once.
func (p *Provider) takeSigned(ctx context.Context, b *backchannel, s *signedBackchannel, raw json.RawMessage) (refused *Error, err error) {
	for _, check := range signedBackchannelChecks {
		if !check.passes(s) {
			return badBackchannel(check.reason, nil), nil
		}
	}
	if b.form, refused = objectForm(raw); refused != nil || !b.form.readable() {
		return badBackchannel("a parameter cannot be read", refused), nil
	}
	first := false
	err = p.Identity.Store.Update(ctx, func(w storage.Writer) (err error) {
		first, err = useOnce(w, s.Expires.Add(objectSkew), "ciba_request", string(b.pool.ID), string(b.client.ID), s.ID)
		return err
	})
	if err == nil && !first {
		return badBackchannel("it was used before", nil), nil
	}
	return nil, err
}
