package oauth

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

// fixedClaims are those that no trigger writes (Cognito's pre token generation;
// Zitadel's CVE-2024-29892 is what comes of it otherwise): what says who issued a
// token, to whom, about whom and until when, and what it is bound to. Scopes have
// members of their own.
var fixedClaims = []string{
	"acr", "amr", "at_hash", "aud", "auth_time", "azp", "c_hash", "client_id", "cnf", "cognito:username", "event_id", "exp", "iat", "identities",
	"iss", "jti", "may_act", "act", "nbf", "nonce", "origin_client", "origin_jti", "s_hash", "scope", "sid", "sub", "token_use", "username",
	"version", "authorization_details", "device_key", "added_claims",
}

// source is the cause of the tokens, as triggers are told it.
func (x *exchange) source() string {
	switch {
	case x.cause != "":
		return x.cause
	case x.form.get("grant_type") == identity.GrantRefresh:
		return identity.TokensOfRefresh
	case x.form.get("grant_type") == identity.GrantClientCredentials:
		return identity.TokensOfClient
	}
	return identity.TokensOfPages
}

// asks says that a trigger is asked before the tokens are signed.
func (p *Provider) asks(x *exchange) bool { return p.Identity.AsksTokens(&x.pool, x.source()) }

// askTokens lets the pool's trigger change what the tokens say. It is called with
// all known that they rest on, within identity.Core.Transact.
func (p *Provider) askTokens(w storage.Writer, x *exchange) error {
	q := identity.TokenQuestion{Source: x.source(), Pool: &x.pool, Client: x.client.ID, Scopes: x.scopes, Origin: x.origin}
	if who := x.person; who != nil {
		claims := groupClaims(who.groups)
		q.User, q.Groups = &who.user, who.groups
		q.Roles, _ = claims["cognito:roles"].([]string)
		q.Role, _ = claims["cognito:preferred_role"].(string)
	} else if q.Source != identity.TokensOfClient {
		return nil
	}
	var err error
	if x.changes, err = p.Identity.AskTokens(w, q); err != nil {
		return err
	}
	x.scopes = changedScopes(x.scopes, &x.changes)
	return nil
}

// changedScopes: openid decides whether there is an ID token, and is not the
// trigger's to give or to take.
func changedScopes(scopes []string, t *identity.TokenChanges) []string {
	kept := slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return s != scopeOpenID && slices.Contains(t.DropScopes, s) })
	for _, s := range t.AddScopes {
		if s != scopeOpenID && scopeToken(s) && !slices.Contains(kept, s) && !slices.Contains(t.DropScopes, s) {
			kept = append(kept, s)
		}
	}
	return kept
}

// change does with the claims of an ID token what the trigger wants.
func change(claims map[string]any, c identity.ClaimChanges, groups *identity.GroupOverride) {
	if groups != nil {
		changeGroups(claims, groups)
	}
	for name, value := range c.Add {
		if !slices.Contains(fixedClaims, name) {
			claims[name] = value
		}
	}
	for _, name := range c.Drop {
		if !slices.Contains(fixedClaims, name) {
			delete(claims, name)
		}
	}
}

func changeGroups(claims map[string]any, groups *identity.GroupOverride) {
	for name, list := range map[string][]string{"cognito:groups": groups.Groups, "cognito:roles": groups.Roles} {
		if delete(claims, name); len(list) > 0 {
			claims[name] = list
		}
	}
	if delete(claims, "cognito:preferred_role"); groups.Role != "" {
		claims["cognito:preferred_role"] = groups.Role
	}
}

// change does with an access token what the trigger wants: what it adds stands
// beside the claims of ours.
func (c *accessClaims) change(t *identity.TokenChanges) {
	if t.Groups != nil {
		c.Groups = t.Groups.Groups
		if c.GroupsOf != nil || c.Roles != nil {
			c.GroupsOf, c.Roles = t.Groups.Groups, t.Groups.Roles
		}
	}
	if slices.Contains(t.Access.Drop, "cognito:groups") {
		c.Groups = nil
	}
	for name, value := range t.Access.Add {
		if slices.Contains(fixedClaims, name) || slices.Contains(t.Access.Drop, name) {
			continue
		}
		if c.Added == nil {
			c.Added = map[string]any{}
		}
		c.Added[name] = value
	}
}

// body is what is signed: the claims, and what a trigger added among them.
func (c accessClaims) body() (any, error) {
	if len(c.Added) == 0 {
		return c, nil
	}
	added := c.Added
	c.Added = nil
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	for name, value := range added {
		all[name] = value
	}
	return all, nil
}

// triggerRefusal is what a client is told when a trigger of the pool said no;
// nil for any other error.
func triggerRefusal(err error) *Error {
	code, _ := identity.CodeOf(err)
	if code != identity.TriggerRefused {
		return nil
	}
	var refusal *identity.Error
	errors.As(err, &refusal)
	said := strings.Map(descriptive, refusal.Field+" failed with error "+refusal.Reason+".") // as Cognito says it
	return &Error{Code: InvalidGrant, Description: said, Err: err}
}

// descriptive leaves of a description what RFC 6749 §5.2 lets into it.
func descriptive(r rune) rune {
	if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
		return '?'
	}
	return r
}

// scopeToken says that a text can be a scope (RFC 6749 §3.3).
func scopeToken(text string) bool {
	return text != "" && strings.Map(descriptive, text) == text && !strings.Contains(text, " ")
}
