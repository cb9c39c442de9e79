package cognito

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/saml"
	"poolhouse.dev/identity"
)

func hasFold(list []string, text string) bool {
	return slices.ContainsFunc(list, func(one string) bool { return strings.EqualFold(one, text) })
}

// here is the ProviderName of people who are this pool's own.
const here = "Cognito"

// adminLinkProviderForUser joins somebody at a provider to a user here, before
// they come from there for the first time.
func (h *Handler) adminLinkProviderForUser(ctx context.Context, in AdminLinkProviderForUserRequest) (done, error) {
	subject, err := h.subject(ctx, in.UserPoolID, "SourceUser", in.SourceUser)
	if err != nil {
		return done{}, err
	}
	username := in.DestinationUser.ProviderAttributeValue
	if err := required("DestinationUser.ProviderAttributeValue", username); err != nil {
		return done{}, err
	}
	if to := in.DestinationUser.ProviderName; to != "" && to != here {
		holder, err := h.Admin.HolderOf(ctx, in.UserPoolID, to, username)
		if err != nil {
			return done{}, err
		}
		username = string(holder)
	}
	err = h.Admin.LinkProvider(ctx, in.UserPoolID, username, in.SourceUser.ProviderName, subject)
	if code, _ := identity.CodeOf(err); code == identity.InvalidParameter {
		return done{}, invalid("SourceUser", "has signed in already or is linked; merging users is not supported")
	}
	return done{}, err
}

// adminDisableProviderForUser takes an identity off whoever it is joined to.
func (h *Handler) adminDisableProviderForUser(ctx context.Context, in AdminDisableProviderForUserRequest) (done, error) {
	subject, err := h.subject(ctx, in.UserPoolID, "User", in.User)
	if err != nil {
		return done{}, err
	}
	return done{}, h.Admin.UnlinkProvider(ctx, in.UserPoolID, in.User.ProviderName, subject)
}

// subject answers the key that a provider knows its people by, here. Other
// attributes of theirs lead to nobody: they may change hands.
func (h *Handler) subject(ctx context.Context, pool identity.PoolID, member string, who ProviderUser) (string, error) {
	if who.ProviderName == "" || who.ProviderName == here || who.ProviderName == "COGNITO" {
		return "", invalid(member+".ProviderName", "is the name of an identity provider")
	}
	if err := required(member+".ProviderAttributeValue", who.ProviderAttributeValue); err != nil {
		return "", err
	}
	if len(who.ProviderAttributeValue) > 255 {
		return "", invalid(member+".ProviderAttributeValue", "is longer than 255 bytes")
	}
	p, err := h.provider(ctx, pool, who.ProviderName)
	if err != nil {
		return "", err
	}
	if keys := keysOf(&p); !slices.Contains(keys, who.ProviderAttributeName) {
		return "", invalid(member+".ProviderAttributeName", "is "+strings.Join(keys[1:], " or ")+" for this provider")
	}
	return who.ProviderAttributeValue, nil
}

// keysOf answers the names under which the subject of a provider may be given.
func keysOf(p *identity.IdentityProvider) []string {
	keys := []string{"", "Cognito_Subject"}
	switch own := p.Details[saml.DetailAttribute]; {
	case p.Type != federation.SAML:
		return append(keys, "sub")
	case own != "":
		return append(keys, own)
	}
	return append(keys, "NameID")
}

// identities are the types of a pool's providers, for the attribute of that name.
type identities struct {
	h     *Handler
	pool  identity.PoolID
	types map[string]string
}

func (h *Handler) identitiesIn(ctx context.Context, pool identity.PoolID) (identities, error) {
	all, err := h.Settings.Providers(ctx, pool)
	out := identities{h, pool, map[string]string{}}
	for _, p := range all {
		out.types[p.Name] = p.Type
	}
	return out, err
}

// add puts the attribute identities, a JSON array in a string, behind the others.
func (i identities) add(ctx context.Context, u *identity.User, pairs []Pair) ([]Pair, error) {
	if len(i.types) == 0 {
		return pairs, nil
	}
	have, err := i.h.Admin.Identities(ctx, i.pool, string(u.ID))
	if err != nil || len(have) == 0 {
		return pairs, err
	}
	var list []Identity
	for _, one := range have {
		list = append(list, Identity{
			UserID: one.Subject, ProviderName: one.Provider, ProviderType: i.types[one.Provider], Issuer: one.ClaimedIssuer(i.types[one.Provider]), Primary: one.Primary, DateCreated: one.CreatedAt.UnixMilli(),
		})
	}
	text, err := json.Marshal(list)
	return append(pairs, Pair{Name: "identities", Value: string(text)}), err
}
