package web

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
	return r.Public(endpoints{Enroll: r.server.URL(r.Pool.ID, enrolPage), Manage: r.server.URL(r.Pool.ID, managePage)})
}

// origins may use the passkeys of this host (WebAuthn Level 3 §5.11).
type origins struct {
	Origins []string `json:"origins"`
}

// relatedOrigins answers browsers that meet the pool's relying party id on
// another origin. They ask the host that the id names, at its root.
func relatedOrigins(r *Request) error {
	related := r.Pool.WebAuthn.RelatedOrigins
	if len(related) == 0 {
		return notFound(nil)
	}
	return r.Public(origins{Origins: append([]string{r.server.public.String()}, related...)})
}
