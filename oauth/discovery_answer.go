package oauth

import (
	"slices"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keys"
	"poolhouse.dev/oauth/keyset"
)

// signed are the algorithms of our signatures.
var signed = []string{keys.RS256, keys.ES256, keys.EdDSA}

func anyClient(all []identity.Client, has func(*identity.Client) bool) bool {
	return slices.ContainsFunc(all, func(c identity.Client) bool { return has(&c) })
}

// answerMetadata answers how authorization requests are answered: what some client
// of the pool may ask for.
func answerMetadata(all []identity.Client) map[string]any {
	types := []string{"code"}
	for _, known := range responseTypes {
		may := func(t string) bool { return sameWords(t, known) }
		if known != "code" && anyClient(all, func(c *identity.Client) bool { return slices.ContainsFunc(c.Responses(), may) }) {
			types = append(types, known)
		}
	}
	document := map[string]any{
		"response_types_supported": types,
		"response_modes_supported": []string{
			ModeQuery, ModeFragment, ModeFormPost, "query.jwt", "fragment.jwt", "form_post.jwt", "jwt", // JARM §3
		},
		"authorization_signing_alg_values_supported": signed,
	}
	addEncryption(document, "authorization", all, func(c *identity.Client) string { return c.ResponseEncryptionAlg })
	return document
}

// claimMetadata answers what tokens and userinfo are (OpenID Connect Discovery §3).
func claimMetadata(all []identity.Client) map[string]any {
	subjects := []string{"public"}
	if anyClient(all, func(c *identity.Client) bool { return c.SubjectType == pairwise }) {
		subjects = append(subjects, pairwise)
	}
	document := map[string]any{
		"subject_types_supported":               subjects,
		"id_token_signing_alg_values_supported": signed,
		"claim_types_supported":                 []string{"normal"},
		"claims_supported":                      supportedClaims(),
	}
	if anyClient(all, func(c *identity.Client) bool { return c.UserInfoSigningAlg != "" }) {
		document["userinfo_signing_alg_values_supported"] = signed
	}
	addEncryption(document, "id_token", all, func(c *identity.Client) string { return c.IDTokenEncryptionAlg })
	addEncryption(document, "userinfo", all, func(c *identity.Client) string { return c.UserInfoEncryptionAlg })
	return document
}

func addEncryption(document map[string]any, what string, all []identity.Client, alg func(*identity.Client) string) {
	if anyClient(all, func(c *identity.Client) bool { return alg(c) != "" }) {
		document[what+"_encryption_alg_values_supported"] = keyset.Algorithms
		document[what+"_encryption_enc_values_supported"] = keyset.Encryptions
	}
}

// scopesOf answers the scopes of a pool, those that a client needs allowed where
// some client has them.
func scopesOf(p *identity.Pool, all []identity.Client) []string {
	scopes := slices.Clone(defaultScopes)
	for _, special := range []string{scopeAddress, scopeOffline} {
		if anyClient(all, func(c *identity.Client) bool { return slices.Contains(clientScopes(c), special) }) {
			scopes = append(scopes, special)
		}
	}
	return append(append(scopes, scopeSelf), serverScopes(p)...)
}

func serverScopes(p *identity.Pool) []string {
	var scopes []string
	for _, server := range p.ResourceServers {
		for _, s := range server.Scopes {
			scopes = append(scopes, server.Identifier+"/"+s.Name)
		}
	}
	return scopes
}
