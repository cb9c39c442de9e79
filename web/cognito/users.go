package cognito

import (
	"context"
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
	validation, err := valuesOf(in.ValidationData)
	if err != nil {
		return AdminCreateUserResponse{}, err
	}
	medium := ""
	if len(in.DesiredDeliveryMediums) == 1 { // with both it is mailed where there is an address
		medium = in.DesiredDeliveryMediums[0]
	}
	made, _, err := h.Admin.CreateUser(ctx, identity.NewUser{
		Pool: in.UserPoolID, Username: in.Username, Attributes: attributes, TemporaryPassword: string(in.TemporaryPassword),
		Suppress: in.MessageAction == "SUPPRESS", Resend: in.MessageAction == "RESEND", ForceAlias: in.ForceAliasCreation, Medium: medium,
		Told: identity.Told{Client: in.ClientMetadata, Validation: validation},
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

// listUsers answers one page. A page may be shorter than asked, and only the last one
// has no token.
func (h *Handler) listUsers(ctx context.Context, in ListUsersRequest) (ListUsersResponse, error) {
	out := ListUsersResponse{Users: []User{}}
	filter, err := parseFilter(in.Filter)
	if err != nil {
		return out, err
	}
	list := listing{operation: "ListUsers", pool: in.UserPoolID, asked: []string{in.Filter}, member: "PaginationToken"}
	page, err := h.pageAt(list, in.Limit, in.PaginationToken)
	if err != nil {
		return out, err
	}
	found, next, err := h.usersAt(ctx, in.UserPoolID, filter, page)
	if err != nil {
		return out, err
	}
	joined, err := h.identitiesIn(ctx, in.UserPoolID)
	for i := range found {
		if err != nil {
			break
		}
		u := userOf(&found[i])
		u.Attributes, err = joined.add(ctx, &found[i], u.Attributes)
		out.Users = append(out.Users, only(u, in.AttributesToGet))
	}
	out.PaginationToken = h.pageFrom(list, next)
	return out, err
}

func (h *Handler) usersAt(ctx context.Context, pool identity.PoolID, filter *identity.UserFilter, page identity.Page) ([]identity.User, []byte, error) {
	if filter == nil {
		return h.Admin.Users(ctx, pool, page)
	}
	return h.Admin.Search(ctx, pool, *filter, page)
}

// only leaves the attributes that were asked for; an empty list asks for all.
func only(u User, names []string) User {
	if len(names) == 0 {
		return u
	}
	u.Attributes = slices.DeleteFunc(u.Attributes, func(p Pair) bool { return !slices.Contains(names, p.Name) })
	return u
}

func (h *Handler) adminSetUserPassword(ctx context.Context, in AdminSetUserPasswordRequest) (done, error) {
	if err := required("Password", string(in.Password)); err != nil {
		return done{}, err
	}
	err := h.Admin.SetPassword(ctx, in.UserPoolID, in.Username, string(in.Password), in.Permanent)
	return done{}, notNow(err, "Cannot set the password of a user who signs in elsewhere.")
}

func (h *Handler) adminResetUserPassword(ctx context.Context, in ToldUser) (done, error) {
	_, err := h.Admin.ResetPassword(ctx, in.UserPoolID, in.Username, identity.Told{Client: in.ClientMetadata})
	return done{}, notNow(err, "User password cannot be reset in the current state.")
}

func (h *Handler) adminUpdateUserAttributes(ctx context.Context, in AdminUpdateUserAttributesRequest) (done, error) {
	attributes, err := valuesOf(in.UserAttributes)
	if err != nil {
		return done{}, err
	}
	_, err = h.Admin.UpdateAttributes(ctx, in.UserPoolID, in.Username, attributes)
	return done{}, err
}

func (h *Handler) adminDeleteUserAttributes(ctx context.Context, in AdminDeleteUserAttributesRequest) (done, error) {
	_, err := h.Admin.DeleteAttributes(ctx, in.UserPoolID, in.Username, in.UserAttributeNames)
	return done{}, err
}

func (h *Handler) adminConfirmSignUp(ctx context.Context, in ToldUser) (done, error) {
	err := h.Admin.Confirm(ctx, in.UserPoolID, in.Username, identity.Told{Client: in.ClientMetadata})
	return done{}, notNow(err, "User cannot be confirmed. Only a sign-up that waits for its code can.")
}

// notNow says in NotAuthorizedException, as Cognito does, that the user's state does
// not allow an operation.
func notNow(err error, why string) error {
	if code, _ := identity.CodeOf(err); code == identity.InvalidState {
		return exception("NotAuthorizedException", why)
	}
	return err
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
