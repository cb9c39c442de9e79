package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/risk"
	"poolhouse.dev/web/cognito"
)

func TestEveryReasonHasWords(t *testing.T) {
	all := risk.Assess(risk.Signals{
		NewDevice: true, NewNetwork: true, NewCountry: true, KnownCountryChecked: true, TravelKm: 9000, TravelKmH: 9000,
		AccountsFromAddress: 100, BreachedPassword: true, FailuresBefore: 100,
	})
	if len(all.Reasons) < 7 {
		t.Fatalf("only %d reasons", len(all.Reasons))
	}
	for _, r := range all.Reasons {
		if reasonWords[r.Code] == "" {
			t.Errorf("%s has no words", r.Code)
		}
	}
}

func TestSignInsAreToldInWords(t *testing.T) {
	at := cognito.Timestamp(time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC))
	out := &bytes.Buffer{}
	printEvents(out, []cognito.AuthEvent{
		{
			CreationDate: &at, EventResponse: "Pass", Factors: []identity.Factor{"PASSWORD", "EMAIL_MFA", "WEB_AUTHN_VERIFIED"},
			EventRisk:        cognito.EventRisk{RiskLevel: "Medium", Score: 45, Reasons: []string{risk.ReasonNewDevice, risk.ReasonNewCountry}},
			EventContextData: cognito.EventContext{IPAddress: "192.0.2.7", City: "Berlin", Country: "DE", DeviceName: "curl\x1b[31m"},
		},
		{EventResponse: "Fail", Reason: identity.IncorrectPassword, EventContextData: cognito.EventContext{Country: "DE"}},
		{EventResponse: "InProgress"},
		{EventResponse: "Pass", EventFeedback: &cognito.EventFeedback{FeedbackValue: "Invalid"}},
	})
	for _, want := range []string{
		"in  ", "password, code by mail  ", "Berlin, DE  ", "medium (45): a browser not seen before, a country not seen before",
		"incorrect username or password  ", "disowned by the user", "stopped before the second factor",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Errorf("another's words reach the terminal:\n%q", out)
	}
}

func TestFactorsAreToldInWords(t *testing.T) {
	at := cognito.Timestamp(time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC))
	out := &bytes.Buffer{}
	printFactors(out, cognito.UserFactors{
		Password: true, SoftwareToken: &cognito.App{CreatedAt: &at}, Required: true,
		Passkeys:           []cognito.Passkey{{FriendlyCredentialName: "iCloud Keychain", CreatedAt: &at, LastUsedAt: &at}},
		UserMFASettingList: []string{"EMAIL_OTP", "SOFTWARE_TOKEN_MFA"}, PreferredMFASetting: "EMAIL_OTP", RecoveryCodesLeft: 8, RecoveryCodes: 10, RecoveryCodesMade: &at,
	})
	for _, want := range []string{
		"Second factors     code by mail, authenticator app", "Preferred          code by mail", "Demanded           yes",
		"Passkey            iCloud Keychain, since 2026-05-03", "Recovery codes     8 of 10 left", "Authenticator app  since 2026-05-03",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}
