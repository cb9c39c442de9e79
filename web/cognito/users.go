package cognito

import (
	"context"
	"encoding/base64"
	"maps"
	"slices"

	"poolhouse.dev/identity"
)

// pairsOf lists a user's attributes with sub first, as Cognito does.
func pairsOf(u *identity.User) []Pair {
	pairs := []Pair{{Name: "sub", Value: string(u.ID)}}
	for _, name := range slices.Sorted(maps.Keys(u.Attributes)) {
		pairs = append(pairs, Pair{Name: name, Value: u.Attributes[name]})
	}
	return pairs
}

// valuesOf reads attributes; a name that stands twice is refused, as the
// second value would win silently.
func valuesOf(pairs []Pair) (map[string]string, error) {
	values := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		if _, twice := values[pair.Name]; twice {
			return nil, invalid("UserAttributes", "name "+pair.Name+" twice")
		}
		values[pair.Name] = pair.Value
	}
	return values, nil
}

func userOf(u *identity.User) User {
	return User{
		Username: u.Username, Attributes: pairsOf(u), Enabled: !u.Disabled, UserStatus: u.Status,
		UserCreateDate: stamp(u.CreatedAt), UserLastModifiedDate: stamp(u.ModifiedAt),
	}
}

func (h *Handler) adminCreateUser(ctx context.Context, in AdminCreateUserRequest) (AdminCreateUserResponse, error) {
	attributes, err := valuesOf(in.UserAttributes)
	if err != nil {
		return AdminCreateUserResponse{}, err
	}
	medium := ""
	if len(in.DesiredDeliveryMediums) > 0 {
		medium = in.DesiredDeliveryMediums[0]
	}
	if !slices.Contains([]string{"", "RESEND", "SUPPRESS"}, in.MessageAction) {
		return AdminCreateUserResponse{}, invalid("MessageAction", "is RESEND or SUPPRESS")
	}
	made, _, err := h.Admin.CreateUser(ctx, identity.NewUser{
		Pool: in.UserPoolID, Username: in.Username, Attributes: attributes, TemporaryPassword: string(in.TemporaryPassword),
		Suppress: in.MessageAction == "SUPPRESS", Resend: in.MessageAction == "RESEND", ForceAlias: in.ForceAliasCreation, Medium: medium,
	})
	return AdminCreateUserResponse{User: userOf(&made)}, err
}

func (h *Handler) adminGetUser(ctx context.Context, in OneUser) (AdminGetUserResponse, error) {
	u, err := h.Admin.User(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return AdminGetUserResponse{}, err
	}
	list, second, err := h.Admin.Factors(ctx, in.UserPoolID, string(u.ID))
	if err != nil {
		return AdminGetUserResponse{}, err
	}
	joined, err := h.identitiesIn(ctx, in.UserPoolID)
	if err != nil {
		return AdminGetUserResponse{}, err
	}
	attributes, err := joined.add(ctx, &u, pairsOf(&u))
	return AdminGetUserResponse{
		Username: u.Username, UserAttributes: attributes, Enabled: !u.Disabled, UserStatus: u.Status,
		UserCreateDate: stamp(u.CreatedAt), UserLastModifiedDate: stamp(u.ModifiedAt),
		UserMFASettingList: settingList(second), PreferredMFASetting: preferred(list, second), UserDeleteDate: stamp(u.DeleteAt),
	}, err
}

// listUsers answers one page. With a filter it walks on until a page holds
// someone: a page may be shorter than asked, and only the last one has no token.
func (h *Handler) listUsers(ctx context.Context, in ListUsersRequest) (ListUsersResponse, error) {
	out := ListUsersResponse{Users: []User{}}
	match, err := parseFilter(in.Filter)
	if err != nil {
		return out, err
	}
	page, err := pageOf(in.Limit, in.PaginationToken, "PaginationToken")
	var joined identities
	if err == nil {
		joined, err = h.identitiesIn(ctx, in.UserPoolID)
	}
	for err == nil {
		var found []identity.User
		found, page.Cursor, err = h.Admin.Users(ctx, in.UserPoolID, page)
		for i := range found {
			if !match(&found[i]) {
				continue
			}
			u := userOf(&found[i])
			if u.Attributes, err = joined.add(ctx, &found[i], u.Attributes); err != nil {
				return out, err
			}
			out.Users = append(out.Users, only(u, in.AttributesToGet))
		}
		if len(out.Users) > 0 || page.Cursor == nil {
			break
		}
	}
	out.PaginationToken = tokenOf(page.Cursor)
	return out, err
}

// only leaves the attributes that were asked for; an empty list asks for all.
func only(u User, names []string) User {
	if len(names) == 0 {
		return u
	}
	u.Attributes = slices.DeleteFunc(u.Attributes, func(p Pair) bool { return !slices.Contains(names, p.Name) })
	return u
}

// pageOf reads a limit and an opaque token.
func pageOf(limit int, token, member string) (identity.Page, error) {
	if limit < 0 || limit > maxPage {
		return identity.Page{}, invalid("Limit", "is 0 to 60")
	}
	cursor, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return identity.Page{}, invalid(member, "is none that was given out")
	}
	if len(cursor) == 0 {
		cursor = nil
	}
	return identity.Page{Limit: limit, Cursor: cursor}, nil
}

func tokenOf(cursor []byte) string { return base64.RawURLEncoding.EncodeToString(cursor) }

func (h *Handler) adminSetUserPassword(ctx context.Context, in AdminSetUserPasswordRequest) (done, error) {
	if err := required("Password", string(in.Password)); err != nil {
		return done{}, err
	}
	return done{}, h.Admin.SetPassword(ctx, in.UserPoolID, in.Username, string(in.Password), in.Permanent)
}

func (h *Handler) adminResetUserPassword(ctx context.Context, in OneUser) (done, error) {
	_, err := h.Admin.ResetPassword(ctx, in.UserPoolID, in.Username)
	return done{}, err
}

func (h *Handler) adminUpdateUserAttributes(ctx context.Context, in AdminUpdateUserAttributesRequest) (done, error) {
	attributes, err := valuesOf(in.UserAttributes)
	if err != nil {
		return done{}, err
	}
	_, err = h.Admin.UpdateAttributes(ctx, in.UserPoolID, in.Username, attributes)
	return done{}, err
}

func (h *Handler) adminConfirmSignUp(ctx context.Context, in OneUser) (done, error) {
	return done{}, h.Admin.Confirm(ctx, in.UserPoolID, in.Username, identity.Told{})
}

func (h *Handler) adminDisableUser(ctx context.Context, in OneUser) (done, error) {
	return done{}, h.Admin.Disable(ctx, in.UserPoolID, in.Username)
}

func (h *Handler) adminEnableUser(ctx context.Context, in OneUser) (done, error) {
	return done{}, h.Admin.Enable(ctx, in.UserPoolID, in.Username)
}

func (h *Handler) adminDeleteUser(ctx context.Context, in OneUser) (done, error) {
	return done{}, h.Admin.Delete(ctx, in.UserPoolID, in.Username)
}

func (h *Handler) adminUserGlobalSignOut(ctx context.Context, in OneUser) (done, error) {
	return done{}, h.Admin.SignOut(ctx, in.UserPoolID, in.Username)
}
