package cognito

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
)

// OneToken is the input of operations on the account that an access token opens.
type OneToken struct {
	AccessToken Secret `json:"AccessToken"`
}

// person is who an access token speaks for.
type person struct {
	token  oauth.AccessToken
	auth   identity.Authentication
	pool   identity.PoolID
	origin identity.Origin
}

// personOf answers whose account the token opens.
func (h *Handler) personOf(ctx context.Context, token Secret) (person, error) {
	who := person{origin: originOf(ctx)}
	var err error
	if who.token, who.pool, err = h.verified(ctx, string(token)); err != nil {
		return who, err
	}
	concerns(ctx, who.pool)
	opens := false
	if who.auth, opens = who.token.Bearer(); !opens {
		return who, errAccess("Access Token does not have required scopes")
	}
	return who, nil
}

// verified answers the token and the pool whose it is.
func (h *Handler) verified(ctx context.Context, token string) (found oauth.AccessToken, pool identity.PoolID, err error) {
	if token == "" {
		return found, "", errAccess("Invalid Access Token")
	}
	pools, err := h.poolsOf(ctx, token)
	if err != nil {
		return found, "", err
	}
	refusal := errAccess("Invalid Access Token")
	for _, pool := range pools {
		// A token that is bound to a key is not taken: the input has no room for a proof.
		found, err := h.OAuth.VerifyPresented(ctx, pool, oauth.Presented{Token: token})
		if _, refused := oauth.CodeOf(err); !refused {
			return found, pool, err
		}
		refusal = badToken(err)
	}
	return found, "", refusal
}

func errAccess(why string) error { return exception("NotAuthorizedException", why) }

func badToken(why error) error {
	switch {
	case errors.Is(why, oauth.ErrExpired):
		return errAccess("Access Token has expired")
	case errors.Is(why, oauth.ErrRevoked):
		return errAccess("Access Token has been revoked")
	case errors.Is(why, oauth.ErrBound):
		return errAccess("Access Token is bound to a key, which this API cannot ask for")
	}
	return errAccess("Invalid Access Token")
}

// poolsOf answers the pools whose token it may be: the one of the path, or the one
// that the token names; of an opaque token, any.
func (h *Handler) poolsOf(ctx context.Context, token string) ([]identity.PoolID, error) {
	if at := callerOf(ctx).At; at != "" {
		return []identity.PoolID{at}, nil
	}
	all, err := h.Settings.Pools(ctx)
	issuer, named := issuerOf(token)
	var ids []identity.PoolID
	for _, p := range all {
		if !named || h.OAuth.Issuer(p.ID) == issuer {
			ids = append(ids, p.ID)
		}
	}
	return ids, err
}

// issuerOf reads whom a token names, before anything of it is believed.
func issuerOf(token string) (issuer string, named bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", false
	}
	var claims struct {
		Issuer string `json:"iss"`
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(text, &claims) != nil {
		return "", true // nobody's
	}
	return claims.Issuer, true
}

// GetUserResponse is the output of GetUser.
type GetUserResponse struct {
	Username            string   `json:"Username"`
	UserAttributes      []Pair   `json:"UserAttributes"`
	PreferredMFASetting string   `json:"PreferredMfaSetting,omitempty"`
	UserMFASettingList  []string `json:"UserMFASettingList,omitempty"`
}

func (h *Handler) getUser(ctx context.Context, in OneToken) (out GetUserResponse, err error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return out, err
	}
	list, second, err := h.Factors.Mine(ctx, who.auth)
	if err != nil {
		return out, who.ended(err)
	}
	joined, err := h.identitiesIn(ctx, who.pool)
	if err != nil {
		return out, err
	}
	out = GetUserResponse{Username: who.token.Username(), UserMFASettingList: settingList(second), PreferredMFASetting: preferred(list, second)}
	out.UserAttributes, err = joined.add(ctx, &who.token.User, who.readable())
	return out, err
}

// readable lists the attributes that the client may read, sub first.
func (p *person) readable() []Pair {
	values := p.token.User.ReadableBy(&p.token.Client)
	delete(values, "sub")
	pairs := []Pair{{Name: "sub", Value: p.token.Subject()}}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		pairs = append(pairs, Pair{Name: name, Value: values[name]})
	}
	return pairs
}

// ended says that the token's sign-in ended while it was looked at.
func (p *person) ended(err error) error {
	if code, _ := identity.CodeOf(err); code == identity.SessionEnded {
		return errAccess("Access Token has been revoked")
	}
	return err
}

