package saml

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"poolhouse.dev/federation"
)

// Finish implements federation.Provider: the response to the request that is
// pending, and to no other. A failure of the response has the code Invalid, or
// Stale for an older sign-in than was asked for, and one text for people; Detail is for the administrator.
func (p *Provider) Finish(ctx context.Context, kept []byte, r federation.Return) (federation.Answer, error) {
	var trip pending
	if err := json.Unmarshal(kept, &trip); err != nil || trip.Format != 1 || trip.Kind != signIn || trip.ID == "" || trip.State == "" {
		return federation.Answer{}, p.fail(federation.Invalid, "no trip is pending", nil)
	}
	// The response of another trip, or of nobody's, goes no further: RelayState
	// named the trip, and the browser holds it.
	if subtle.ConstantTimeCompare([]byte(r.Values.Get("RelayState")), []byte(trip.State)) != 1 {
		return federation.Answer{}, p.fail(federation.Invalid, "the response belongs to another trip", nil)
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return federation.Answer{}, err
	}
	return keyed(ctx, p, m, func(m *metadata) (federation.Answer, error) {
		if m.entity != trip.Entity {
			return federation.Answer{}, p.fail(federation.Invalid, "the trip went to another identity provider", nil)
		}
		e := p.expect(m)
		e.request, e.began, e.force = trip.ID, time.Unix(trip.Began, 0), trip.Force
		return p.finish(m, e, r)
	})
}

// FinishUnsolicited takes a response that nobody asked for, where IDPInit opens
// that. Such a response can be planted in another's browser (login CSRF), and its
// RelayState is the sender's: allow says whether it is one of those configured,
// and nothing else of it may lead anywhere. IssuerOf tells which provider to ask.
func (p *Provider) FinishUnsolicited(ctx context.Context, r federation.Return, allow func(relayState string) bool) (federation.Answer, error) {
	if !p.config.initiated {
		return federation.Answer{}, p.fail(federation.Invalid, "a response that nobody asked for, which the settings do not allow", nil)
	}
	if relay := r.Values.Get("RelayState"); !relayed(relay) || !allow(relay) {
		return federation.Answer{}, p.fail(federation.Invalid, "a RelayState that is not on the list", nil)
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return federation.Answer{}, err
	}
	return keyed(ctx, p, m, func(m *metadata) (federation.Answer, error) { return p.finish(m, p.expect(m), r) })
}

// relayed bounds a RelayState that a stranger chose: Cognito's holds a query, so
// it may be longer than the 80 bytes of the bindings.
func relayed(state string) bool {
	return len(state) <= 2048 && !strings.ContainsFunc(state, func(r rune) bool { return r < 0x20 || r > 0x7e })
}

// expect answers what every response of an identity provider must say.
func (p *Provider) expect(m *metadata) expected {
	return expected{issuer: m.entity, audience: p.entity(), consumer: p.settings.Callback, now: p.deps.Now()}
}

// IssuerOf answers who says to have sent a response, unverified: which provider
// FinishUnsolicited is to be asked of.
func IssuerOf(r federation.Return) (issuer string, err error) {
	defer func() {
		if recover() != nil {
			issuer, err = "", errXML
		}
	}()
	_, root, err := arrived(r)
	if err != nil {
		return "", err
	}
	for _, n := range []*node{root, root.only(assertionNS, "Assertion")} {
		if n != nil && n.only(assertionNS, "Issuer") != nil {
			return n.only(assertionNS, "Issuer").text, nil
		}
	}
	return "", errors.New("the response names no issuer")
}

// arrived reads the form that a browser posted: one response and no artifact.
func arrived(r federation.Return) ([]byte, *node, error) {
	if r.Method != "POST" || len(r.Values["SAMLResponse"]) != 1 || len(r.Values["RelayState"]) > 1 || r.Values.Has("SAMLart") || r.Values.Has("SAMLRequest") {
		return nil, nil, errors.New("not one response, by post")
	}
	raw, err := decode(r.Values.Get("SAMLResponse"))
	if err != nil {
		return nil, nil, err
	}
	root, err := parse(raw, message)
	if err != nil {
		return nil, nil, err
	}
	return raw, root, checkResponse(root)
}

var errEnded = errors.New("every certificate of the identity provider has ended")

func (p *Provider) finish(m *metadata, e expected, r federation.Return) (federation.Answer, error) {
	raw, root, err := arrived(r)
	if err != nil {
		return federation.Answer{}, p.refuse(root, "the response cannot be read", err)
	}
	if err := p.status(e, root); err != nil {
		return federation.Answer{}, err
	}
	k := keys{certificates: m.current(e.now), now: e.now}
	if p.config.encrypted {
		k.private = p.private
	}
	if len(k.certificates) == 0 {
		return federation.Answer{}, p.fail(federation.Misconfigured, "", errEnded)
	}
	v, err := k.openResponse(raw, root)
	if err != nil {
		return federation.Answer{}, p.refuse(root, "the response cannot be verified", err)
	}
	if broken := e.check(v); broken != "" {
		return federation.Answer{}, p.broken(root, broken)
	}
	answer, broken := p.answer(e, v)
	if broken != "" {
		return federation.Answer{}, p.refuse(root, broken, nil)
	}
	return answer, nil
}

// refuse answers a response that does not hold, with what it says for the
// administrator.
func (p *Provider) refuse(root *node, detail string, cause error) error {
	return &federation.Error{Code: federation.Invalid, Provider: p.settings.Name, Detail: detail, Claims: unverified(root), Err: cause}
}

// broken is refuse for what the checks of a verified response answer.
func (p *Provider) broken(root *node, detail string) error {
	code := federation.Invalid
	if detail == older {
		code = federation.Stale
	}
	return &federation.Error{Code: code, Provider: p.settings.Name, Detail: detail, Claims: unverified(root)}
}

// status answers an identity provider's own refusal. It need not be signed: all
// it can do is end this trip.
func (p *Provider) status(e expected, root *node) error {
	status := root.only(protocolNS, "Status")
	if status == nil || status.only(protocolNS, "StatusCode") == nil {
		return p.refuse(root, "a response without a status", nil)
	}
	top := status.only(protocolNS, "StatusCode")
	if top.value("Value") == success {
		return nil
	}
	if root.value("InResponseTo") != e.request {
		return p.refuse(root, "an answer to another request than the one pending", nil)
	}
	code, reason := federation.Refused, top.value("Value")
	if second := top.only(protocolNS, "StatusCode"); second != nil {
		reason = second.value("Value")
	}
	if reason == requestDenied {
		code = federation.Denied
	}
	failure := &federation.Error{Code: code, Provider: p.settings.Name, Reason: federation.Plain(reason, 200), Claims: unverified(root)}
	if m := status.only(protocolNS, "StatusMessage"); m != nil {
		failure.Detail = federation.Plain(m.text, 500)
	}
	return failure
}
