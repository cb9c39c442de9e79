package identity

import (
	"context"
	"maps"
	"slices"
	"strings"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// FailedTrip is a sign-in at a provider that came to nothing, as an
// administrator wants to read about it.
type FailedTrip struct {
	Pool     PoolID
	Client   ClientID
	Provider string
	Code     string // what kind of failure
	Reason   string // the provider's own code
	Detail   string // what happened, in a sentence
	// Claims are what the refused answer said, as text. They are not verified.
	Claims map[string]string
	Origin Origin
}

// maxClaimsKept bounds what a stranger's answer takes in the audit log.
const maxClaimsKept = 30

// TripFailed writes that a trip failed. Claims that are named like a secret stay out.
func (s *SignIn) TripFailed(ctx context.Context, f FailedTrip) error {
	detail := map[string]string{"provider": f.Provider}
	for name, value := range map[string]string{"reason": f.Reason, "detail": f.Detail} {
		if value != "" {
			detail[name] = value
		}
	}
	for i, name := range slices.Sorted(maps.Keys(f.Claims)) {
		if i == maxClaimsKept {
			break
		}
		if !NamesSecret(name) {
			detail["claim."+name] = f.Claims[name]
		}
	}
	e := s.event("sign_in_elsewhere", audit.Refused, attempt{PoolID: f.Pool, ClientID: f.Client}, f.Origin, func(e *audit.Event) {
		e.Reason, e.Detail = f.Code, detail
	})
	return s.Store.Update(ctx, func(w storage.Writer) error { return audit.Write(w, e) })
}

// NamesSecret says that a claim may hold something that opens a door.
func NamesSecret(claim string) bool {
	lower := strings.ToLower(claim)
	return slices.ContainsFunc([]string{"password", "secret", "token", "nonce", "c_hash"}, func(word string) bool { return strings.Contains(lower, word) })
}
