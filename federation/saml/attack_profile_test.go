package saml

import (
	"strings"
	"testing"
	"time"

	"poolhouse.dev/federation"
)

// bent is a right response with parts replaced, old and new in turn.
func (w *world) bent(parts ...string) string {
	w.t.Helper()
	text := w.xml()
	for i := 0; i < len(parts); i += 2 {
		text = changed(w.t, text, parts[i], parts[i+1])
	}
	return text
}

// bend refuses each response, signed outside and inside, for the reason given.
func bend(t *testing.T, reason string, rows map[string][]string) {
	t.Helper()
	for name, parts := range rows {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, signed := range []string{"Assertion", "Response"} {
				because(t, w.refuses(w.sign(w.bent(parts...), signed)), reason)
			}
		})
	}
}

const restriction = `<saml:AudienceRestriction><saml:Audience>` + audience + `</saml:Audience></saml:AudienceRestriction>`

func TestSA20Audience(t *testing.T) {
	other := changed(t, restriction, audience, "urn:amazon:cognito:sp:other_pool")
	bend(t, "another audience", map[string][]string{
		"another":                      {restriction, other},
		"a prefix of ours":             {restriction, changed(t, restriction, audience, "urn:amazon:cognito:sp:local_mai")},
		"ours and more":                {restriction, changed(t, restriction, audience, audience+".evil.test")},
		"ours with white space":        {restriction, changed(t, restriction, audience, " "+audience)},
		"two restrictions, ours first": {restriction, restriction + other},
		"two restrictions, ours last":  {restriction, other + restriction},
		"an empty restriction":         {restriction, "<saml:AudienceRestriction/>"},
	})
	bend(t, "no audience", map[string][]string{"none": {restriction, "<saml:OneTimeUse/>"}})
	t.Run("one of two in a restriction is enough", func(t *testing.T) {
		w := newWorld(t)
		w.takes(w.sign(w.bent(restriction, changed(t, restriction, "<saml:Audience>", "<saml:Audience>urn:other</saml:Audience><saml:Audience>")), "Assertion"))
	})
}

func TestSA21Recipient(t *testing.T) {
	recipient := ` Recipient="` + consumer + `"`
	bend(t, "another recipient", map[string][]string{
		"another":      {recipient, ` Recipient="https://evil.example.test/saml2/idpresponse"`},
		"none":         {recipient, ``},
		"empty":        {recipient, ` Recipient=""`},
		"another case": {recipient, ` Recipient="` + strings.ToUpper(consumer) + `"`},
		"more behind":  {recipient, ` Recipient="` + consumer + `/x"`},
	})
}

func TestSA21Destination(t *testing.T) {
	destination := ` Destination="` + consumer + `"`
	bend(t, "another destination", map[string][]string{
		"another destination": {destination, ` Destination="https://evil.example.test/"`},
		"no destination":      {destination, ``},
		"an empty one":        {destination, ` Destination=""`},
	})
}

func TestSA22Times(t *testing.T) {
	end := ` NotOnOrAfter="` + at(noon.Add(5*time.Minute)) + `"`
	begin := ` NotBefore="` + at(noon.Add(-time.Minute)) + `"`
	passed := ` NotOnOrAfter="` + at(noon.Add(-federation.Skew)) + `"`
	ahead := ` NotBefore="` + at(noon.Add(federation.Skew+time.Second)) + `"`
	bend(t, "expired", map[string][]string{
		"conditions":   {begin + end, begin + passed},
		"confirmation": {`Recipient="` + consumer + `"` + end, `Recipient="` + consumer + `"` + passed},
		"session":      {`SessionIndex="session-1"`, `SessionNotOnOrAfter="` + at(noon.Add(-federation.Skew)) + `"`},
	})
	bend(t, "not yet valid", map[string][]string{
		"conditions":   {begin, ahead},
		"confirmation": {`Recipient="` + consumer + `"`, `Recipient="` + consumer + `"` + ahead},
		"unreadable":   {begin, ` NotBefore="yesterday"`},
	})
	bend(t, "no end", map[string][]string{
		"conditions":                {begin + end, begin},
		"confirmation":              {`Recipient="` + consumer + `"` + end, `Recipient="` + consumer + `"`},
		"conditions, empty":         {begin + end, begin + ` NotOnOrAfter=""`},
		"conditions without a zone": {begin + end, begin + ` NotOnOrAfter="2026-11-21T12:05:00"`},
	})
	bend(t, "no conditions", map[string][]string{
		"none": {`<saml:Conditions` + begin + end + `>` + restriction + `</saml:Conditions>`, ``},
		"two":  {`<saml:Conditions`, `<saml:Conditions` + begin + end + `>` + restriction + `</saml:Conditions><saml:Conditions`},
	})
	bend(t, "a condition that is not known", map[string][]string{
		"unknown":          {restriction, restriction + `<saml:Condition/>`},
		"another language": {restriction, restriction + `<x:OneTimeUse xmlns:x="urn:x"/>`},
	})
	issued := ` IssueInstant="` + at(noon) + `"`
	// The assertion's is the second one, behind the first change.
	for element, marker := range map[string]string{"response": `ID="_response" Version="2.0"`, "assertion": `ID="_assertion" Version="2.0"`} {
		t.Run(element, func(t *testing.T) {
			bend(t, "in the future", map[string][]string{"future": {marker + issued, marker + ` IssueInstant="` + at(noon.Add(federation.Skew+time.Second)) + `"`}})
			bend(t, "no time of issue", map[string][]string{"none": {marker + issued, marker}, "unreadable": {marker + issued, marker + ` IssueInstant="now"`}})
			bend(t, "too long ago", map[string][]string{"stale": {marker + issued, marker + ` IssueInstant="` + at(noon.Add(-maxAge-federation.Skew-time.Second)) + `"`}})
			bend(t, "before it was asked for", map[string][]string{"older than the request": {marker + issued, marker + ` IssueInstant="` + at(noon.Add(-federation.Skew-time.Second)) + `"`}})
		})
	}
	bend(t, "no statement", map[string][]string{"no sign-in": {`<saml:AuthnStatement`, `<saml:x`, `</saml:AuthnStatement>`, `</saml:x>`}})
	bend(t, "in the future", map[string][]string{"a sign-in to come": {`AuthnInstant="` + at(noon.Add(-time.Second)), `AuthnInstant="` + at(noon.Add(federation.Skew+time.Second))}})
	t.Run("a minute of skew is let pass, either way", func(t *testing.T) {
		w := newWorld(t)
		w.takes(w.sign(w.bent(begin, ` NotBefore="`+at(noon.Add(federation.Skew))+`"`), "Assertion"))
		text := w.sign(w.xml(), "Assertion")
		w.now = noon.Add(-federation.Skew)
		w.takes(text)
		w.now = noon.Add(maxAge + federation.Skew)
		w.takes(text)
	})
}

