package identity

import (
	"context"
	"errors"
	"slices"

	"poolhouse.dev/storage"
)

// Outcome says whose account somebody from a provider gets.
type Outcome string

// The outcomes. All but the first are about somebody who was never here.
const (
	OutcomeKnown   Outcome = "known"   // the account that the identity is joined to
	OutcomeNew     Outcome = "new"     // a new account, with the address
	OutcomeBare    Outcome = "bare"    // a new account, without the address
	OutcomeLink    Outcome = "link"    // the account that has the address, at once
	OutcomeInherit Outcome = "inherit" // that account, and whatever a stranger put there dies
	OutcomeProve   Outcome = "prove"   // that account, once they have signed in to it
	OutcomeRefused Outcome = "refused" // nobody's: the account is shut
	OutcomeClosed  Outcome = "closed"  // nobody's: nobody may sign up
)

var outcomes = map[adopted]Outcome{
	adoptNew: OutcomeNew, adoptBare: OutcomeBare, adoptLink: OutcomeLink, adoptInherit: OutcomeInherit,
	adoptProve: OutcomeProve, adoptRefused: OutcomeRefused, adoptClosed: OutcomeClosed,
}

// Foreseen is what a sign-in by way of a provider would come to.
type Foreseen struct {
	Outcome Outcome
	Off     bool          // the provider is switched off; all else is said as if it were not
	Refused Code          // why nobody would get in; "" when they would
	Field   string        // the attribute that Refused is about, or ""
	Next    ChallengeName // what would be asked before they are in; "" for nothing
	// Account is the user as it would stand once its provider's attributes are
	// taken over: a new account at once, one that is joined at the sign-in after.
	// The zero User when nobody would get in.
	Account User
	LeftOut map[string]LeftOut // mapped attributes that the account would not get
}

// LeftOut says why a mapped attribute would not be kept.
type LeftOut struct {
	Why    WhyLeftOut
	Detail string // for LeftBroken: what it breaks, in English
}

// WhyLeftOut is a reason of LeftOut.
type WhyLeftOut string

// The reasons.
const (
	LeftUnvouched WhyLeftOut = "unvouched" // an address that the provider does not vouch for
	LeftTaken     WhyLeftOut = "taken"     // an address that another account has, or that the owner chose otherwise
	LeftNumber    WhyLeftOut = "number"    // a telephone number: nobody has proven it
	LeftName      WhyLeftOut = "name"      // a name to sign in with: people choose it here
	LeftBroken    WhyLeftOut = "broken"    // the pool's schema does not let it in
	LeftAsItWas   WhyLeftOut = "kept"      // the account has another value, which stays
)

// errForeseen rolls a foreseen sign-in back.
var errForeseen = errors.New("identity: this was a test")

// Foresee answers what Federated would do. It does it, in a transaction that it
// rolls back: nothing is kept, nobody is signed in, nobody is written to.
func (s *SignIn) Foresee(ctx context.Context, in Federated) (Foreseen, error) {
	var seen Foreseen
	dry := *s.Core
	dry.Triggers = nil // what they do cannot be taken back
	err := s.Store.Update(ctx, func(w storage.Writer) (err error) {
		if seen, err = (&SignIn{&dry}).foresee(w, in); err == nil {
			err = errForeseen
		}
		return err
	})
	if errors.Is(err, errForeseen) {
		return seen, nil
	}
	return Foreseen{}, err
}

func (s *SignIn) foresee(w storage.Writer, in Federated) (seen Foreseen, err error) {
	const op = "SignIn.Foresee"
	if seen.Off, err = switchOn(w, in.Pool, in.External.Provider); err != nil {
		return seen, err
	}
	if seen.Outcome, err = s.outcome(w, op, in); err != nil {
		return seen, err
	}
	step, failed, err := s.federated(w, op, in)
	if err = either(failed, err); err != nil {
		return seen.refused(err)
	}
	if step.Challenge != nil {
		seen.Next = step.Challenge.Name
	}
	if err = s.nextTime(w, op, in, &seen, step); err != nil {
		return seen.refused(err)
	}
	known, err := identities.Get(w, string(in.Pool), in.External.Provider, in.External.Subject)
	if err != nil {
		return seen, err
	}
	if seen.Account, err = getUser(w, in.Pool, known.UserID); err != nil {
		return seen, err
	}
	p, err := pools.Get(w, string(in.Pool))
	seen.LeftOut = leftOut(&p, &seen.Account, &in.External)
	return seen, err
}

