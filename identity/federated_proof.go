package identity

import (
	"errors"
	"slices"

	"poolhouse.dev/storage"
)

// provableBy names the providers that the owner of an account may come back from,
// while another one's identity waits to join it: they may have nothing else.
func provableBy(r storage.Reader, cl *Client, a attempt, u *User) (names []string, err error) {
	if a.Linking == "" || len(a.Proven) > 0 {
		return nil, nil
	}
	have, err := identitiesOf(r, u)
	if err != nil {
		return nil, err
	}
	for _, one := range have {
		listed := a.ClientID == "" || slices.Contains(cl.IdentityProviders, one.Provider)
		if one.Provider == a.Linking || !listed || slices.Contains(names, one.Provider) {
			continue
		}
		p, err := providers.Get(r, string(one.PoolID), one.Provider)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return nil, err
		}
		if err == nil && !p.Disabled && !p.estranged(&one) {
			names = append(names, one.Provider)
		}
	}
	return names, nil
}

// waiting loads the attempt whose account's owner went to a provider to prove
// themselves. It lives in the browser that began it, like any other.
func (s *SignIn) waiting(r storage.Reader, op string, in Federated) (attempt, *Error, error) {
	a, failed, err := s.loadAttempt(r, op, in.Attempt, in.Channel)
	if err == nil && failed == nil && (a.Linking == "" || a.PoolID != in.Pool || a.ClientID != in.Client) {
		failed = refuse(op, AttemptExpired)
	}
	return a, failed, err
}

// provesElsewhere lets in whoever came back as the owner of the account that an
// identity waits to join, and nobody else: no account is made on the way, and
// none is opened but the one that they were asked about.
func (s *SignIn) provesElsewhere(w storage.Writer, op string, by visitor, known Identity) (Step, *Error, error) {
	a, failed, err := s.waiting(w, op, by.in)
	if err != nil || failed != nil {
		return Step{}, failed, err
	}
	if known.UserID != a.UserID {
		return Step{}, refuse(op, OtherAccount), s.recordRefusal(w, a, by.in.Origin, OtherAccount)
	}
	by.in.waiting = a
	return s.welcomeBack(w, op, by, known)
}

// takeAlong moves what waits to join from the attempt that asked for proof to the
// one that has it. The first is over.
func (s *SignIn) takeAlong(w storage.Writer, from attempt, to *attempt) error {
	if from.ID == "" {
		return nil
	}
	to.Linking, to.External = from.Linking, from.External // sealed for this very user
	from.Finished, from.External = true, nil
	return attempts.Put(w, from)
}
