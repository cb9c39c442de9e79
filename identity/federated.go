package identity

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// Federated is somebody who came back from a provider.
type Federated struct {
	Pool     PoolID
	Client   ClientID
	Channel  Channel
	External External
	Origin   Origin
}

// Federated signs in whom a provider vouches for: to the account joined to that
// identity, to a new one, or, after its owner has signed in, to the one that has
// the address already.
func (s *SignIn) Federated(ctx context.Context, in Federated) (Step, error) {
	const op = "SignIn.Federated"
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		p, cl, provider, failed, err := s.openProvider(w, op, in.Pool, in.Client, in.External.Provider)
		if err != nil {
			return Step{}, nil, err
		}
		if failed == nil {
			failed = closedTo(op, &p, in.Origin)
		}
		if failed != nil {
			return Step{}, failed, s.recordRefusal(w, attempt{PoolID: in.Pool, ClientID: in.Client}, in.Origin, failed.Code)
		}
		known, err := identities.Get(w, string(p.ID), provider.Name, in.External.Subject)
		if errors.Is(err, storage.ErrNotFound) {
			return s.adoptNewcomer(w, op, visitor{p, cl, provider, in})
		}
		if err != nil {
			return Step{}, nil, err
		}
		return s.welcomeBack(w, op, visitor{p, cl, provider, in}, known)
	})
}

// visitor is a Federated with its settings.
type visitor struct {
	pool     Pool
	client   Client
	provider IdentityProvider
	in       Federated
}

// openProvider loads a provider that the client takes. NotAllowed says that it
// does not, or that the provider is switched off: asked again on the way back,
// for somebody may have switched it off meanwhile.
func (c *Core) openProvider(r storage.Reader, op string, pool PoolID, client ClientID, name string) (Pool, Client, IdentityProvider, *Error, error) {
	p, cl, err := c.reopen(r, op, pool, client)
	if err != nil {
		return p, cl, IdentityProvider{}, nil, err
	}
	provider, err := providers.Get(r, string(pool), name)
	if errors.Is(err, storage.ErrNotFound) {
		return p, cl, provider, refuse(op, NotAllowed), nil
	}
	if err == nil && (provider.Disabled || client != "" && !slices.Contains(cl.IdentityProviders, name)) {
		return p, cl, provider, refuse(op, NotAllowed), nil
	}
	return p, cl, provider, nil, err
}

// welcomeBack signs in to the account that the identity is joined to.
func (s *SignIn) welcomeBack(w storage.Writer, op string, by visitor, known Identity) (Step, *Error, error) {
	u, err := getUser(w, by.pool.ID, known.UserID)
	if err != nil {
		return Step{}, nil, err
	}
	known.LastUsedAt = s.Now()
	kept, err := s.keepTokens(by, &known)
	if err == nil {
		err = s.noteTokens(w, by, &u, kept)
	}
	if err != nil {
		return Step{}, nil, err
	}
	if err := identities.Put(w, known); err != nil {
		return Step{}, nil, err
	}
	if by.provider.Refresh != "first" {
		if failed, err := s.takeOver(w, op, by, &u, known.Primary); err != nil || failed != nil {
			return Step{}, failed, err
		}
	}
	return s.through(w, op, by, u)
}

// takeOver keeps the mapped attributes as the provider has them. An address is
// taken by who was made by it, where it is vouched for and nobody else's.
func (s *SignIn) takeOver(w storage.Writer, op string, by visitor, u *User, primary bool) (*Error, error) {
	mapped := by.in.External.said()
	email := mapped[attrEmail]
	delete(mapped, attrEmail)
	delete(mapped, attrPhone)
	if primary && email != "" && by.in.External.EmailVerified {
		holder, err := s.holderOf(w, &by.pool, email)
		if err != nil {
			return nil, err
		}
		if holder == nil || holder.ID == u.ID {
			mapped[attrEmail], mapped[attrEmailVerified] = email, "true"
		}
	}
	applyAttributes(u, s.mappable(&by.pool, u, mapped))
	failed, err := s.saveOrTake(w, op, &by.pool, u, false)
	return failed, err
}

// said answers the attributes as the provider gave them, but for those that
// say what is proven: that is decided here.
func (x *External) said() map[string]string {
	given := maps.Clone(x.Attributes)
	delete(given, attrEmailVerified)
	delete(given, attrPhoneVerified)
	return given
}

// mappable keeps what a provider may write: attributes of the schema, well
// formed, and of the immutable ones those that have no value yet. Others are
// left out, so that nobody is shut out by what a provider says.
func (s *SignIn) mappable(p *Pool, u *User, given map[string]string) map[string]string {
	kept := map[string]string{}
	for name, value := range given {
		if name == attrPreferredUsername && slices.Contains(p.AliasAttributes, name) {
			continue // it would be a name to sign in with, which people choose here
		}
		if name == attrEmailVerified {
			kept[name] = value
			continue
		}
		if checked, failed := checkAttributes("SignIn.Federated", p, nil, byAdministrator, map[string]string{name: value}, u.Attributes); failed == nil {
			maps.Copy(kept, checked)
		}
	}
	return kept
}

