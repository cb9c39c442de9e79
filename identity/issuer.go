package identity

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"strings"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// sameIssuer holds an identity against who vouches for it now, and by what of
// their answer. One that was never used (AdminLinkProviderForUser), or was stored
// before these were kept, is bound at its first sign-in. IssuerChanged says that
// the provider of this name is another by now, or that its settings take something
// else for the key: its subjects are other people.
func (s *SignIn) sameIssuer(w storage.Writer, op string, by visitor, known *Identity) (*Error, error) {
	says, key := by.in.External.Issuer, by.provider.keyedBy()
	if (known.Issuer == "" || known.Issuer == says) && (known.KeyedBy == "" || known.KeyedBy == key) {
		known.Issuer, known.KeyedBy = says, key
		return nil, nil
	}
	a := attempt{PoolID: by.pool.ID, ClientID: by.in.Client, UserID: known.UserID}
	return refuse(op, IssuerChanged), audit.Write(w, s.event("sign_in_elsewhere", audit.Refused, a, by.in.Origin, func(e *audit.Event) {
		e.Reason = string(IssuerChanged)
		e.Detail = map[string]string{"provider": known.Provider, "user_id": known.Subject, "issuer": says, "bound_issuer": known.Issuer}
		if known.KeyedBy != "" && known.KeyedBy != key {
			e.Detail["keyed_by"], e.Detail["bound_keyed_by"] = key, known.KeyedBy
		}
	}))
}

// keyedBy names what of the provider's answer is a person's key, where its
// settings say that; "" where the type does. Under another choice the same
// letters may be somebody else's.
func (p *IdentityProvider) keyedBy() string {
	switch attribute := p.Details["SubjectAttribute"]; {
	case p.Type == "OAuth2":
		return cmp.Or(p.Details["subject_attribute"], "sub")
	case p.Type != "SAML":
		return ""
	case attribute != "":
		return "attribute " + attribute
	}
	format := p.Details["NameIDFormat"] // whole, or its last part
	return "NameID " + cmp.Or(format[strings.LastIndexByte(format, ':')+1:], "persistent")
}

// noteIssuer remembers who vouches for people of this provider now, so that
// identities bound to another count as no way in. Microsoft's differ by tenant.
func (by *visitor) noteIssuer(w storage.Writer) error {
	says := by.in.External.Issuer
	if says == "" || by.provider.Type == "Microsoft" || by.provider.Issuer == says {
		return nil
	}
	by.provider.Issuer = says
	return providers.Put(w, by.provider)
}

// estranged says that nobody comes in by the identity while the provider is as it is.
func (p *IdentityProvider) estranged(one *Identity) bool {
	return one.Issuer != "" && p.Issuer != "" && one.Issuer != p.Issuer || one.KeyedBy != "" && one.KeyedBy != p.keyedBy()
}

// ClaimedIssuer is the member issuer of Cognito's identities: the entity of a
// SAML provider, and null for every other kind.
func (i *Identity) ClaimedIssuer(providerType string) *string {
	if providerType != "SAML" || i.Issuer == "" {
		return nil
	}
	return &i.Issuer
}

// rebindBatch is how many identities are looked at in one transaction.
const rebindBatch = 500

// RebindProvider frees what is bound to an issuer that the provider had before,
// and answers how many that were: each is bound anew by whoever comes back with
// its subject next. Until then the provider's word on subjects is all that
// protects these accounts. It may be repeated.
func (a *Admin) RebindProvider(ctx context.Context, pool PoolID, provider, from string) (freed int, err error) {
	const op = "Admin.RebindProvider"
	if from == "" {
		return 0, &Error{Code: InvalidParameter, Op: op, Field: "from_issuer"}
	}
	page := storage.Page{Prefix: []any{string(pool), provider}, Limit: rebindBatch}
	for {
		var n int
		var next []byte
		err := a.update(ctx, func(w storage.Writer) (_ *Error, err error) {
			if _, err := providers.Get(w, string(pool), provider); err != nil {
				if errors.Is(err, storage.ErrNotFound) {
					return refuse(op, ResourceNotFound), nil
				}
				return nil, err
			}
			n, next, err = a.rebind(ctx, w, page, from)
			return nil, err
		})
		if err != nil {
			return freed, err
		}
		if freed += n; next == nil {
			return freed, nil
		}
		page.Cursor = next
	}
}

// rebind frees those of one page, and answers how many and where the next begins.
func (a *Admin) rebind(ctx context.Context, w storage.Writer, page storage.Page, from string) (n int, next []byte, err error) {
	list, next, err := identities.ListPage(w, page)
	if err != nil {
		return 0, nil, err
	}
	for _, one := range list {
		if one.Issuer != from {
			continue
		}
		one.Issuer, one.KeyedBy = "", ""
		if err := identities.Put(w, one); err != nil {
			return 0, nil, err
		}
		d := adminDeed(ctx, "rebind_identity")
		err := audit.Write(w, a.event(d.Action, audit.OK, attempt{PoolID: one.PoolID, UserID: one.UserID}, Origin{}, func(e *audit.Event) {
			e.Detail = map[string]string{"provider": one.Provider, "user_id": one.Subject, "bound_issuer": from}
			maps.Copy(e.Detail, d.Detail)
		}))
		if err != nil {
			return 0, nil, err
		}
		n++
	}
	return n, next, nil
}
