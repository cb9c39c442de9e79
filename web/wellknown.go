package web

import "poolhouse.dev/identity"

// changePassword leads password managers to the page (W3C, A Well-Known URL for Changing Passwords).
func changePassword(r *Request) error { return r.See(r.Path("/account/password")) }

// endpoints tell passkey managers where passkeys are made and looked after (W3C,
// A Well-Known URL for Relying Party Passkey Endpoints).
type endpoints struct {
	Enroll string `json:"enroll"`
	Manage string `json:"manage"`
}

// The account pages on which passkeys are looked after, and made.
const (
	managePage = "/account/factors"
	enrolPage  = "/account/factors/passkey"
)

func passkeyEndpoints(r *Request) error {
	return r.Public(endpoints{Enroll: r.Link(enrolPage), Manage: r.Link(managePage)})
}

// origins may use the passkeys of this host (WebAuthn Level 3 §5.11).
type origins struct {
	Origins []string `json:"origins"`
}

// relatedOrigins answers browsers that meet the relying party id of a pool on
// another origin. They ask the host that the id names, at its root.
func relatedOrigins(r *Request) error {
	settings := identity.Settings{Core: r.server.Identity}
	related, err := settings.Related(r.Ctx(), r.Pool.ID, r.hostname(), r.domain == "" && r.Pool.ID == r.server.DefaultPool)
	if err != nil {
		return err
	}
	if len(related) == 0 {
		return notFound(nil)
	}
	return r.Public(origins{Origins: related})
}
