package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/google/uuid"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keys"
)

// tokenType is the typ of every token's header. RFC 9068's at+jwt would be more
// exact, but verifiers made for Cognito, whose header has no typ, may refuse
// it; token_use tells access and ID tokens apart.
const tokenType = "JWT"

// The values of token_use.
const (
	useAccess = "access"
	useID     = "id"
)

// company is what travels with an ID token, which vouches for it.
type company struct{ access, code, state string }

// idToken signs the ID token of an exchange (OpenID Connect Core §2, with Cognito's
// claims), and encrypts it where the client asks for that (§10.2).
func (p *Provider) idToken(ctx context.Context, x *exchange, beside company) (string, error) {
	alg, who := signingAlg(&x.client), x.person
	claims, err := p.askedClaims(ctx, x, beside)
	if err != nil {
		return "", err
	}
	session := p.sessionOf(&x.client, who.grant.Session)
	maps.Copy(claims, map[string]any{
		"sub": p.subjectOf(&x.client, who.user.ID), "iss": p.Issuer(x.pool.ID), "aud": string(x.client.ID), "token_use": useID,
		"cognito:username": p.usernameOf(&x.client, &who.user), "auth_time": who.grant.AuthTime.Unix(), "iat": x.now.Unix(),
		"exp": x.now.Add(idLife(&x.client)).Unix(), "jti": uuid.NewString(), "origin_jti": who.grant.ID,
		"event_id": session, "sid": session,
	})
	maps.Copy(claims, groupClaims(who.groups))
	change(claims, x.changes.ID, x.changes.Groups)
	who.addSignIn(claims)
	beside.addHashes(claims, alg)
	if x.nonce != "" {
		claims["nonce"] = x.nonce
	}
	text, err := p.Keys.Sign(ctx, x.pool.ID, alg, tokenType, claims)
	if err != nil {
		return "", err
	}
	return p.encrypted(ctx, &x.client, x.client.IDTokenEncryptionAlg, x.client.IDTokenEncryption, text)
}

// addSignIn says how the person proved themselves.
func (who *person) addSignIn(claims map[string]any) {
	if who.grant.ACR != "" {
		claims["acr"] = who.grant.ACR
	}
	if len(who.grant.Methods) > 0 {
		claims["amr"] = who.grant.Methods
	}
}

// addHashes: at_hash (OpenID Connect Core §3.1.3.6), c_hash (§3.3.2.11), and s_hash
// (FAPI 1.0 Advanced §5.2.2.1), which makes an ID token of the browser the signature
// of its whole answer.
func (b company) addHashes(claims map[string]any, alg string) {
	for name, text := range map[string]string{"at_hash": b.access, "c_hash": b.code, "s_hash": b.state} {
		if text != "" {
			claims[name] = leftHalf(alg, text)
		}
	}
}

// leftHalf answers at_hash, c_hash and s_hash (OpenID Connect Core §3.1.3.6): the left half of the
// hash that the algorithm uses; Ed25519 uses SHA-512.
func leftHalf(alg, token string) string {
	if alg == keys.EdDSA {
		sum := sha512.Sum512([]byte(token))
		return base64.RawURLEncoding.EncodeToString(sum[:32])
	}
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func joined(scopes []string) string { return strings.Join(scopes, " ") }

// groupNames answers the names, in the order of the groups: strongest first.
func groupNames(groups []identity.Group) []string {
	var names []string
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return names
}

// precedence: 0 is strongest, none is weakest (Cognito GroupType).
func precedence(g identity.Group) int {
	if g.Precedence == nil {
		return math.MaxInt
	}
	return *g.Precedence
}

// groupClaims answers cognito:groups, cognito:roles and cognito:preferred_role.
// Without groups there is none of them; with several roles of one precedence
// none is preferred (Cognito).
func groupClaims(groups []identity.Group) map[string]any {
	claims := map[string]any{}
	if names := groupNames(groups); len(names) > 0 {
		claims["cognito:groups"] = names
	}
	roles, best := []string{}, []string{}
	strongest := 0
	for _, g := range groups {
		if g.RoleARN == "" {
			continue
		}
		roles = append(roles, g.RoleARN)
		switch rank := precedence(g); {
		case len(best) == 0 || rank < strongest:
			strongest, best = rank, []string{g.RoleARN}
		case rank == strongest:
			best = append(best, g.RoleARN)
		}
	}
	if len(roles) > 0 {
		slices.Sort(roles)
		claims["cognito:roles"] = slices.Compact(roles)
	}
	if slices.Sort(best); len(slices.Compact(best)) == 1 {
		claims["cognito:preferred_role"] = best[0]
	}
	return claims
}
