package account

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/account"
)

// eventsAPage is how many sign-ins one page lists.
const eventsAPage = 20

func history(v *visit) *identity.History { return &identity.History{Core: v.Server().Identity} }

func showHistory(v *visit) error {
	after, err := base64.RawURLEncoding.DecodeString(v.Arg("after"))
	if err != nil || len(after) == 0 {
		after = nil // a broken address shows the first page
	}
	events, next, err := history(v).List(v.Ctx(), v.auth, identity.Page{Limit: eventsAPage, Cursor: after})
	if code, ok := identity.CodeOf(err); ok && code == identity.InvalidParameter {
		return v.See(v.Path("/account/history"))
	}
	if err != nil {
		return err
	}
	props := account.HistoryProps{Frame: v.frame(account.PageHistory, nil), ReportAction: v.Path("/account/history/report")}
	for i := range events {
		props.Events = append(props.Events, v.event(&events[i]))
	}
	if next != nil {
		props.OlderURL = v.Path("/account/history") + "?" + url.Values{"after": {base64.RawURLEncoding.EncodeToString(next)}}.Encode()
	}
	if after != nil {
		props.NewestURL = v.Path("/account/history")
	}
	return v.HTML(http.StatusOK, account.History(props))
}

// event puts one sign-in into words.
func (v *visit) event(e *identity.SignInEvent) account.Event {
	shown := account.Event{
		ID: e.ID, OK: e.Response == "Pass", When: v.Moment(e.At), Browser: v.browser(e.UserAgent), Address: e.Address,
		Place: placeOf(e.City, e.Country), Outcome: v.T("history.signed_in"), Reported: e.Feedback == identity.FeedbackInvalid, MayAsk: true,
	}
	if !shown.OK {
		shown.Outcome = v.T(outcomeOf(e))
	}
	var how []string
	for _, f := range e.Factors {
		if f == identity.FactorExternal && e.Provider != "" {
			how = append(how, v.providerName(e.Provider))
		} else if name, ok := factorNames[f]; ok {
			how = append(how, v.T(name))
		}
	}
	shown.How = strings.Join(how, v.T("history.and"))
	if e.Risk.Level != "none" {
		shown.Risk = e.Risk.Level
	}
	for _, reason := range e.Risk.Reasons {
		shown.Reasons = append(shown.Reasons, v.T("history.reason_"+reason))
	}
	return shown
}

// outcomeOf names what became of a sign-in that did not succeed.
func outcomeOf(e *identity.SignInEvent) string {
	if why, ok := failures[e.Reason]; ok {
		return why
	}
	if e.Response == "InProgress" {
		return "history.unfinished"
	}
	return "history.refused"
}

// failures names what a try failed at.
var failures = map[identity.Code]string{
	identity.IncorrectPassword: "history.wrong_password",
	identity.CodeMismatch:      "history.wrong_code",
	identity.CodeExpired:       "history.wrong_code",
	identity.PasskeyRefused:    "history.wrong_passkey",
	identity.PasskeyUnknown:    "history.wrong_passkey",
	identity.SignInBlocked:     "history.blocked",
	identity.TooManyAttempts:   "history.slowed",
}

// factorNames names what was proven.
var factorNames = map[identity.Factor]string{
	identity.FactorPassword:  "history.by_password",
	identity.FactorPasskey:   "history.by_passkey",
	identity.FactorEmailCode: "history.by_email",
	identity.FactorEmail:     "history.by_email",
	identity.FactorSMSCode:   "history.by_sms",
	identity.FactorSMS:       "history.by_sms",
	identity.FactorTOTP:      "history.by_app",
	identity.FactorRecovery:  "history.by_recovery",
	identity.FactorExternal:  "history.by_external",
}

// report takes the person's word that a sign-in was not theirs.
func report(v *visit) error {
	err := history(v).NotMe(v.Ctx(), v.auth, v.Form.Get("event"), v.Origin())
	if code, ok := identity.CodeOf(err); ok && code == identity.ResourceNotFound {
		return v.See(v.Path("/account/history")) // it is too old to be kept, or another's
	}
	if err != nil {
		return err
	}
	return v.See(v.Path("/account/history") + "?notice=reported")
}
