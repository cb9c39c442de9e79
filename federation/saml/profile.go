package saml

import (
	"strings"
	"time"

	"poolhouse.dev/federation"
)

// maxAge is how old a message may be beside the skew: it travels through one
// browser, at once.
const maxAge = 90 * time.Second

// expected is what a response must say.
type expected struct {
	issuer   string // the identity provider's entity
	audience string // our entity
	consumer string // the URL it was posted to
	request  string // the id of the request it answers; "": unsolicited
	began    time.Time
	force    bool // a sign-in newer than began was asked for
	now      time.Time
}

// rule answers what is wrong, or "".
type rule func(expected, verified) string

// rules are the MUSTs of core §2.3-2.5, §3.2 and profiles §4.1.4.2-3, in order.
var rules = []rule{
	versions, succeeded, issuers, destinations, answers, freshResponse, freshAssertion,
	conditions, audiences, confirmations, statements, subjects,
}

// check answers the first rule that a response breaks, or "".
func (e expected) check(v verified) string {
	for _, r := range rules {
		if broken := r(e, v); broken != "" {
			return broken
		}
	}
	return ""
}

func versions(_ expected, v verified) string {
	if v.response.value("Version") != "2.0" || v.assertion.value("Version") != "2.0" {
		return "a version other than 2.0"
	}
	if v.response.value("ID") == "" || v.assertion.value("ID") == "" {
		return "a message without an ID"
	}
	return ""
}

// succeeded: core §3.2.2.2. Only the top status decides.
func succeeded(_ expected, v verified) string {
	if code := v.response.path(protocolNS, "Status", "StatusCode"); code == nil || code.value("Value") != success {
		return "a status other than success"
	}
	return ""
}

// issuers: profiles §4.1.4.2. The response may leave its issuer out when it is
// not signed; the assertion may not.
func issuers(e expected, v verified) string {
	outer := v.response.all(assertionNS, "Issuer")
	if len(outer) > 1 || len(outer) == 0 && v.whole {
		return "no issuer of the response, or several"
	}
	if len(outer) == 1 && !e.issuedBy(outer[0]) || !e.issuedBy(v.assertion.only(assertionNS, "Issuer")) {
		return "another issuer than the identity provider that was asked"
	}
	return ""
}

func (e expected) issuedBy(n *node) bool {
	return n != nil && e.issuer != "" && n.text == e.issuer && (n.value("Format") == "" || n.value("Format") == formatEntity)
}

// destinations: bindings §3.5.5.2.
func destinations(e expected, v verified) string {
	if v.response.value("Destination") != e.consumer {
		return "another destination than this, or none"
	}
	return ""
}

// answers: the pending request and no other; an unsolicited response answers none
// (profiles §4.1.5).
func answers(e expected, v verified) string {
	got, present := v.response.get("InResponseTo")
	if e.request == "" && present {
		return "an unsolicited response that answers a request"
	}
	if e.request != "" && got != e.request {
		return "an answer to another request than the one pending"
	}
	return ""
}

func freshResponse(e expected, v verified) string  { return e.fresh(v.response) }
func freshAssertion(e expected, v verified) string { return e.fresh(v.assertion) }

func (e expected) fresh(n *node) string {
	issued, present, ok := n.instant("IssueInstant")
	switch {
	case !present || !ok:
		return "no time of issue"
	case issued.After(e.now.Add(federation.Skew)):
		return "issued in the future"
	case issued.Before(e.now.Add(-maxAge - federation.Skew)):
		return "issued too long ago"
	case e.request != "" && issued.Before(e.began.Add(-federation.Skew)):
		return "issued before it was asked for"
	}
	return ""
}

// window says that now is in NotBefore … NotOnOrAfter, by attributes of n.
func (e expected) window(n *node, end string, needed bool) string {
	from, present, ok := n.instant("NotBefore")
	if !ok || present && from.After(e.now.Add(federation.Skew)) {
		return "not yet valid"
	}
	until, present, ok := n.instant(end)
	if !ok || !present && needed {
		return "no end of validity"
	}
	if present && !e.now.Before(until.Add(federation.Skew)) {
		return "expired"
	}
	return ""
}

// conditions: core §2.5.1. A condition that is not understood makes an assertion
// indeterminate (§2.5.1.1), which is refused.
func conditions(e expected, v verified) string {
	c := v.assertion.only(assertionNS, "Conditions")
	if c == nil {
		return "no conditions, or several"
	}
	for _, child := range c.children {
		if child.space != assertionNS || !known[child.name] {
			return "a condition that is not known here"
		}
	}
	return e.window(c, "NotOnOrAfter", true)
}

var known = set("AudienceRestriction", "OneTimeUse", "ProxyRestriction")

// audiences: core §2.5.1.4. Several restrictions hold together, several audiences
// of one are alternatives.
func audiences(e expected, v verified) string {
	restrictions := v.assertion.only(assertionNS, "Conditions").all(assertionNS, "AudienceRestriction")
	if len(restrictions) == 0 {
		return "no audience"
	}
	for _, r := range restrictions {
		if !e.among(r.all(assertionNS, "Audience")) {
			return "another audience"
		}
	}
	return ""
}

func (e expected) among(audiences []*node) bool {
	for _, a := range audiences {
		if a.text == e.audience {
			return true
		}
	}
	return false
}

// confirmations: profiles §4.1.4.2. One bearer, for this consumer, with an end.
func confirmations(e expected, v verified) string {
	subject := v.assertion.only(assertionNS, "Subject")
	if subject == nil {
		return "no subject, or several"
	}
	confirmation := subject.only(assertionNS, "SubjectConfirmation")
	if confirmation == nil || confirmation.value("Method") != bearer {
		return "no bearer confirmation, or several confirmations"
	}
	data := confirmation.only(assertionNS, "SubjectConfirmationData")
	if data == nil || data.value("Recipient") != e.consumer {
		return "another recipient than this, or none"
	}
	if request, present := data.get("InResponseTo"); request != e.request || present && e.request == "" {
		return "a confirmation for another request than the one pending"
	}
	return e.window(data, "NotOnOrAfter", true)
}

// statements: profiles §4.1.4.2. At least one says when and how the person
// signed in there.
func statements(e expected, v verified) string {
	all := v.assertion.all(assertionNS, "AuthnStatement")
	if len(all) == 0 {
		return "no statement of authentication"
	}
	for _, s := range all {
		if broken := e.statement(s); broken != "" {
			return broken
		}
	}
	return ""
}

// older is what checks answer of a session that was there before, where a new
// sign-in was asked for.
const older = "an older sign-in than the one asked for"

func (e expected) statement(s *node) string {
	at, present, ok := s.instant("AuthnInstant")
	if !present || !ok || at.After(e.now.Add(federation.Skew)) {
		return "a sign-in without a time, or in the future"
	}
	if e.force && at.Before(e.began.Add(-federation.Skew)) {
		return older
	}
	return e.window(s, "SessionNotOnOrAfter", false)
}

// subjects: core §2.2.2. What the name is worth is decided where it is read.
func subjects(e expected, v verified) string {
	names := v.assertion.only(assertionNS, "Subject").all(assertionNS, "NameID")
	if len(names) > 1 {
		return "several names of the subject"
	}
	for _, n := range names {
		if strings.TrimSpace(n.text) == "" {
			return "a blank name of the subject"
		}
		if qualifier, present := n.get("SPNameQualifier"); present && qualifier != "" && qualifier != e.audience {
			return "a name made for another service"
		}
	}
	return ""
}
