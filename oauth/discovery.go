package oauth

import (
	"context"
	"maps"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keys"
	"poolhouse.dev/storage"
)

// Metadata answers the authorization server metadata of a pool (RFC 8414 §2).
// It names what is on, and nothing else.
func (p *Provider) Metadata(ctx context.Context, pool identity.PoolID) (map[string]any, error) {
	var in identity.Pool
	err := p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		in, err = p.settings().GetPool(r, pool)
		return err
	})
	if err != nil {
		return nil, err
	}
	all, err := p.poolClients(ctx, pool)
	if err != nil {
		return nil, err
	}
	base := p.Issuer(pool)
	document := map[string]any{
		"issuer":                           base,
		"authorization_endpoint":           base + "/oauth2/authorize",
		"token_endpoint":                   base + "/oauth2/token",
		"revocation_endpoint":              base + "/oauth2/revoke",
		"introspection_endpoint":           base + "/oauth2/introspect",
		"jwks_uri":                         base + "/.well-known/jwks.json",
		"scopes_supported":                 scopesOf(&in, all),
		"code_challenge_methods_supported": []string{"S256"},
		"authorization_response_iss_parameter_supported": true, // RFC 9207 §3
	}
	maps.Copy(document, requestMetadata(&in, base))
	maps.Copy(document, answerMetadata(all))
	maps.Copy(document, grantMetadata(all, base))
	maps.Copy(document, registrationMetadata(&in, all, base))
	maps.Copy(document, p.clientMetadata())
	p.alias(pool, document)
	return document, nil
}

// Discovery answers the OpenID Provider metadata of a pool (OpenID Connect Discovery §3).
func (p *Provider) Discovery(ctx context.Context, pool identity.PoolID) (map[string]any, error) {
	metadata, err := p.Metadata(ctx, pool)
	if err != nil {
		return nil, err
	}
	in, err := p.settings().Pool(ctx, pool)
	if err != nil {
		return nil, err
	}
	all, err := p.poolClients(ctx, pool)
	if err != nil {
		return nil, err
	}
	base := p.Issuer(pool)
	maps.Copy(metadata, claimMetadata(all))
	maps.Copy(metadata, logoutMetadata(&in, base))
	maps.Copy(metadata, map[string]any{
		"userinfo_endpoint": base + UserInfoPath,
	})
	p.alias(pool, metadata)
	return metadata, nil
}

// At puts the endpoints of a pool's metadata under another base: that of the domain
// at which it was asked for. Whose they are stays: issuer and authorization_servers.
func (p *Provider) At(pool identity.PoolID, base string, document map[string]any) {
	own := p.Issuer(pool)
	for name, value := range document {
		switch v := value.(type) {
		case string:
			if path, ok := strings.CutPrefix(v, own+"/"); ok {
				document[name] = base + "/" + path
			}
		case []string:
			if name == "protected_resources" {
				document[name] = []string{base + UserInfoPath}
			}
		}
	}
}

// JWKS answers the keys that the pool's tokens are signed with.
func (p *Provider) JWKS(ctx context.Context, pool identity.PoolID) (keys.JWKS, error) {
	err := p.Identity.Store.View(ctx, func(r storage.Reader) error {
		_, err := p.settings().GetPool(r, pool) // a key is made for no pool that is not there
		return err
	})
	if err != nil {
		return keys.JWKS{}, err
	}
	return p.Keys.Public(ctx, pool)
}

func supportedClaims() []string {
	return append([]string{
		"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "c_hash", "s_hash", "amr", "acr", "sid", "jti", "origin_jti", "event_id", "token_use",
		"cognito:username", "cognito:groups", "cognito:roles", "cognito:preferred_role", "identities",
	}, standardAttributes...)
}
