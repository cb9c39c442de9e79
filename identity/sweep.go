package identity

import (
	"context"
	"errors"
	"time"

	"poolhouse.dev/storage"
)

// browserMemory is how long a browser that signed in stays known.
const browserMemory = 365 * 24 * time.Hour

// Sweep removes what is past its time: codes and links, attempts, sessions,
// counters, browsers not seen for a year, accounts whose people deleted them
// and let the time to keep them pass, and what is left of deleted pools. It
// answers how many records went.
func (c *Core) Sweep(ctx context.Context) (int, error) {
	now := c.Now()
	total, errs := 0, []error(nil)
	note := func(n int, err error) { total, errs = total+n, append(errs, err) }
	note(codes.Sweep(ctx, c.Store, by("expires"), func(k *code) bool { return !now.Before(k.ExpiresAt) }))
	note(codeLinks.Sweep(ctx, c.Store, by("expires"), func(l *codeLink) bool { return now.Sub(l.ExpiresAt) > linkMemory }))
	note(attempts.Sweep(ctx, c.Store, by("expires"), func(a *attempt) bool { return !now.Before(a.ExpiresAt) }))
	note(c.sweepSessions(ctx))
	note(meters.Sweep(ctx, c.Store, by("arrival"), func(m *meter) bool { return m.Arrival.Before(now) }))
	note(tallies.Sweep(ctx, c.Store, by("last"), func(t *tally) bool { return now.Sub(t.LastAt) > quietTime && !now.Before(t.Until) }))
	note(knownBrowsers.Sweep(ctx, c.Store, by("last"), func(b *Device) bool { return now.Sub(b.LastSeen) > browserMemory }))
	note(spentChallenges.Sweep(ctx, c.Store, by("expires"), func(s *spentChallenge) bool { return !now.Before(s.ExpiresAt) }))
	note(spending.Sweep(ctx, c.Store, by("day"), func(s *spent) bool { return s.Day < c.today() }))
	note(addressUses.Sweep(ctx, c.Store, by("at"), func(u *addressUse) bool { return now.Sub(u.At) > useWindow }))
	note(signInEvents.Sweep(ctx, c.Store, by("at"), func(e *SignInEvent) bool { return now.Sub(e.At) > eventMemory }))
	note(c.sweepLeaving(ctx))
	note(c.sweepGoing(ctx))
	note(c.sweepRegistered(ctx))
	note(initialTokens.Sweep(ctx, c.Store, by("expires"), func(t *initialToken) bool { return !now.Before(t.ExpiresAt) }))
	note(trialLinks.Sweep(ctx, c.Store, by("expires"), func(l *trialLink) bool { return !now.Before(l.ExpiresAt) }))
	note(keptSetUps.Sweep(ctx, c.Store, by("expires"), func(k *keptSetUp) bool { return !now.Before(k.ExpiresAt) }))
	note(spentSignatures.Sweep(ctx, c.Store, by("expires"), func(s *spentSignature) bool { return !now.Before(s.ExpiresAt) }))
	note(c.sweepImports(ctx))
	note(trips.Sweep(ctx, c.Store, by("expires"), func(t *trip) bool { return !now.Before(t.ExpiresAt) }))
	return total, errors.Join(errs...)
}

func by(index string) storage.Page { return storage.Page{Index: index} }

// linkMemory is how long a link can still say that it ran out.
const linkMemory = 30 * 24 * time.Hour
