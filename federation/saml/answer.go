package saml

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"poolhouse.dev/federation"
)

// Claims beside the attributes: what a sign-out must name again. An attribute of
// the same name is left out.
const (
	claimNameID          = "NameID"
	claimFormat          = "NameIDFormat"
	claimQualifier       = "NameQualifier"
	claimServiceProvider = "SPNameQualifier"
)

const maxSubject = 255

// answer reads a response that holds, or answers what its subject lacks.
func (p *Provider) answer(e expected, v verified) (federation.Answer, string) {
	claims := attributes(v.assertion)
	subject, broken := p.subject(v.assertion, claims)
	if broken != "" {
		return federation.Answer{}, broken
	}
	nameClaims(v.assertion, claims)
	answer := federation.Answer{
		Subject: subject, Issuer: e.issuer, Claims: claims, EmailVerified: p.settings.Vouched(vouched)(claims),
		Assertion: replayKey(e.issuer, v.assertion.value("ID")), Until: end(v.assertion),
	}
	for _, s := range v.assertion.all(assertionNS, "AuthnStatement") {
		if index := s.value("SessionIndex"); index != "" {
			answer.Session = index
		}
	}
	return answer, ""
}

// end answers until when an assertion can come again: the later of its two ends,
// and the skew that a node behind may have beside the skew that is allowed.
func end(assertion *node) time.Time {
	until, _, _ := assertion.path(assertionNS, "Subject", "SubjectConfirmation", "SubjectConfirmationData").instant("NotOnOrAfter")
	if other, _, _ := assertion.only(assertionNS, "Conditions").instant("NotOnOrAfter"); other.After(until) {
		until = other
	}
	return until.Add(2 * federation.Skew)
}

// attributes answers every attribute by its name, all its values in order.
func attributes(assertion *node) map[string]any {
	claims := map[string]any{}
	for _, statement := range assertion.all(assertionNS, "AttributeStatement") {
		for _, a := range statement.all(assertionNS, "Attribute") {
			name := a.value("Name")
			if name == "" {
				continue
			}
			values, _ := claims[name].([]string)
			for _, v := range a.all(assertionNS, "AttributeValue") {
				values = append(values, v.flat())
			}
			claims[name] = values
		}
	}
	return claims
}

// nameClaims adds the name that the identity provider has for the person.
func nameClaims(assertion *node, claims map[string]any) {
	for _, name := range []string{claimNameID, claimFormat, claimQualifier, claimServiceProvider} {
		delete(claims, name)
	}
	n := nameOf(assertion)
	if n == nil {
		return
	}
	claims[claimNameID] = []string{n.text}
	claims[claimFormat] = []string{formatOf(n)}
	for claim, attribute := range map[string]string{claimQualifier: "NameQualifier", claimServiceProvider: "SPNameQualifier"} {
		if value, present := n.get(attribute); present {
			claims[claim] = []string{value}
		}
	}
}

func nameOf(assertion *node) *node { return assertion.path(assertionNS, "Subject", "NameID") }

// formatOf: core §2.2.2, a name without a format is unspecified.
func formatOf(n *node) string {
	if format := n.value("Format"); format != "" {
		return format
	}
	return formatUnspecified
}

// subject answers the person's key: the attribute configured, or a NameID of the
// one format configured. Another format would be another name space, in which the
// same letters may be somebody else.
func (p *Provider) subject(assertion *node, claims map[string]any) (string, string) {
	if p.config.attribute != "" {
		values, _ := claims[p.config.attribute].([]string)
		if len(values) != 1 {
			return "", "not one value of the attribute that is the subject"
		}
		return steady(values[0])
	}
	n := nameOf(assertion)
	if n == nil {
		return "", "no name of the subject"
	}
	if formatOf(n) != p.config.format {
		return "", "a name of another format than " + p.config.format
	}
	return steady(n.text)
}

// steady answers a subject that is written one way only.
func steady(subject string) (string, string) {
	odd := func(r rune) bool { return !unicode.IsPrint(r) }
	switch {
	case subject == "" || len(subject) > maxSubject:
		return "", "a subject that is empty or longer than 255 bytes"
	case !utf8.ValidString(subject) || strings.TrimSpace(subject) != subject || strings.ContainsFunc(subject, odd):
		return "", "a subject with white space around it, or characters that cannot be seen"
	}
	return subject, ""
}

// vouched says that the identity provider calls the address verified, in one word.
func vouched(claims map[string]any) bool {
	values, _ := claims["email_verified"].([]string)
	return len(values) == 1 && values[0] == "true"
}

// unverified answers what a refused response says, for the administrator's event.
func unverified(root *node) map[string]any {
	if root == nil {
		return nil
	}
	said := map[string]any{}
	note := func(name, value string) {
		if value != "" && len(said) < 64 {
			said[name] = federation.Plain(value, 256)
		}
	}
	note("InResponseTo", root.value("InResponseTo"))
	note("Destination", root.value("Destination"))
	assertion := root.only(assertionNS, "Assertion")
	if assertion == nil {
		return said
	}
	if issuer := assertion.only(assertionNS, "Issuer"); issuer != nil {
		note("Issuer", issuer.text)
	}
	if n := nameOf(assertion); n != nil {
		note(claimNameID, n.text)
		note(claimFormat, formatOf(n))
	}
	for name, values := range attributes(assertion) {
		note(federation.Plain(name, 128), strings.Join(values.([]string), ", "))
	}
	return said
}
