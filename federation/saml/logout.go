package saml

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"strings"
	"time"

	crewjam "github.com/crewjam/saml"

	"poolhouse.dev/federation"
)

// Login is what an identity provider must be told to end its session. The caller
// keeps it with its own session.
type Login struct {
	NameID          string `json:"name_id"`
	Format          string `json:"format"`
	NameQualifier   string `json:"name_qualifier,omitempty"`
	SPNameQualifier string `json:"sp_name_qualifier,omitempty"`
	Session         string `json:"session,omitempty"`
}

// LoginOf answers the Login of an answer; false when the identity provider gave
// the person no name.
func LoginOf(a federation.Answer) (Login, bool) {
	one := func(claim string) string {
		if values, _ := a.Claims[claim].([]string); len(values) == 1 {
			return values[0]
		}
		return ""
	}
	l := Login{NameID: one(claimNameID), Format: one(claimFormat), NameQualifier: one(claimQualifier), SPNameQualifier: one(claimServiceProvider), Session: a.Session}
	return l, l.NameID != ""
}

// BeginLogout sends the browser to end its session at the identity provider, with
// state as RelayState. It answers false where IDPSignout is off or the identity
// provider takes no logouts: then there is nowhere to go.
func (p *Provider) BeginLogout(ctx context.Context, state string, l Login) (federation.Trip, bool, error) {
	if !p.config.signout || l.NameID == "" {
		return federation.Trip{}, false, nil
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return federation.Trip{}, false, err
	}
	target, ok := p.target(m.slo)
	if !ok {
		return federation.Trip{}, false, nil
	}
	if len(state) == 0 || len(state) > maxRelayState {
		return federation.Trip{}, false, p.fail(federation.Misconfigured, "a state of 1 to 80 bytes is needed", nil)
	}
	trip, err := guarded(p, func() (federation.Trip, error) { return p.beginLogout(m, target, state, l) })
	return trip, err == nil, err
}

func (p *Provider) beginLogout(m *metadata, target endpoint, state string, l Login) (federation.Trip, error) {
	now := p.deps.Now().UTC().Truncate(time.Second)
	until := now.Add(5 * time.Minute)
	sp := p.service(m)
	request := &crewjam.LogoutRequest{
		ID: newID(), Version: "2.0", IssueInstant: now, NotOnOrAfter: &until, Destination: target.location,
		Issuer: &crewjam.Issuer{Format: formatEntity, Value: p.entity()},
		NameID: &crewjam.NameID{Value: l.NameID, Format: l.Format, NameQualifier: l.NameQualifier, SPNameQualifier: l.SPNameQualifier},
	}
	if l.Session != "" {
		request.SessionIndex = &crewjam.SessionIndex{Value: l.Session}
	}
	if target.binding == postBinding {
		sp.SignatureMethod = rsaSHA256
		if err := sp.SignLogoutRequest(request); err != nil {
			return federation.Trip{}, p.fail(federation.Misconfigured, "", err)
		}
	}
	kept := pending{Kind: signOut, Entity: m.entity, ID: request.ID, State: state, Began: now.Unix()}
	// Profiles §4.4.4.1: a logout request through a browser is signed, always.
	return p.trip(target.binding, target.location, "SAMLRequest", request, state, true, &kept)
}

// Message is what came to the logout address: by GET with the query as it was
// sent, octet by octet, or by POST with the form.
type Message struct {
	Query string            // of a GET, without the question mark
	Form  federation.Return // of a POST
}

// FinishLogout takes the answer to a logout that is pending. partial says that
// the identity provider could not end every session elsewhere. The session here
// has ended whatever it answers; an error is for the administrator.
func (p *Provider) FinishLogout(ctx context.Context, kept []byte, in Message) (partial bool, err error) {
	var trip pending
	if err := json.Unmarshal(kept, &trip); err != nil || trip.Format != 1 || trip.Kind != signOut || trip.ID == "" {
		return false, p.fail(federation.Invalid, "no logout is pending", nil)
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return false, err
	}
	return keyed(ctx, p, m, func(m *metadata) (bool, error) { return p.finishLogout(m, trip, in) })
}

