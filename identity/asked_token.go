package identity

import (
	"context"
	"encoding/json"
	"errors"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// Transact runs fn in one transaction that may ask triggers: see AskTokens. fn
// may run more than once. A trigger's refusal is an *Error.
func (c *Core) Transact(ctx context.Context, fn func(storage.Writer) error) error {
	return c.transact(ctx, fn)
}

// The causes of tokens (Cognito's trigger sources of pre token generation).
const (
	TokensOfPages       = "TokenGeneration_HostedAuth"
	TokensOfSignIn      = "TokenGeneration_Authentication"
	TokensOfNewPassword = "TokenGeneration_NewPasswordChallenge"
	TokensOfDevice      = "TokenGeneration_AuthenticateDevice"
	TokensOfRefresh     = "TokenGeneration_RefreshTokens"
	TokensOfClient      = "TokenGeneration_ClientCredentials" // asked with version 3 alone
)

// TokenQuestion is what the pre token generation trigger is asked about.
type TokenQuestion struct {
	Source string // one of the causes
	Pool   *Pool
	Client ClientID
	User   *User // nil when the client acts for itself
	Groups []Group
	Roles  []string // their role ARNs
	Role   string   // the preferred one, or ""
	Scopes []string
	Origin Origin
}

// TokenChanges is what the trigger wants of the tokens. The zero value wants nothing.
type TokenChanges struct {
	ID, Access ClaimChanges
	AddScopes  []string
	DropScopes []string
	Groups     *GroupOverride // nil leaves them
}

// ClaimChanges are claims to add or to override, and to leave out, which wins.
type ClaimChanges struct {
	Add  map[string]any `json:"claimsToAddOrOverride"`
	Drop []string       `json:"claimsToSuppress"`
}

// GroupOverride takes the place of the person's groups and roles; empty has none.
type GroupOverride struct {
	Groups []string `json:"groupsToOverride"`
	Roles  []string `json:"iamRolesToOverride"`
	Role   string   `json:"preferredRole"`
}

// maxClaimChanges bounds what a trigger may change (Cognito: 5,000).
const maxClaimChanges = 5000

type tokenRequest struct {
	UserAttributes     map[string]string `json:"userAttributes,omitempty"`
	Scopes             []string          `json:"scopes,omitempty"` // from version 2 on
	GroupConfiguration *GroupOverride    `json:"groupConfiguration,omitempty"`
	ClientMetadata     map[string]string `json:"clientMetadata"`
}

// Version 1 speaks of the ID token alone; versions 2 and 3 of both, and of scopes.
type (
	tokenResponse1 struct {
		Details *struct {
			ClaimChanges
			Groups *GroupOverride `json:"groupOverrideDetails"`
		} `json:"claimsOverrideDetails"`
	}
	tokenResponse2 struct {
		Details *struct {
			ID     *ClaimChanges `json:"idTokenGeneration"`
			Access *struct {
				ClaimChanges
				AddScopes  []string `json:"scopesToAdd"`
				DropScopes []string `json:"scopesToSuppress"`
			} `json:"accessTokenGeneration"`
			Groups *GroupOverride `json:"groupOverrideDetails"`
		} `json:"claimsAndScopeOverrideDetails"`
	}
)

// AsksTokens says that the pool has a trigger that is asked for this cause.
func (c *Core) AsksTokens(p *Pool, source string) bool {
	to, _ := p.LambdaConfig.Of(trigger.PreTokenGeneration)
	return c.triggered(p, trigger.PreTokenGeneration) && (source != TokensOfClient || to.LambdaVersion == "V3_0")
}

// AskTokens answers what the pre token generation trigger wants of tokens that
// are about to be issued. It is called within Transact, and its error must be
// returned as it is: the transaction may have to wait.
func (c *Core) AskTokens(w storage.Writer, q TokenQuestion) (TokenChanges, error) {
	if !c.AsksTokens(q.Pool, q.Source) {
		return TokenChanges{}, nil
	}
	to, _ := q.Pool.LambdaConfig.Of(trigger.PreTokenGeneration)
	asked := question{
		pool: q.Pool, kind: trigger.PreTokenGeneration, source: q.Source, client: q.Client, origin: q.Origin,
		request: q.request(to.LambdaVersion), response: map[string]any{tokenMember(to.LambdaVersion): nil},
	}
	if q.User != nil {
		asked.user = q.User.Username
	}
	answer, err := c.ask(w, asked)
	if err != nil || answer == nil {
		return TokenChanges{}, err
	}
	return readTokenChanges(q.Source, to.LambdaVersion, answer)
}

func tokenMember(version string) string {
	if version == "V1_0" {
		return "claimsOverrideDetails"
	}
	return "claimsAndScopeOverrideDetails"
}

func (q *TokenQuestion) request(version string) tokenRequest {
	r := tokenRequest{ClientMetadata: metadata(q.Origin.Told.Client)}
	if version != "V1_0" {
		r.Scopes = q.Scopes
	}
	if q.User == nil {
		return r
	}
	r.UserAttributes = eventAttributes(q.User)
	r.GroupConfiguration = &GroupOverride{Groups: []string{}, Roles: append([]string{}, q.Roles...), Role: q.Role}
	for _, g := range q.Groups {
		r.GroupConfiguration.Groups = append(r.GroupConfiguration.Groups, g.Name)
	}
	return r
}

func readTokenChanges(source, version string, answer json.RawMessage) (t TokenChanges, err error) {
	read := t.readBoth
	if version == "V1_0" {
		read = t.readFirst
	}
	if err := read(answer); err != nil {
		return TokenChanges{}, malformed(source, err)
	}
	if len(t.ID.Add)+len(t.ID.Drop)+len(t.Access.Add)+len(t.Access.Drop) > maxClaimChanges {
		return TokenChanges{}, malformed(source, errors.New("more than 5,000 claims are changed"))
	}
	return t, nil
}

func (t *TokenChanges) readFirst(answer json.RawMessage) error {
	var says tokenResponse1
	if err := json.Unmarshal(answer, &says); err != nil || says.Details == nil {
		return err
	}
	for name, value := range says.Details.Add {
		if _, text := value.(string); !text {
			return errors.New("claim " + name + " is no string, which version 1 wants")
		}
	}
	t.ID, t.Groups = says.Details.ClaimChanges, says.Details.Groups
	return nil
}

func (t *TokenChanges) readBoth(answer json.RawMessage) error {
	var says tokenResponse2
	if err := json.Unmarshal(answer, &says); err != nil || says.Details == nil {
		return err
	}
	if says.Details.ID != nil {
		t.ID = *says.Details.ID
	}
	if access := says.Details.Access; access != nil {
		t.Access, t.AddScopes, t.DropScopes = access.ClaimChanges, access.AddScopes, access.DropScopes
	}
	t.Groups = says.Details.Groups
	return nil
}
