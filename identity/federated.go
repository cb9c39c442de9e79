package identity

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// Federated is somebody who came back from a provider.
type Federated struct {
	Pool     PoolID
	Client   ClientID
	Channel  Channel
	External External
	// Attempt is the one whose owner went to prove themselves by an identity that
	// their account is joined to (Challenge.Joined); "" for a sign-in of its own.
	Attempt AttemptID
	Twice   bool // see Start
	Origin  Origin

	waiting attempt // the attempt itself, once they have
	first   bool    // the account was made just now
}

// Federated signs in whom a provider vouches for: to the account joined to that
// identity, to a new one, or, after its owner has signed in, to the one that has
// the address already.
func (s *SignIn) Federated(ctx context.Context, in Federated) (Step, error) {
	const op = "SignIn.Federated"
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) { return s.federated(w, op, in) })
}

func (s *SignIn) federated(w storage.Writer, op string, in Federated) (Step, *Error, error) {
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
	by := visitor{p, cl, provider, in}
	if err := by.noteIssuer(w); err != nil {
		return Step{}, nil, err
	}
	known, err := identities.Get(w, string(p.ID), provider.Name, in.External.Subject)
	switch {
	case err != nil && !errors.Is(err, storage.ErrNotFound):
		return Step{}, nil, err
	case in.Attempt != "":
		return s.provesElsewhere(w, op, by, known)
	case err != nil:
		return s.adoptNewcomer(w, op, by)
	}
	return s.welcomeBack(w, op, by, known)
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
	if failed, err := s.sameIssuer(w, op, by, &known); err != nil || failed != nil {
		return Step{}, failed, err
	}
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
	whose, holder, err := s.whose(w, by)
	if err != nil {
		return Step{}, nil, err
	}
	switch whose {
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

// whose decides whose account somebody new gets, and answers who has their address.
func (s *SignIn) whose(r storage.Reader, by visitor) (adopted, *User, error) {
	email := by.in.External.Attributes[attrEmail]
	holder, err := s.holderOf(r, &by.pool, email)
	if err != nil {
		return "", nil, err
	}
	f, err := s.adoptionOf(r, by, email, holder)
	return adopt(f), holder, err
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
	f.Disabled, f.Verified = holder.Disabled, verified(holder, attrEmail)
	// Whom an administrator invited or put into a group is somebody already.
	f.Proven = f.Verified || holder.Status != Unconfirmed || len(belongs) > 0
	return f, err
}

// Answers says that the provider answers for the address's domain by its name: *
// names none.
func (p *IdentityProvider) Answers(email string) bool {
	domain := email[strings.LastIndexByte(email, '@')+1:]
	return domain != email && slices.ContainsFunc(p.TrustedDomains, func(t string) bool { return strings.EqualFold(t, domain) })
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
		return refuse(op, TooManyIdentities), nil
	}
	return nil, err
}

// join stores that the identity is this user.
func (s *SignIn) join(w storage.Writer, by visitor, u *User, primary bool) error {
	i := Identity{
		PoolID: u.PoolID, Provider: by.provider.Name, Subject: by.in.External.Subject, Issuer: by.in.External.Issuer, KeyedBy: by.provider.keyedBy(),
		UserID: u.ID, Primary: primary, Shown: shownAs(by.in.External.Attributes), CreatedAt: s.Now(), LastUsedAt: s.Now(),
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
		PoolID: by.pool.ID, ClientID: by.in.Client, Channel: by.in.Channel, Identifier: passkeyUser(&u).Name, UserID: u.ID, Provider: by.provider.Name, Twice: by.in.Twice, First: by.in.first,
		Vouched: by.provider.vouches(by.in.External.ACR),
	}
	if !by.in.first && by.in.waiting.ID == "" {
		if err := s.askPreAuthentication(w, &by.pool, &u, u.Username, a.ClientID, by.in.Origin); err != nil {
			return Step{}, nil, err
		}
	}
	if err := s.carry(w, &by, &a); err != nil {
		return Step{}, nil, err
	}
	if err := s.takeAlong(w, by.in.waiting, &a); err != nil {
		return Step{}, nil, err
	}
	return s.proved(w, op, a, false, by.in.Origin, FactorExternal)
}

// askProof lets the owner of the address sign in; the identity joins then.
func (s *SignIn) askProof(w storage.Writer, op string, by visitor, holder User) (Step, *Error, error) {
	if err := s.askPreAuthentication(w, &by.pool, &holder, holder.Username, by.in.Client, by.in.Origin); err != nil {
		return Step{}, nil, err
	}
	sealed, err := s.sealJSON(by.in.External, "external", string(by.pool.ID), string(holder.ID))
	if err != nil {
		return Step{}, nil, err
	}
	a := attempt{
		PoolID: by.pool.ID, ClientID: by.in.Client, Channel: by.in.Channel, Identifier: holder.Attributes[attrEmail], UserID: holder.ID,
		Chosen: FactorPassword, Linking: by.provider.Name, External: sealed, Twice: by.in.Twice,
	}
	if err := s.carry(w, &by, &a); err != nil {
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
