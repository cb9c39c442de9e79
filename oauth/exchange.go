package oauth

import (
	"context"
	"slices"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// Token exchange (RFC 8693): a client brings somebody's token and gets one that says
// less, for itself: to act as the person, or for the person under its own name. What
// it may bring and ask for is its setting token_exchange.

// Types of tokens (RFC 8693 §3).
const (
	typeAccess = "urn:ietf:params:oauth:token-type:access_token"
	typeID     = "urn:ietf:params:oauth:token-type:id_token"
	typeJWT    = "urn:ietf:params:oauth:token-type:jwt"
)

// maxActors bounds a chain of actors: it travels in the token.
const maxActors = 8

// actor is who acts for a person (RFC 8693 §4.1), and for whom those acted.
type actor struct {
	Subject string `json:"sub"`
	Issuer  string `json:"iss,omitempty"`
	// ClientID is the client that a person acts with.
	ClientID string `json:"client_id,omitempty"`
	Actor    *actor `json:"act,omitempty"`
}

func (a *actor) depth() int {
	if a == nil {
		return 0
	}
	return 1 + a.Actor.depth()
}

// swap is what is exchanged for the new token.
type swap struct {
	subject *brought
	actor   *brought // nil when none was brought
	act     *actor   // what the new token says of who acts; nil for nobody
	mode    string   // impersonation or delegation, for the audit
}

// until is when the new token ends at the latest: no later than what was brought.
func (s *swap) until() time.Time {
	if s.actor != nil && s.actor.expires.Before(s.subject.expires) {
		return s.actor.expires
	}
	return s.subject.expires
}

func checkExchange(x *exchange) *Error {
	f := x.form
	asked := f.get("requested_token_type")
	switch {
	case x.client.Public() || x.client.TokenExchange == nil:
		return refuse(UnauthorizedClient, "Token exchange needs a client that proves itself and has the setting token_exchange.")
	case f.get("subject_token") == "" || f.get("subject_token_type") == "": // RFC 8693 §2.1
		return refuse(InvalidRequest, "The subject_token or its subject_token_type is missing.")
	case (f.get("actor_token") == "") != (f.get("actor_token_type") == ""): // RFC 8693 §2.1
		return refuse(InvalidRequest, "The actor_token and the actor_token_type go together.")
	case asked != "" && asked != typeAccess:
		return refuse(InvalidRequest, "The only requested_token_type is "+typeAccess+".")
	}
	return nil
}

// exchangeCheck is one check of an exchange whose tokens are good.
type exchangeCheck struct {
	clause, reason string
	passes         func(*exchange, *swap) bool
}

// exchangeChecks: RFC 8693 §2.2.2: what is unacceptable by policy is an
// invalid_request.
var exchangeChecks = []exchangeCheck{
	{"RFC 8693 §5: whose tokens the client may bring", "The subject_token was issued to a client whose tokens this one may not bring.", func(x *exchange, s *swap) bool {
		return s.subject.client == x.client.ID || slices.Contains(x.client.TokenExchange.SubjectClients, s.subject.client)
	}},
	{"RFC 8693 §1.1: the token speaks of a person", "The subject_token speaks of no person.", func(_ *exchange, s *swap) bool { return s.subject.grant.ID != "" }},
	{"RFC 9449 §7, RFC 8705 §3: whoever uses a bound token holds its key", "A token is bound to a key that the request does not prove.", func(x *exchange, s *swap) bool {
		return s.subject.bound.heldBy(x.confirm) && (s.actor == nil || s.actor.bound.heldBy(x.confirm))
	}},
	{"RFC 8693 §5: the actor is the client or signed in to it", "The actor_token was issued to another client.", func(x *exchange, s *swap) bool {
		return s.actor == nil || s.actor.client == x.client.ID
	}},
	{"RFC 8693 §1.1: the policy of the client", "The client may not act in this way.", func(x *exchange, s *swap) bool {
		if s.act == nil || s.mode == impersonation {
			return x.client.TokenExchange.Impersonation
		}
		return x.client.TokenExchange.Delegation
	}},
	{"RFC 8693 §4.4: may_act", "The subject_token names somebody else who may act.", func(x *exchange, s *swap) bool {
		return s.subject.mayAct == nil || s.subject.mayAct.means(x, s)
	}},
	{"RFC 8693 §4.1: a chain of actors, bounded", "There are too many actors.", func(_ *exchange, s *swap) bool { return s.act.depth() <= maxActors }},
}

// The ways to act (RFC 8693 §1.1).
const (
	impersonation = "impersonation"
	delegation    = "delegation"
)

// readExchange reads the tokens that were brought, and decides.
func (p *Provider) readExchange(ctx context.Context, x *exchange) (refused *Error, err error) {
	s := swap{}
	if s.subject, refused, err = p.bring(ctx, x, "subject_token"); err != nil || refused != nil {
		return refused, err
	}
	if x.form.get("actor_token") != "" {
		if s.actor, refused, err = p.bring(ctx, x, "actor_token"); err != nil || refused != nil {
			return refused, err
		}
	}
	p.cast(x, &s)
	for _, check := range exchangeChecks {
		if !check.passes(x, &s) {
			return refuse(InvalidRequest, check.reason), p.refuseExchange(ctx, x, &s, check.clause)
		}
	}
	x.swap, x.write = &s, true
	return x.reduce(&s), nil
}

// cast says who acts. With an actor_token that is its subject. Without one it is
// nobody where the client may impersonate, and else the client itself. Who acted
// before stays named.
func (p *Provider) cast(x *exchange, s *swap) {
	before := s.subject.actor
	switch {
	case s.actor != nil:
		s.mode, s.act = delegation, &actor{Subject: s.actor.subject, Issuer: p.Issuer(x.pool.ID), Actor: before}
		if s.actor.grant.ID != "" {
			s.act.ClientID = string(x.client.ID)
		}
	case x.client.TokenExchange.Impersonation:
		s.mode, s.act = impersonation, before
	default:
		s.mode, s.act = delegation, &actor{Subject: string(x.client.ID), Issuer: p.Issuer(x.pool.ID), Actor: before}
	}
}

// means says that a may_act names who acts: the actor, or the client where none was
// brought.
func (m *actor) means(x *exchange, s *swap) bool {
	subject := string(x.client.ID)
	if s.actor != nil {
		subject = s.actor.subject
	}
	return m.Subject == subject && (m.ClientID == "" || m.ClientID == string(x.client.ID)) && (m.Issuer == "" || m.Issuer == s.subject.issuer)
}

// reduce decides what is left of the subject's rights: its own scopes that this
// client may have, too, for the APIs that the policy names.
func (x *exchange) reduce(s *swap) (refused *Error) {
	if x.scopes, refused = narrow(s.subject.scopes, clientScopes(&x.client), x.form.get("scope")); refused != nil {
		return refused
	}
	if x.resources, refused = x.targets(s); refused != nil {
		return refused
	}
	x.details, refused = narrowDetails(&x.client, s.subject.details, x.form.get("authorization_details"))
	return refused
}

// targets: RFC 8693 §2.1: audience and resource name what the token is for. Without
// either it is what the subject token is for.
func (x *exchange) targets(s *swap) ([]string, *Error) {
	var all []string
	for _, each := range slices.Concat(x.form["resource"], x.form["audience"]) {
		switch {
		case each == "" || slices.Contains(all, each):
		case !slices.Contains(x.client.TokenExchange.Audiences, each) && !slices.Contains(s.subject.resources, each):
			return nil, refuse(InvalidTarget, "The client may not ask for this audience or resource.")
		default:
			all = append(all, each)
		}
	}
	for _, each := range x.form["resource"] {
		if each != "" && !isResource(each) {
			return nil, refuse(InvalidTarget, "A resource is no absolute URI without a fragment.")
		}
	}
	if len(all) == 0 {
		return s.subject.resources, nil
	}
	return all, nil
}

// errWeakSubject: RFC 8693 §2.2.2. A token for this client says that its person has
// proven what this client demands.
var errWeakSubject = refuse(InvalidRequest, "The person of the subject_token has proven one factor, and this client demands two.")

// redeemExchange records who acts as whom, while the tokens are still good.
func (p *Provider) redeemExchange(w storage.Writer, x *exchange) (*Error, error) {
	for _, each := range []*brought{x.swap.subject, x.swap.actor} {
		if each == nil {
			continue
		}
		if good, err := each.still(w); err != nil || !good {
			return errBrought, err
		}
	}
	subject := x.swap.subject
	enough, err := p.Identity.Sufficed(w, subject.grant.Twice, subject.user, x.client.ID)
	if err != nil {
		return nil, err
	}
	if !enough {
		return errWeakSubject, audit.Write(w, p.exchangeEvent(x, x.swap, "token_exchange_refused", audit.Refused, "second_factor"))
	}
	x.person = &person{user: subject.user, groups: subject.groups, grant: subject.grant}
	return nil, audit.Write(w, p.exchangeEvent(x, x.swap, "token_exchanged", audit.OK, ""))
}

func (p *Provider) refuseExchange(ctx context.Context, x *exchange, s *swap, why string) error {
	return p.Identity.Store.Update(ctx, func(w storage.Writer) error {
		return audit.Write(w, p.exchangeEvent(x, s, "token_exchange_refused", audit.Refused, why))
	})
}

func (p *Provider) exchangeEvent(x *exchange, s *swap, action, outcome, reason string) audit.Event {
	detail := map[string]string{"mode": s.mode, "subject_client": string(s.subject.client)}
	if s.subject.grant.ID != "" {
		detail["grant"] = s.subject.grant.ID
	}
	if s.act != nil && s.mode == delegation {
		detail["actor"] = s.act.Subject
	}
	return audit.Event{
		At: p.Now(), Pool: string(x.pool.ID), Client: string(x.client.ID), User: string(s.subject.grant.UserID), Session: s.subject.grant.Session,
		Action: action, Outcome: outcome, Reason: reason, Detail: detail,
	}
}

// originOf answers the client whose lineage an exchanged token hangs on.
func (x *exchange) originOf() identity.ClientID {
	if x.swap == nil || x.swap.subject.grant.ClientID == x.client.ID {
		return ""
	}
	return x.swap.subject.grant.ClientID
}
