package identity

import (
	"context"
	"errors"

	"poolhouse.dev/storage"
)

// SignInLink is what the page behind a mailed sign-in link shows.
type SignInLink struct {
	LinkInfo
	Client    ClientID
	Here      bool   // this browser is the one that asked
	Match     string // stands in the window that asked, too
	UserAgent string // of the browser that asked
	Address   string // where it was
}

// LinkOf says what a mailed sign-in link would do. It changes nothing.
func (s *SignIn) LinkOf(ctx context.Context, pool PoolID, link string, channel Channel) (info SignInLink, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		l, k, err := readLink(r, pool, link)
		if errors.Is(err, storage.ErrNotFound) {
			info = SignInLink{LinkInfo: LinkInfo{State: LinkUnknown}}
			return nil
		}
		if err != nil {
			return err
		}
		info = SignInLink{LinkInfo: LinkInfo{Purpose: l.Purpose, Masked: l.Masked, State: s.linkState(l, k)}}
		return s.fillLink(r, &info, l, channel)
	})
	return info, err
}

// fillLink adds what the attempt knows; one that is over makes the link expired.
func (s *SignIn) fillLink(r storage.Reader, info *SignInLink, l codeLink, channel Channel) error {
	a, err := attempts.Get(r, string(l.Flow))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if err != nil || a.Finished || !s.Now().Before(a.ExpiresAt) {
		if info.State == LinkGood {
			info.State = LinkExpired
		}
		return nil
	}
	info.Client, info.Here, info.Match = a.ClientID, a.Channel == channel, a.Match
	info.UserAgent, info.Address = a.UserAgent, a.Address
	return nil
}

// ApproveLink is the button of the page behind a mailed sign-in link.
type ApproveLink struct {
	Pool    PoolID
	Link    string
	Channel Channel
	Origin  Origin
}

// Approval is what the button did: the attempt goes on here, or in the window
// that asked for it.
type Approval struct {
	Step *Step // nil: the other window goes on, see Continue
}

// ApproveLink spends the link. The session belongs to the browser that asked:
// whoever follows the link elsewhere gets none. CodeExpired says that the link
// is over.
func (s *SignIn) ApproveLink(ctx context.Context, in ApproveLink) (Approval, error) {
	const op = "SignIn.ApproveLink"
	var here bool
	step, err := s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		here = false
		k, failed, err := s.followLink(w, op, in.Pool, in.Link)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		a, failed, err := s.linkedAttempt(w, op, k)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		p, err := pools.Get(w, string(a.PoolID))
		if err != nil {
			return Step{}, nil, err
		}
		u, err := getUser(w, k.PoolID, k.UserID)
		if err != nil {
			return Step{}, nil, err
		}
		if failed, err := s.acceptCode(w, op, &p, &u, &a, k, in.Origin); err != nil || failed != nil {
			return Step{}, failed, err
		}
		if here = a.Channel == in.Channel; here {
			return s.proved(w, op, a, false, in.Origin, FactorEmailCode)
		}
		a.Approved = true
		return Step{}, nil, attempts.Put(w, a)
	})
	if err != nil || !here {
		return Approval{}, err
	}
	return Approval{Step: &step}, nil
}

// linkedAttempt answers the attempt that still waits for this link.
func (s *SignIn) linkedAttempt(r storage.Reader, op string, k code) (attempt, *Error, error) {
	if k.Purpose != PurposeSignIn || k.Flow == "" {
		return attempt{}, refuse(op, CodeExpired), nil
	}
	a, err := attempts.Get(r, string(k.Flow))
	if errors.Is(err, storage.ErrNotFound) {
		return attempt{}, refuse(op, CodeExpired), nil
	}
	if err == nil && (a.Finished || a.Ask != AskEmailCode || !s.Now().Before(a.ExpiresAt)) {
		return attempt{}, refuse(op, CodeExpired), nil
	}
	return a, nil, err
}

// Continue goes on in the window that asked, once the link was followed
// elsewhere. Until then it answers the challenge as it is.
func (s *SignIn) Continue(ctx context.Context, id AttemptID, channel Channel, o Origin) (Step, error) {
	const op = "SignIn.Continue"
	return s.updateStep(ctx, func(w storage.Writer) (Step, *Error, error) {
		a, failed, err := s.loadAttempt(w, op, id, channel)
		if err != nil || failed != nil {
			return Step{}, failed, err
		}
		if !a.Approved || a.Ask != AskEmailCode {
			step, err := s.show(w, a)
			return step, nil, err
		}
		a.Approved = false
		return s.proved(w, op, a, false, o, FactorEmailCode)
	})
}

// Approved says whether the link of this attempt was followed elsewhere, for
// the window that waits. It changes nothing.
func (s *SignIn) Approved(ctx context.Context, id AttemptID, channel Channel) (approved bool, err error) {
	const op = "SignIn.Approved"
	err = s.Store.View(ctx, func(r storage.Reader) error {
		a, failed, err := s.loadAttempt(r, op, id, channel)
		approved = a.Approved
		return either(failed, err)
	})
	return approved, err
}