func (p *Provider) finishLogout(m *metadata, trip pending, in Message) (bool, error) {
	a, err := p.openLogout(m, in, "SAMLResponse", "LogoutResponse")
	if err != nil {
		return false, err
	}
	if subtle.ConstantTimeCompare([]byte(a.relay), []byte(trip.State)) != 1 || a.root.value("InResponseTo") != trip.ID || m.entity != trip.Entity {
		return false, p.fail(federation.Invalid, "an answer to another logout than the one pending", nil)
	}
	code := a.root.path(protocolNS, "Status", "StatusCode")
	if code == nil {
		return false, p.fail(federation.Invalid, "a logout answered without a status", nil)
	}
	if code.value("Value") != success {
		return false, &federation.Error{Code: federation.Refused, Provider: p.settings.Name, Reason: federation.Plain(code.value("Value"), 200), Detail: "the identity provider did not end its session"}
	}
	second := code.only(protocolNS, "StatusCode")
	return second != nil && second.value("Value") == partialLogout, nil
}

// LogoutAsked is an identity provider's request to end a person's sessions here,
// verified.
type LogoutAsked struct {
	Login    Login    // whose; Session is empty
	Sessions []string // which; none: all of that person's
	// Assertion and Until are for the memory of messages taken, as in
	// federation.Answer.
	Assertion string
	Until     time.Time
	// ID and RelayState are given back to the identity provider.
	ID, RelayState string
}

// TakeLogout verifies a logout request of the identity provider. One that is not
// signed by it ends nobody's session.
func (p *Provider) TakeLogout(ctx context.Context, in Message) (LogoutAsked, error) {
	if !p.config.signout {
		return LogoutAsked{}, p.fail(federation.Invalid, "a logout request, which the settings do not allow", nil)
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return LogoutAsked{}, err
	}
	// It is asked of every provider: one whom it is not of fetches nothing for it.
	if issuer, _, err := LogoutIssuerOf(in); err != nil || issuer != m.entity {
		return LogoutAsked{}, p.fail(federation.Invalid, "a logout request of another issuer", err)
	}
	return keyed(ctx, p, m, func(m *metadata) (LogoutAsked, error) { return p.takeLogout(m, in) })
}

func (p *Provider) takeLogout(m *metadata, in Message) (LogoutAsked, error) {
	a, err := p.openLogout(m, in, "SAMLRequest", "LogoutRequest")
	if err != nil {
		return LogoutAsked{}, err
	}
	e := p.expect(m)
	if broken := e.window(a.root, "NotOnOrAfter", false); broken != "" {
		return LogoutAsked{}, p.fail(federation.Invalid, "a logout request: "+broken, nil)
	}
	name := a.root.only(assertionNS, "NameID")
	if name == nil || strings.TrimSpace(name.text) == "" {
		return LogoutAsked{}, p.fail(federation.Invalid, "a logout request without a name", nil)
	}
	asked := LogoutAsked{
		Login: Login{NameID: name.text, Format: formatOf(name), NameQualifier: name.value("NameQualifier"), SPNameQualifier: name.value("SPNameQualifier")},
		ID:    a.root.value("ID"), RelayState: a.relay,
		Assertion: replayKey(m.entity, a.root.value("ID")), Until: e.now.Add(maxAge + 3*federation.Skew),
	}
	for _, s := range a.root.all(protocolNS, "SessionIndex") {
		asked.Sessions = append(asked.Sessions, s.text)
	}
	return asked, nil
}

// AnswerLogout sends the browser back with the answer to a logout request: done,
// or not.
func (p *Provider) AnswerLogout(ctx context.Context, asked LogoutAsked, done bool) (federation.Trip, error) {
	m, err := p.metadata(ctx)
	if err != nil {
		return federation.Trip{}, err
	}
	target, ok := p.target(m.slo)
	if !ok {
		return federation.Trip{}, p.fail(federation.Misconfigured, "the identity provider takes no answers to logouts", nil)
	}
	return guarded(p, func() (federation.Trip, error) { return p.answerLogout(m, target, asked, done) })
}

func (p *Provider) answerLogout(m *metadata, target endpoint, asked LogoutAsked, done bool) (federation.Trip, error) {
	status := crewjam.StatusSuccess
	if !done {
		status = crewjam.StatusResponder
	}
	response := &crewjam.LogoutResponse{
		ID: newID(), InResponseTo: asked.ID, Version: "2.0", IssueInstant: p.deps.Now().UTC().Truncate(time.Second), Destination: target.response,
		Issuer: &crewjam.Issuer{Format: formatEntity, Value: p.entity()},
		Status: crewjam.Status{StatusCode: crewjam.StatusCode{Value: status}},
	}
	if target.binding == postBinding {
		sp := p.service(m)
		sp.SignatureMethod = rsaSHA256
		if err := sp.SignLogoutResponse(response); err != nil {
			return federation.Trip{}, p.fail(federation.Misconfigured, "", err)
		}
	}
	return p.trip(target.binding, target.response, "SAMLResponse", response, asked.RelayState, true, nil)
}