func TestSA23SubjectConfirmation(t *testing.T) {
	w := newWorld(t)
	xml := w.xml()
	start, end := strings.Index(xml, "<saml:SubjectConfirmation "), strings.Index(xml, "</saml:Subject>")
	confirmation := xml[start:end]
	subject := xml[strings.Index(xml, "<saml:Subject>") : end+len("</saml:Subject>")]
	for name, row := range map[string][3]string{
		"none":                 {confirmation, "", "no bearer confirmation"},
		"two":                  {confirmation, confirmation + confirmation, "no bearer confirmation"},
		"two, of which bearer": {confirmation, confirmation + changed(t, confirmation, bearer, bearer[:len(bearer)-6]+"holder-of-key"), "no bearer confirmation"},
		"holder of key":        {bearer, bearer[:len(bearer)-6] + "holder-of-key", "no bearer confirmation"},
		"sender vouches":       {bearer, bearer[:len(bearer)-6] + "sender-vouches", "no bearer confirmation"},
		"no method":            {` Method="` + bearer + `"`, "", "no bearer confirmation"},
		"no data":              {confirmation, `<saml:SubjectConfirmation Method="` + bearer + `"/>`, "another recipient"},
		"no subject":           {subject, "", "no subject"},
		"two subjects":         {subject, subject + subject, "no subject"},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			because(t, w.refuses(w.sign(changed(t, xml, row[0], row[1]), "Assertion")), row[2])
		})
	}
}

func TestSA24AnotherIdentityProvider(t *testing.T) {
	w := newWorld(t)
	issuer := `<saml:Issuer>` + w.idp.entity + `</saml:Issuer>`
	evil := `<saml:Issuer>https://evil.example.test</saml:Issuer>`
	status := `<samlp:Status>`
	bend(t, "issuer", map[string][]string{
		"of the response":      {issuer + status, evil + status},
		"of the assertion":     {issuer + "<saml:Subject>", evil + "<saml:Subject>"},
		"of no assertion":      {issuer + "<saml:Subject>", "<saml:Subject>"},
		"two of the assertion": {issuer + "<saml:Subject>", issuer + evil + "<saml:Subject>"},
		"of another format":    {issuer + "<saml:Subject>", strings.Replace(issuer, "<saml:Issuer>", `<saml:Issuer Format="`+formatEmail+`">`, 1) + "<saml:Subject>"},
	})
	because(t, w.refuses(w.sign(w.bent(issuer+status, status), "Response")), "no issuer of the response")
	w.takes(w.sign(w.bent(issuer+status, status), "Assertion"))

	// Two identity providers at one address: what the second signs for its own
	// people is no answer to a trip to the first, whatever it says.
	second := &world{t: t, idp: &idp{entity: "https://second.example.test", host: "https://second.example.test", sign: []signer{otherSigner()}}, now: noon}
	second.open()
	second.request = w.request
	w.refuses(second.sign(second.xml(), "Assertion"))
	second.idp.entity = w.idp.entity
	w.refuses(second.sign(second.xml(), "Assertion"))
	second.idp.entity = "https://second.example.test"

	// The trip itself names who was asked.
	answer, err := second.provider.Finish(t.Context(), w.pending, posted(second.sign(second.xml(), "Assertion")))
	because(t, refused(t, answer, err), "another identity provider")
}