// refused takes a refusal up; any other error is a fault.
func (f Foreseen) refused(err error) (Foreseen, error) {
	var why *Error
	if !errors.As(err, &why) {
		return f, err
	}
	f.Refused, f.Field = why.Code, why.Field
	return f, nil
}

// switchOn switches a provider on in a transaction that is rolled back, and
// answers whether it was off.
func switchOn(w storage.Writer, pool PoolID, name string) (bool, error) {
	p, err := providers.Get(w, string(pool), name)
	if errors.Is(err, storage.ErrNotFound) || err == nil && !p.Disabled {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	p.Disabled = false
	return true, providers.Put(w, p)
}

// outcome answers which way Federated goes.
func (s *SignIn) outcome(r storage.Reader, op string, in Federated) (Outcome, error) {
	p, cl, provider, failed, err := s.openProvider(r, op, in.Pool, in.Client, in.External.Provider)
	if err != nil || failed != nil {
		return "", err // a refusal is Federated's to answer
	}
	_, err = identities.Get(r, string(p.ID), provider.Name, in.External.Subject)
	if err == nil {
		return OutcomeKnown, nil
	}
	if !errors.Is(err, storage.ErrNotFound) {
		return "", err
	}
	adopted, _, err := s.whose(r, visitor{p, cl, provider, in})
	return outcomes[adopted], err
}

// nextTime signs in once more to an account that was there before its identity:
// attributes are taken over from the second time on.
func (s *SignIn) nextTime(w storage.Writer, op string, in Federated, seen *Foreseen, step Step) error {
	if !slices.Contains([]Outcome{OutcomeLink, OutcomeInherit, OutcomeProve}, seen.Outcome) {
		return nil
	}
	if seen.Outcome == OutcomeProve {
		if err := s.joinAsIfProven(w, op, in, step); err != nil {
			return err
		}
	}
	_, failed, err := s.federated(w, op, in)
	return either(failed, err)
}

// joinAsIfProven joins the identity that an attempt carries as if its owner had
// signed in.
func (s *SignIn) joinAsIfProven(w storage.Writer, op string, in Federated, step Step) error {
	p, cl, provider, failed, err := s.openProvider(w, op, in.Pool, in.Client, in.External.Provider)
	if err = either(failed, err); err != nil {
		return err
	}
	a, err := attempts.Get(w, string(step.Attempt))
	if err != nil {
		return err
	}
	u, err := getUser(w, p.ID, a.UserID)
	if err != nil {
		return err
	}
	if failed, err := s.mayJoin(w, op, &u); err != nil || failed != nil {
		return either(failed, err)
	}
	return s.join(w, visitor{p, cl, provider, in}, &u, false)
}

// leftOut explains each mapped attribute that the account does not have.
func leftOut(p *Pool, u *User, x *External) map[string]LeftOut {
	left := map[string]LeftOut{}
	for name, value := range x.said() {
		kept, failed := checkAttributes("SignIn.Foresee", p, nil, byAdministrator, map[string]string{name: value}, nil)
		if failed == nil && u.Attributes[name] == kept[name] {
			continue
		}
		left[name] = whyLeftOut(p, x, name, failed)
	}
	return left
}

func whyLeftOut(p *Pool, x *External, name string, failed *Error) LeftOut {
	switch {
	case name == attrPhone:
		return LeftOut{Why: LeftNumber}
	case name == attrPreferredUsername && slices.Contains(p.AliasAttributes, name):
		return LeftOut{Why: LeftName}
	case failed != nil && failed.Err != nil:
		return LeftOut{Why: LeftBroken, Detail: failed.Err.Error()}
	case name == attrEmail && !x.EmailVerified:
		return LeftOut{Why: LeftUnvouched}
	case name == attrEmail:
		return LeftOut{Why: LeftTaken}
	}
	return LeftOut{Why: LeftAsItWas}
}