// holderOf answers the account whose name the address is; nil for none.
func (s *SignIn) holderOf(r storage.Reader, p *Pool, email string) (*User, error) {
	if email == "" || !addressesAreNames(p, attrEmail) {
		return nil, nil
	}
	u, err := s.findUser(r, p, email)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	return &u, err
}

// adoptNewcomer gives somebody who was never here an account.
func (s *SignIn) adoptNewcomer(w storage.Writer, op string, by visitor) (Step, *Error, error) {
	email := by.in.External.Attributes[attrEmail]
	holder, err := s.holderOf(w, &by.pool, email)
	if err != nil {
		return Step{}, nil, err
	}
	f, err := s.adoptionOf(w, by, email, holder)
	if err != nil {
		return Step{}, nil, err
	}
	switch adopt(f) {
	case adoptClosed:
		return Step{}, refuse(op, SignUpClosed), nil
	case adoptRefused:
		return Step{}, refuse(op, IncorrectPassword), s.recordRefusal(w, attempt{PoolID: by.pool.ID, ClientID: by.in.Client, UserID: holder.ID}, by.in.Origin, IncorrectPassword)
	case adoptLink:
		return s.joined(w, op, by, *holder)
	case adoptInherit:
		if err := s.disinherit(w, holder); err != nil {
			return Step{}, nil, err
		}
		return s.joined(w, op, by, *holder)
	case adoptProve:
		return s.askProof(w, op, by, *holder)
	case adoptNew:
		return s.newcomer(w, op, by, true)
	}
	return s.newcomer(w, op, by, false)
}

func (s *SignIn) adoptionOf(r storage.Reader, by visitor, email string, holder *User) (adoption, error) {
	f := adoption{
		Address: email != "", Vouched: by.in.External.EmailVerified, Trusted: by.provider.trusts(email),
		Held: holder != nil, Closed: by.pool.AdminCreateUserConfig.AllowAdminCreateUserOnly,
	}
	if holder == nil {
		return f, nil
	}
	belongs, err := groupsOf(r, holder)
	f.Disabled = holder.Disabled
	// Whom an administrator invited or put into a group is somebody already.
	f.Proven = verified(holder, attrEmail) || holder.Status != Unconfirmed || len(belongs) > 0
	return f, err
}

// trusts says that the provider answers for the address's domain.
func (p *IdentityProvider) trusts(email string) bool {
	_, domain, _ := strings.Cut(email, "@")
	return slices.ContainsFunc(p.TrustedDomains, func(t string) bool { return t == "*" || strings.EqualFold(t, domain) })
}

// disinherit takes an account from whoever signed up with an address that they
// never proved: password, factors, browsers and sessions die, the address stays.
func (s *SignIn) disinherit(w storage.Writer, u *User) error {
	if err := removePossessions(w, u); err != nil {
		return err
	}
	if err := removeBrowsers(w, u); err != nil {
		return err
	}
	u.MFA, u.Pending, u.Status = MFA{}, nil, ExternalProvider
	u.Attributes = map[string]string{attrEmail: u.Attributes[attrEmail], attrEmailVerified: "true"}
	return s.signOutEverywhere(w, u)
}

// newcomer makes an account for the identity.
func (s *SignIn) newcomer(w storage.Writer, op string, by visitor, withEmail bool) (Step, *Error, error) {
	now := s.Now()
	u := User{
		PoolID: by.pool.ID, ID: UserID(uuid.NewString()), Username: by.provider.Name + "_" + by.in.External.Subject,
		Status: ExternalProvider, Locale: by.in.Origin.Locale, CreatedAt: now, ModifiedAt: now,
	}
	mapped := by.in.External.said()
	if !withEmail {
		delete(mapped, attrEmail)
	}
	delete(mapped, attrPhone) // nobody has proven it
	applyAttributes(&u, s.mappable(&by.pool, &u, mapped))
	if withEmail {
		u.Attributes[attrEmailVerified] = "true"
	}
	if err := insertUser(w, &by.pool, &u); err != nil {
		if taken := (*nameTaken)(nil); errors.As(err, &taken) {
			return Step{}, refuse(op, AliasExists), nil
		}
		return Step{}, nil, err
	}
	if err := s.record(w, &u, deed{Action: "sign_up", Client: by.in.Client, Origin: by.in.Origin, Detail: map[string]string{"provider": by.provider.Name}}); err != nil {
		return Step{}, nil, err
	}
	if err := s.join(w, by, &u, true); err != nil {
		return Step{}, nil, err
	}
	return s.through(w, op, by, u)
}

