package oauth

import (
	"context"
	"errors"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keyset"
)

// encrypted answers a signed token as a nested JWT (RFC 7519 §5.2, Appendix A.2)
// to a key of the client; as it is when the client asks for no encryption. Its
// error is an *Error when the client has no key that takes the algorithm.
func (p *Provider) encrypted(ctx context.Context, c *identity.Client, alg, enc, token string) (string, error) {
	if alg == "" {
		return token, nil
	}
	return p.encrypt(ctx, c, keyset.Sealing{Algorithm: alg, Encryption: enc, ContentType: "JWT"}, []byte(token))
}

func (p *Provider) encrypt(ctx context.Context, c *identity.Client, how keyset.Sealing, content []byte) (string, error) {
	text, err := p.ClientKeys.Encrypt(ctx, keyset.OfClient(c), how, content)
	switch {
	case errors.Is(err, keyset.ErrNoKey), errors.Is(err, keyset.ErrUnavailable):
		return "", &Error{Code: InvalidRequest, Description: "The client has no key that its answers can be encrypted to.", Err: err}
	case err != nil:
		return "", fault("encrypt", err)
	}
	return text, nil
}
