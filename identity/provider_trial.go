package identity

import (
	"cmp"
	"context"
	"errors"
	"time"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/storage"
)

// Trial is a test of a provider that an administrator asked for: a trip there
// and back that signs nobody in.
type Trial struct {
	Provider string    `json:"provider_name"`
	Actor    string    `json:"actor,omitempty"` // who asked for it
	AskedAt  time.Time `json:"asked_at"`
}

// trialLink is what leads to a trial, by the hash of its secret.
type trialLink struct {
	Hash      string    `json:"hash"`
	PoolID    PoolID    `json:"user_pool_id"`
	Trial     Trial     `json:"trial"`
	Channel   Channel   `json:"channel,omitempty"` // the one browser that may use it; "" is whoever has the link
	ExpiresAt time.Time `json:"expires_at"`
}

var trialLinks = storage.Collection[trialLink]{
	Name: "trial_link", Format: 1,
	ID: func(l *trialLink) []any { return []any{l.Hash} },
	Indexes: []storage.Index[trialLink]{
		{Name: "expires", Of: func(l *trialLink) []any { return []any{l.ExpiresAt} }},
	},
}

const (
	trialLinkLife = 10 * time.Minute // to press the button
	trialLife     = time.Hour        // for all that is tried again in the browser that followed the link
)

// NewProviderTrial answers the secret of a link that leads to a test of a
// provider, once and for ten minutes. The provider may be switched off: one
// tests it before. ResourceNotFound says that the pool has none of that name.
func (s *Settings) NewProviderTrial(ctx context.Context, pool PoolID, name string) (link string, until time.Time, err error) {
	const op = "Settings.NewProviderTrial"
	link = otp.NewToken()
	err = s.update(ctx, func(w storage.Writer) (*Error, error) {
		if _, _, err := s.reopen(w, op, pool, ""); err != nil {
			return nil, err
		}
		if _, err := providers.Get(w, string(pool), name); err != nil {
			return nil, cmp.Or(absent(err, refuse(op, ResourceNotFound)), err)
		}
		d := adminDeed(ctx, "test_identity_provider")
		trial := Trial{Provider: name, Actor: d.Detail["actor"], AskedAt: s.Now()}
		until = trial.AskedAt.Add(trialLinkLife)
		if err := trialLinks.Insert(w, trialLink{Hash: hashOf(link), PoolID: pool, Trial: trial, ExpiresAt: until}); err != nil {
			return nil, err
		}
		return nil, audit.Write(w, s.event(d.Action, audit.OK, attempt{PoolID: pool}, Origin{}, func(e *audit.Event) { e.Detail = trial.detail() }))
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return link, until, nil
}

// absent answers the refusal for a record that is not there; nil for any other error.
func absent(err error, failed *Error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return failed
	}
	return nil
}

func (t *Trial) detail() map[string]string {
	detail := map[string]string{"provider": t.Provider}
	if t.Actor != "" {
		detail["actor"] = t.Actor
	}
	return detail
}

// TrialOf answers what a link leads to, and spends nothing. AttemptExpired says
// that it was used, is over, or belongs to another pool or browser.
func (s *SignIn) TrialOf(ctx context.Context, pool PoolID, link string, channel Channel) (t Trial, until time.Time, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		found, err := s.trialLink(r, "SignIn.TrialOf", pool, link, channel)
		t, until = found.Trial, found.ExpiresAt
		return err
	})
	return t, until, err
}

// BeginTrial spends a link. Its errors are TrialOf's.
func (s *SignIn) BeginTrial(ctx context.Context, pool PoolID, link string, channel Channel) (t Trial, err error) {
	err = s.update(ctx, func(w storage.Writer) (*Error, error) {
		found, err := s.trialLink(w, "SignIn.BeginTrial", pool, link, channel)
		if t = found.Trial; err != nil {
			return nil, err
		}
		return nil, trialLinks.Delete(w, found.Hash)
	})
	return t, err
}

func (s *SignIn) trialLink(r storage.Reader, op string, pool PoolID, link string, channel Channel) (trialLink, error) {
	found, err := trialLinks.Get(r, hashOf(link))
	if err != nil {
		return trialLink{}, cmp.Or(absent(err, refuse(op, AttemptExpired)), err)
	}
	if found.PoolID != pool || found.Channel != "" && found.Channel != channel || !s.Now().Before(found.ExpiresAt) {
		return trialLink{}, refuse(op, AttemptExpired)
	}
	return found, nil
}

// AgainTrial answers the secret of a link with which the browser that made a
// test makes it once more; "" once an hour has passed since it was asked for.
func (s *SignIn) AgainTrial(ctx context.Context, pool PoolID, t Trial, channel Channel) (string, error) {
	now := s.Now()
	end := t.AskedAt.Add(trialLife)
	if channel == "" || !now.Before(end) {
		return "", nil
	}
	if until := now.Add(trialLinkLife); until.Before(end) {
		end = until
	}
	link := otp.NewToken()
	return link, s.Store.Update(ctx, func(w storage.Writer) error {
		return trialLinks.Insert(w, trialLink{Hash: hashOf(link), PoolID: pool, Trial: t, Channel: channel, ExpiresAt: end})
	})
}

// TrialEnd is what a test came to, for the audit log.
type TrialEnd struct {
	Pool    PoolID
	Trial   Trial
	Outcome Outcome // what a sign-in would have come to; "" when the test failed
	Code    string  // what kind of failure, or why nobody would have got in
	Reason  string  // the provider's own code
	Detail  string  // what happened, in a sentence
	Origin  Origin
}

// TrialEnded writes that a test was made.
func (s *SignIn) TrialEnded(ctx context.Context, end TrialEnd) error {
	detail, outcome := end.Trial.detail(), audit.OK
	for name, value := range map[string]string{"outcome": string(end.Outcome), "reason": end.Reason, "detail": end.Detail} {
		if value != "" {
			detail[name] = value
		}
	}
	if end.Code != "" {
		outcome = audit.Refused
	}
	e := s.event("test_identity_provider", outcome, attempt{PoolID: end.Pool}, end.Origin, func(e *audit.Event) {
		e.Reason, e.Detail = end.Code, detail
	})
	return s.Store.Update(ctx, func(w storage.Writer) error { return audit.Write(w, e) })
}
