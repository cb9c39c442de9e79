package web

import (
	"strings"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity"
)

// TripFailed writes that a trip to a provider failed, to the audit log and to
// the server's.
func (r *Request) TripFailed(provider string, e *federation.Error) error {
	r.Note("a sign-in at a provider failed", e)
	failure := identity.FailedTrip{
		Pool: r.Pool.ID, Provider: provider, Code: string(e.Code), Reason: e.Reason, Detail: detailOf(e), Claims: claimsOf(e.Claims), Origin: r.Origin(),
	}
	if asking, err := r.Asking(); err == nil && asking != nil {
		failure.Client = asking.Client.ID
	}
	signIns := identity.SignIn{Core: r.server.Identity}
	return signIns.TripFailed(r.Ctx(), failure)
}

// detailOf tells what went wrong, with the cause where the error names one.
func detailOf(e *federation.Error) string {
	detail := e.Detail
	if e.Err != nil {
		detail = strings.TrimPrefix(detail+": "+federation.Plain(e.Err.Error(), 300), ": ")
	}
	return detail
}

// claimsOf prints claims for the administrator, by their paths, without what
// opens a door.
func claimsOf(claims map[string]any) map[string]string {
	printed := map[string]string{}
	all, _ := federation.Paths(claims, identity.NamesSecret)
	for _, said := range all {
		if !said.Hidden {
			printed[federation.Plain(said.Path, 100)] = federation.Plain(strings.Join(said.Values, ", "), 400)
		}
	}
	return printed
}
