package oauth

import (
	"context"
	"encoding/json"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keyset"
)

// UserInfo is what the userinfo endpoint answers: claims, or one text of type
// application/jwt where the client asked for signed or encrypted ones.
type UserInfo struct {
	Claims map[string]any
	JWT    string
}

// userInfoChecks hold an access token that is good (accessChecks).
var userInfoChecks = []check[*AccessToken]{
	{"OpenID Connect Core §5.3.1, RFC 6750 §3.1: scope openid", InsufficientScope, "The access token lacks the scope openid.", func(t *AccessToken) bool { return t.Has(scopeOpenID) }},
	{"OpenID Connect Core §5.3: of a person", InsufficientScope, "The access token lacks the scope openid.", func(t *AccessToken) bool { return t.Grant.ID != "" }},
}

// UserInfo answers the claims of the person behind an access token (OpenID
// Connect Core §5.3). It needs the scope openid.
func (p *Provider) UserInfo(ctx context.Context, pool identity.PoolID, in Presented) (UserInfo, error) {
	token, err := p.VerifyPresented(ctx, pool, in)
	if err != nil {
		return UserInfo{}, err
	}
	if refused := refusal(userInfoChecks, &token); refused != nil {
		return UserInfo{}, refused
	}
	rule := claimRule{client: &token.Client, scopes: token.Scopes}
	if token.Grant.Claims != nil {
		rule.wishes = token.Grant.Claims.UserInfo
	}
	claims, err := p.personClaims(ctx, rule, &token.User, token.Grant.Provider)
	if err != nil {
		return UserInfo{}, fault("userinfo", err)
	}
	claims["sub"] = p.subjectOf(&token.Client, token.User.ID)
	if !oidcClaims(&token.Client) {
		claims["username"] = p.usernameOf(&token.Client, &token.User)
	}
	text, err := p.userInfoJWT(ctx, &token.Client, claims)
	return UserInfo{Claims: claims, JWT: text}, err
}

// userInfoJWT signs and encrypts claims as the client asks: OpenID Connect Core
// §5.3.2, where a signed answer names issuer and audience. "" is neither.
func (p *Provider) userInfoJWT(ctx context.Context, c *identity.Client, claims map[string]any) (string, error) {
	how := keyset.Sealing{Algorithm: c.UserInfoEncryptionAlg, Encryption: c.UserInfoEncryption}
	if c.UserInfoSigningAlg == "" {
		if how.Algorithm == "" {
			return "", nil
		}
		raw, err := json.Marshal(claims)
		if err != nil {
			return "", fault("userinfo", err)
		}
		return p.encrypt(ctx, c, how, raw)
	}
	claims["iss"], claims["aud"] = p.Issuer(c.PoolID), string(c.ID)
	text, err := p.Keys.Sign(ctx, c.PoolID, c.UserInfoSigningAlg, tokenType, claims)
	if err != nil {
		return "", fault("sign", err)
	}
	return p.encrypted(ctx, c, how.Algorithm, how.Encryption, text)
}