func TestSA25InResponseTo(t *testing.T) {
	w := newWorld(t)
	outer := ` Destination="` + consumer + `" InResponseTo="` + w.request + `"`
	data := ` InResponseTo="` + w.request + `"/>`
	for name, text := range map[string]string{
		"of the response absent":      w.bent(outer, ` Destination="`+consumer+`"`),
		"of the response empty":       w.bent(outer, ` Destination="`+consumer+`" InResponseTo=""`),
		"of the response random":      w.bent(outer, ` Destination="`+consumer+`" InResponseTo="id-0"`),
		"of the confirmation absent":  w.bent(data, "/>"),
		"of the confirmation another": w.bent(data, ` InResponseTo="id-0"/>`),
		"of neither":                  w.bent(outer, ` Destination="`+consumer+`"`, data, "/>"),
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			because(t, w.refuses(w.sign(text, "Assertion")), "another request than the one pending")
		})
	}
	t.Run("another browser's", func(t *testing.T) {
		w.t = t
		stolen := w.sign(w.xml(), "Assertion")
		w.begin()
		w.refuses(stolen)
	})
	t.Run("another trip's RelayState", func(t *testing.T) {
		r := posted(w.sign(w.xml(), "Assertion"))
		r.Values.Set("RelayState", "another")
		answer, err := w.provider.Finish(t.Context(), w.pending, r)
		because(t, refused(t, answer, err), "another trip")
		r.Values.Del("RelayState")
		answer, err = w.provider.Finish(t.Context(), w.pending, r)
		refused(t, answer, err)
	})
	t.Run("nothing pending", func(t *testing.T) {
		for _, pending := range []string{"", "{}", "null", `{"v":1,"kind":"sign-in"}`, `{"v":1,"kind":"sign-in","state":"` + state + `"}`, strings.Replace(string(w.pending), signIn, signOut, 1)} {
			answer, err := w.provider.Finish(t.Context(), []byte(pending), posted(w.sign(w.xml(), "Assertion")))
			because(t, refused(t, answer, err), "no trip is pending")
		}
	})
	t.Run("unsolicited where that is off", func(t *testing.T) {
		answer, err := w.provider.FinishUnsolicited(t.Context(), posted(w.sign(w.xml(), "Assertion")), func(string) bool { return true })
		because(t, refused(t, answer, err), "do not allow")
	})
}

func TestSA26OneAssertionIsNamedOnceForTheMemory(t *testing.T) {
	w := newWorld(t)
	first := w.takes(w.sign(w.xml(), "Assertion"))
	again := w.takes(w.sign(w.xml(), "Response"))
	if first.Assertion == "" || first.Assertion != again.Assertion {
		t.Errorf("the same assertion is %q and %q", first.Assertion, again.Assertion)
	}
	other := w.takes(w.sign(w.bent(`ID="_assertion"`, `ID="_another"`), "Assertion"))
	if other.Assertion == first.Assertion {
		t.Error("two assertions have one name")
	}
	// Another identity provider may use the same identifier.
	w.idp.entity = "https://second.example.test"
	w.open()
	w.begin()
	if second := w.takes(w.sign(w.xml(), "Assertion")); second.Assertion == first.Assertion {
		t.Error("two identity providers' assertions have one name")
	}
	// It is named for at least as long as it is taken.
	text := w.sign(w.xml(), "Assertion")
	w.now = first.Until
	w.refuses(text)
	w.now = first.Until.Add(-federation.Skew)
	w.refuses(text)
}

func TestSA27AStatusOtherThanSuccess(t *testing.T) {
	for name, status := range map[string]string{
		"a failure":                  `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/></samlp:Status>`,
		"a success below a failure":  `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Requester"><samlp:StatusCode Value="` + success + `"/></samlp:StatusCode></samlp:Status>`,
		"none":                       ``,
		"two":                        `<samlp:Status><samlp:StatusCode Value="` + success + `"/></samlp:Status><samlp:Status/>`,
		"no code":                    `<samlp:Status/>`,
		"a code of another language": `<samlp:Status><x:StatusCode xmlns:x="urn:x" Value="` + success + `"/></samlp:Status>`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			text := w.bent(`<samlp:Status><samlp:StatusCode Value="`+success+`"/></samlp:Status>`, status)
			for _, signed := range []string{"Assertion", "Response"} {
				answer, err := w.finish(w.sign(text, signed))
				code, ok := federation.CodeOf(err)
				if !ok || answer.Subject != "" || code != federation.Invalid && code != federation.Refused {
					t.Errorf("%v %v", answer.Subject, err)
				}
			}
		})
	}
	t.Run("a failure of another trip", func(t *testing.T) {
		w := newWorld(t)
		because(t, w.refuses(w.bent(success, "urn:oasis:names:tc:SAML:2.0:status:Responder", ` InResponseTo="`+w.request, ` InResponseTo="id-0`)), "another request")
	})
}
