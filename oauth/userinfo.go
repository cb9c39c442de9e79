package oauth

import (
	"context"

	"poolhouse.dev/identity"
)

// UserInfo answers the claims of the person behind an access token (OpenID
// Connect Core §5.3). It needs the scope openid.
func (p *Provider) UserInfo(ctx context.Context, pool identity.PoolID, in Presented) (map[string]any, error) {
	token, err := p.VerifyPresented(ctx, pool, in)
	if err != nil {
		return nil, err
	}
	if !token.Has(scopeOpenID) || token.Grant.ID == "" { // RFC 6750 §3.1
		return nil, refuse(InsufficientScope, "The access token lacks the scope openid.")
	}
	readable, err := p.readable(ctx, &token.User, &token.Client, token.Grant.Provider)
	if err != nil {
		return nil, fault("userinfo", err)
	}
	claims := attributeClaims(readable, token.Scopes)
	claims["sub"], claims["username"] = string(token.User.ID), token.User.Username
	return claims, nil
}