// joined joins the identity to an account that is there, and signs in to it.
func (s *SignIn) joined(w storage.Writer, op string, by visitor, u User) (Step, *Error, error) {
	if failed, err := s.saveOrTake(w, op, &by.pool, &u, false); err != nil || failed != nil {
		return Step{}, failed, err
	}
	if failed, err := s.mayJoin(w, op, &u); err != nil || failed != nil {
		return Step{}, failed, err
	}
	if err := s.join(w, by, &u, false); err != nil {
		return Step{}, nil, err
	}
	if err := s.tellJoined(w, &u, message.FactorAdded, by.provider.Name, by.in.Origin); err != nil {
		return Step{}, nil, err
	}
	return s.through(w, op, by, u)
}

func (c *Core) mayJoin(r storage.Reader, op string, u *User) (*Error, error) {
	have, err := identitiesOf(r, u)
	if err == nil && len(have) >= maxIdentities {
		return refuse(op, NotAllowed), nil
	}
	return nil, err
}

// join stores that the identity is this user.
func (s *SignIn) join(w storage.Writer, by visitor, u *User, primary bool) error {
	i := Identity{
		PoolID: u.PoolID, Provider: by.provider.Name, Subject: by.in.External.Subject, UserID: u.ID, Primary: primary,
		Shown: shownAs(by.in.External.Attributes), CreatedAt: s.Now(), LastUsedAt: s.Now(),
	}
	kept, err := s.keepTokens(by, &i)
	if err == nil {
		err = identities.Insert(w, i)
	}
	if err != nil {
		return err
	}
	return s.noteTokens(w, by, u, kept)
}

// shownAs answers what people know their identity there by.
func shownAs(said map[string]string) string {
	return cmp.Or(said[attrEmail], said[attrPreferredUsername], said["name"])
}

// tellJoined writes to the owner that a provider was joined to the account, or left it.
func (c *Core) tellJoined(w storage.Writer, u *User, kind, provider string, o Origin) error {
	to, ok := noticeAddress(u)
	if !ok {
		return nil
	}
	return c.notifyAt(w, u, kind, to, o, map[string]string{"factor": string(FactorExternal), "provider": provider})
}

// through goes on with somebody whom the provider vouches for.
func (s *SignIn) through(w storage.Writer, op string, by visitor, u User) (Step, *Error, error) {
	a := attempt{
		PoolID: by.pool.ID, ClientID: by.in.Client, Channel: by.in.Channel, Identifier: passkeyUser(&u).Name, UserID: u.ID, Provider: by.provider.Name,
	}
	if err := s.recognise(w, &by.pool, &a, by.in.Origin); err != nil {
		return Step{}, nil, err
	}
	return s.proved(w, op, a, false, by.in.Origin, FactorExternal)
}

// askProof lets the owner of the address sign in; the identity joins then.
func (s *SignIn) askProof(w storage.Writer, op string, by visitor, holder User) (Step, *Error, error) {
	sealed, err := s.sealJSON(by.in.External, "external", string(by.pool.ID), string(holder.ID))
	if err != nil {
		return Step{}, nil, err
	}
	a := attempt{
		PoolID: by.pool.ID, ClientID: by.in.Client, Channel: by.in.Channel, Identifier: holder.Attributes[attrEmail], UserID: holder.ID,
		Chosen: FactorPassword, Linking: by.provider.Name, External: sealed,
	}
	if err := s.recognise(w, &by.pool, &a, by.in.Origin); err != nil {
		return Step{}, nil, err
	}
	// Who got here has shown that the address is theirs: they may see how to sign in.
	a.Familiar = true
	return s.advance(w, op, by.pool, a, by.in.Origin)
}

// joinProven joins the identity that an attempt carries, once its owner is in.
// It names provider, subject and user: another identity can't take its place.
func (c *Core) joinProven(w storage.Writer, s *standing, a attempt, o Origin) error {
	if a.Linking == "" {
		return nil
	}
	var x External
	if err := c.openJSON(a.External, &x, "external", string(a.PoolID), string(a.UserID)); err != nil {
		return err
	}
	_, _, provider, failed, err := c.openProvider(w, "SignIn.Respond", a.PoolID, a.ClientID, x.Provider)
	if err != nil || failed != nil {
		return either(failed, err)
	}
	if failed, err := c.mayJoin(w, "SignIn.Respond", &s.user); err != nil || failed != nil {
		return either(failed, err)
	}
	by := visitor{s.pool, s.client, provider, Federated{Client: a.ClientID, External: x, Origin: o}}
	err = (&SignIn{c}).join(w, by, &s.user, false)
	if errors.Is(err, storage.ErrExists) {
		return refuse("SignIn.Respond", AlreadyExists)
	}
	if err != nil {
		return err
	}
	return c.tellJoined(w, &s.user, message.FactorAdded, x.Provider, o)
}
