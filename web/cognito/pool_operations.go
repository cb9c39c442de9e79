package cognito

import (
	"context"
	"slices"

	"poolhouse.dev/federation/saml"
	"poolhouse.dev/identity"
)

// createUserPool makes a pool in the region of the house's first pool. What the
// input leaves out is as Cognito has it where apps could tell: names tell
// capitals apart, and a changed address counts at once.
func (h *Handler) createUserPool(ctx context.Context, in CreateUserPoolRequest) (UserPoolResponse, error) {
	schema, err := schemaOf(in.Schema, false)
	if err != nil {
		return UserPoolResponse{}, err
	}
	p := identity.Pool{
		Name: in.PoolName, Schema: schema, AliasAttributes: in.AliasAttributes, UsernameAttributes: in.UsernameAttributes,
		UsernameConfiguration: identity.UsernameConfiguration{CaseSensitive: in.UsernameConfiguration == nil || in.UsernameConfiguration.CaseSensitive},
	}
	p.SignUpConfirmation = identity.ByAdministrator
	in.apply(&p)
	if in.MFAConfiguration != "" && in.MFAConfiguration != "OFF" && in.SMSConfiguration != nil {
		p.SMSMFA.Enabled = truth(true)
	}
	if in.UsernameConfiguration != nil {
		p.Beside = p.Beside.Keep(keptMembers(struct{ UsernameConfiguration any }{in.UsernameConfiguration}))
	}
	made, err := h.Settings.CreatePool(ctx, region(h.First), p)
	if err != nil {
		return UserPoolResponse{}, err
	}
	return h.shownPool(ctx, &made)
}

func (h *Handler) shownPool(ctx context.Context, p *identity.Pool) (UserPoolResponse, error) {
	shown, err := h.userPool(ctx, p)
	return UserPoolResponse{shown}, err
}

func (h *Handler) describeUserPool(ctx context.Context, in OnePool) (UserPoolResponse, error) {
	p, err := h.Settings.Pool(ctx, in.UserPoolID)
	if err != nil {
		return UserPoolResponse{}, err
	}
	return h.shownPool(ctx, &p)
}

// updateUserPool puts what the input leaves out back to its default, as Cognito
// does; settings that Cognito does not know stay.
func (h *Handler) updateUserPool(ctx context.Context, in UpdateUserPoolRequest) (done, error) {
	_, err := h.Settings.ChangePool(ctx, in.UserPoolID, func(p *identity.Pool) error {
		if in.PoolName != "" {
			p.Name = in.PoolName
		}
		in.apply(p)
		return nil
	})
	return done{}, err
}

func (h *Handler) deleteUserPool(ctx context.Context, in OnePool) (done, error) {
	if in.UserPoolID == h.First {
		return done{}, exception("InvalidParameterException", "The user pool answers at the root of this server and cannot be deleted.")
	}
	err := h.Settings.DeletePool(ctx, in.UserPoolID)
	switch code, _ := identity.CodeOf(err); code {
	case identity.InvalidState:
		err = exception("InvalidParameterException",
			"The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
	case identity.NotAllowed:
		err = exception("InvalidParameterException", "User pool cannot be deleted. It has a domain configured that should be deleted first.")
	}
	return done{}, err
}

func (h *Handler) addCustomAttributes(ctx context.Context, in AddCustomAttributesRequest) (done, error) {
	more, err := schemaOf(in.CustomAttributes, true)
	if err != nil {
		return done{}, err
	}
	_, err = h.Settings.ChangePool(ctx, in.UserPoolID, func(p *identity.Pool) error {
		for _, a := range more {
			if slices.ContainsFunc(p.Schema, func(have identity.Attribute) bool { return have.Name == a.Name }) {
				return exception("InvalidParameterException", a.Name+": Existing attribute already has name "+a.Name+".")
			}
		}
		p.Schema = append(slices.Clone(p.Schema), more...)
		return nil
	})
	return done{}, err
}

// SigningCertificate is the output of GetSigningCertificate: a certificate in
// base64, without the lines around it.
type SigningCertificate struct {
	Certificate []byte `json:"Certificate"`
}

func (h *Handler) getSigningCertificate(ctx context.Context, in OnePool) (SigningCertificate, error) {
	if _, err := h.Settings.Pool(ctx, in.UserPoolID); err != nil {
		return SigningCertificate{}, err
	}
	key, err := h.Settings.SAMLKey(ctx, in.UserPoolID, func() (identity.SAMLKey, error) {
		made, err := saml.MakeKey(string(in.UserPoolID), h.Now())
		return identity.SAMLKey(made), err
	})
	return SigningCertificate{key.Certificate}, err
}

// listUserPools answers those that the caller may see. The one that answers at the
// root stands first.
func (h *Handler) listUserPools(ctx context.Context, in ListUserPoolsRequest) (ListUserPoolsResponse, error) {
	out := ListUserPoolsResponse{UserPools: []PoolDescription{}}
	c := callerOf(ctx)
	found, err := h.Settings.Pools(ctx)
	if err != nil {
		return out, err
	}
	found = slices.DeleteFunc(found, func(p identity.Pool) bool { return !c.sees(p.ID) })
	slices.SortStableFunc(found, func(a, b identity.Pool) int { return h.rank(a) - h.rank(b) })
	list := listing{operation: "ListUserPools", asked: []string{string(c.Pool), string(c.At)}, member: "NextToken"}
	found, out.NextToken, err = shortPage(h, shortList[identity.Pool]{
		listing: list, key: func(p identity.Pool) string { return string(p.ID) }, limit: in.MaxResults, token: in.NextToken,
	}, found)
	for _, p := range found {
		out.UserPools = append(out.UserPools, PoolDescription{
			ID: p.ID, Name: p.Name, LambdaConfig: lambdaConfigOf(&p.LambdaConfig), CreationDate: stamp(p.CreatedAt), LastModifiedDate: stamp(p.ModifiedAt),
		})
	}
	return out, err
}

func (h *Handler) rank(p identity.Pool) int {
	if p.ID == h.First {
		return 0
	}
	return 1
}
