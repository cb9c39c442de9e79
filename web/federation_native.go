package web

import (
	"context"
	"errors"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
)

// native is a provider whose ID tokens apps can bring by themselves.
type native interface {
	IDToken(ctx context.Context, token, nonce string) (federation.Answer, error)
}

var errNotVouched = &oauth.Error{Code: oauth.InvalidGrant, Description: "The provider does not vouch for this token."}

// Vouched answers what the ID token of a provider says, in the pool's own terms. It
// is an oauth.Vouch.
func (r *Request) Vouched(ctx context.Context, name, token, nonce string) (identity.External, error) {
	p, provider, err := r.Provider(name)
	if err != nil {
		return identity.External{}, r.notVouched(name, err)
	}
	speaks, ok := provider.(native)
	if !ok {
		return identity.External{}, errNotVouched
	}
	answer, err := speaks.IDToken(ctx, token, nonce)
	if err != nil {
		return identity.External{}, r.notVouched(name, err)
	}
	external, _, err := r.External(ctx, &p, "", answer)
	return external, err
}

// notVouched writes why for the administrator; the app learns no more than that.
func (r *Request) notVouched(name string, err error) error {
	var e *federation.Error
	if errors.As(err, &e) {
		if err := r.TripFailed(name, e); err != nil {
			return err
		}
		return errNotVouched
	}
	if _, known := identity.CodeOf(err); known {
		return errNotVouched
	}
	return err
}
