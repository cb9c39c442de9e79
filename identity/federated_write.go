package identity

import (
	"errors"
	"maps"
	"slices"

	"github.com/google/uuid"

	"poolhouse.dev/storage"
)

// newcomer makes an account for the identity.
func (s *SignIn) newcomer(w storage.Writer, op string, by visitor, withEmail bool) (Step, *Error, error) {
	now := s.Now()
	u := User{
		PoolID: by.pool.ID, ID: UserID(uuid.NewString()), Username: by.provider.Name + "_" + by.in.External.Subject,
		Status: ExternalProvider, Locale: by.in.Origin.Locale, CreatedAt: now, ModifiedAt: now,
	}
	applyAttributes(&u, s.mappable(&by.pool, &u, by.in.External.Attributes, withEmail))
	says, err := s.askPreSignUp(w, comesElsewhere, u.Username, &by.pool, &u, by.in.Client, by.in.Origin)
	if err != nil {
		return Step{}, nil, err
	}
	if failed := says.accept(op, &u); failed != nil {
		return Step{}, failed, nil
	}
	if failed, err := s.insertNewcomer(w, op, by, &u); err != nil || failed != nil {
		return Step{}, failed, err
	}
	if err := s.record(w, &u, deed{Action: "sign_up", Client: by.in.Client, Origin: by.in.Origin, Detail: map[string]string{"provider": by.provider.Name}}); err != nil {
		return Step{}, nil, err
	}
	if err := s.join(w, by, &u, true); err != nil {
		return Step{}, nil, err
	}
	if err := s.tellConfirmed(w, confirmedSignUp, &by.pool, &u, by.in.Client, by.in.Origin); err != nil {
		return Step{}, nil, err
	}
	by.in.first = true
	return s.through(w, op, by, u)
}

// insertNewcomer stores a new account. Its name is Provider_subject, as Cognito
// has it; where that cannot be a name, or is one (subjects may differ in case
// alone, and the name may be older than the provider), its own id takes the
// subject's place.
func (s *SignIn) insertNewcomer(w storage.Writer, op string, by visitor, u *User) (*Error, error) {
	if _, err := canonicalUsername(&by.pool, u.Username); err == nil {
		held, err := s.findUser(w, &by.pool, u.Username)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return nil, err
		}
		if held.ID == "" {
			return s.insertOrRefuse(w, op, by, u)
		}
	}
	u.Username = by.provider.Name + "_" + string(u.ID)
	return s.insertOrRefuse(w, op, by, u)
}

func (s *SignIn) insertOrRefuse(w storage.Writer, op string, by visitor, u *User) (*Error, error) {
	err := insertUser(w, &by.pool, u)
	if taken := (*nameTaken)(nil); errors.As(err, &taken) {
		return refuse(op, AliasExists), nil
	}
	return nil, err
}

// takeOver keeps the mapped attributes as the provider has them. An address is
// taken by who was made by it, where it is vouched for and nobody else's.
func (s *SignIn) takeOver(w storage.Writer, op string, by visitor, u *User, primary bool) (*Error, error) {
	email, free := by.in.External.Attributes[attrEmail], false
	if primary && email != "" && by.in.External.EmailVerified {
		holder, err := s.holderOf(w, &by.pool, email)
		if err != nil {
			return nil, err
		}
		free = holder == nil || holder.ID == u.ID
	}
	applyAttributes(u, s.mappable(&by.pool, u, by.in.External.Attributes, free))
	failed, err := s.saveOrTake(w, op, &by.pool, u, false)
	return failed, err
}

// mappable keeps what a provider may write: attributes of the schema, well
// formed, and of the immutable ones those that have no value yet. Others are
// left out, so that nobody is shut out by what a provider says. An address is
// kept where withEmail says that it is the person's, and is proven then; that
// another is, no provider writes.
func (s *SignIn) mappable(p *Pool, u *User, given map[string]string, withEmail bool) map[string]string {
	kept := map[string]string{}
	for name, value := range given {
		switch {
		case name == attrEmailVerified, name == attrPhoneVerified, name == attrPhone, name == attrEmail && !withEmail:
			continue
		case name == attrPreferredUsername && slices.Contains(p.AliasAttributes, name):
			continue // it would be a name to sign in with, which people choose here
		}
		if checked, failed := checkAttributes("SignIn.Federated", p, nil, byAdministrator, map[string]string{name: value}, u.Attributes); failed == nil {
			maps.Copy(kept, checked)
		}
	}
	if kept[attrEmail] != "" {
		kept[attrEmailVerified] = "true"
	}
	return kept
}

// said answers the attributes as the provider gave them, but for those that
// say what is proven: that is decided here.
func (x *External) said() map[string]string {
	given := maps.Clone(x.Attributes)
	delete(given, attrEmailVerified)
	delete(given, attrPhoneVerified)
	return given
}