// UpdateUserAttributesRequest is the input of UpdateUserAttributes.
type UpdateUserAttributesRequest struct {
	AccessToken    Secret            `json:"AccessToken"`
	UserAttributes []Pair            `json:"UserAttributes"`
	ClientMetadata map[string]string `json:"ClientMetadata,omitempty"`
}

// UpdateUserAttributesResponse says where codes went.
type UpdateUserAttributesResponse struct {
	CodeDeliveryDetailsList []CodeDeliveryDetails `json:"CodeDeliveryDetailsList,omitempty"`
}

func (h *Handler) updateUserAttributes(ctx context.Context, in UpdateUserAttributesRequest) (out UpdateUserAttributesResponse, err error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return out, err
	}
	values, err := valuesOf(in.UserAttributes)
	if err != nil {
		return out, err
	}
	who.origin.Told.Client = in.ClientMetadata
	sent, err := h.Accounts.Update(ctx, who.auth, values, who.origin)
	for _, to := range sent {
		out.CodeDeliveryDetailsList = append(out.CodeDeliveryDetailsList, *deliveryOf(to))
	}
	return out, who.ended(err)
}

// DeleteUserAttributesRequest is the input of DeleteUserAttributes.
type DeleteUserAttributesRequest struct {
	AccessToken        Secret   `json:"AccessToken"`
	UserAttributeNames []string `json:"UserAttributeNames"`
}

func (h *Handler) deleteUserAttributes(ctx context.Context, in DeleteUserAttributesRequest) (done, error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return done{}, err
	}
	return done{}, who.ended(h.Accounts.DeleteAttributes(ctx, who.auth, in.UserAttributeNames, who.origin))
}

// OneAttribute is the input of GetUserAttributeVerificationCode, and with Code of
// VerifyUserAttribute.
type OneAttribute struct {
	AccessToken    Secret            `json:"AccessToken"`
	AttributeName  string            `json:"AttributeName"`
	Code           Secret            `json:"Code,omitempty"`
	ClientMetadata map[string]string `json:"ClientMetadata,omitempty"`
}

func (h *Handler) getUserAttributeVerificationCode(ctx context.Context, in OneAttribute) (CodeResponse, error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return CodeResponse{}, err
	}
	who.origin.Told.Client = in.ClientMetadata
	to, err := h.Accounts.SendCode(ctx, who.auth, in.AttributeName, who.origin)
	if code, _ := identity.CodeOf(err); code == identity.InvalidState {
		err = invalid("AttributeName", "has no value that waits to be verified")
	}
	return CodeResponse{deliveryOf(to)}, who.ended(err)
}

func (h *Handler) verifyUserAttribute(ctx context.Context, in OneAttribute) (done, error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return done{}, err
	}
	return done{}, who.ended(h.Accounts.Verify(ctx, who.auth, in.AttributeName, string(in.Code), who.origin))
}

// ChangePasswordRequest is the input of ChangePassword. Somebody without a password
// leaves PreviousPassword out.
type ChangePasswordRequest struct {
	AccessToken      Secret `json:"AccessToken"`
	PreviousPassword Secret `json:"PreviousPassword,omitempty"`
	ProposedPassword Secret `json:"ProposedPassword"`
}

func (h *Handler) changePassword(ctx context.Context, in ChangePasswordRequest) (done, error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return done{}, err
	}
	if in.PreviousPassword == "" {
		err = h.Accounts.SetPassword(ctx, who.auth, string(in.ProposedPassword), who.origin)
	} else {
		err = h.Accounts.ChangePassword(ctx, who.auth, string(in.PreviousPassword), string(in.ProposedPassword), who.origin)
	}
	if code, _ := identity.CodeOf(err); code == identity.InvalidState { // there is one, or there is none
		err = exception("NotAuthorizedException", "Incorrect username or password.")
	}
	return done{}, who.ended(slowed(err))
}

func (h *Handler) deleteUser(ctx context.Context, in OneToken) (done, error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return done{}, err
	}
	return done{}, who.ended(h.Accounts.Delete(ctx, who.auth, "", who.origin))
}

// globalSignOut ends everything that was issued to the person, and their sessions in
// browsers with it.
func (h *Handler) globalSignOut(ctx context.Context, in OneToken) (done, error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return done{}, err
	}
	return done{}, who.ended(h.Accounts.SignOutEverywhere(ctx, who.auth))
}
