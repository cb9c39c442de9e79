package main

import (
	"strings"

	"github.com/a-h/templ"

	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/provider"
	"poolhouse.dev/views/trial"
)

var moment = at("2026-05-03T15:02:00Z", "3 May 2026, 15:02 UTC")

// longClaim is a value that has nowhere to break.
var longClaim = "https://" + strings.Repeat("northwind-", 12) + "traders.example.test/groups"

func trials() []shot {
	return []shot{
		{"trial-start", func(p layout.Page) templ.Component {
			return trial.Start(trial.StartProps{Page: p, Action: "#", Link: "link", Type: provider.Google, Name: "Google", Until: moment})
		}},
		{"trial-start-off", func(p layout.Page) templ.Component {
			return trial.Start(trial.StartProps{Page: p, Action: "#", Link: "link", Type: "SAML", Name: "Northwind-Traders-Workforce-SSO1", Off: true, Until: moment})
		}},
		{"trial-over", func(p layout.Page) templ.Component {
			return trial.Over(trial.OverProps{Page: p, Command: "poolhouse idp test NAME"})
		}},
		{"trial-result", func(p layout.Page) templ.Component { return trial.Result(triedWell(p)) }},
		{"trial-failed", func(p layout.Page) templ.Component { return trial.Result(triedBadly(p)) }},
	}
}

func triedWell(p layout.Page) trial.Props {
	p.Languages = nil
	return trial.Props{
		Page: p, Name: "Corp", Good: true, Known: true, More: true, Verdict: p.T("trial.prove", "Account", "ann@example.test", "Name", "Corp"),
		Notes:   []string{p.T("trial.on_off", "Name", "Corp")},
		Account: []trial.Fact{{Label: p.T("trial.username"), Value: "ann@example.test"}, {Label: p.T("trial.status"), Value: "CONFIRMED"}},
		Answer: []trial.Fact{
			{Label: p.T("trial.subject"), Value: "248289761001"}, {Label: p.T("trial.issuer"), Value: "https://sso.example.test"},
			{Label: p.T("trial.assertion_until"), When: moment}, {Label: p.T("trial.vouched"), Value: p.T("trial.vouched_yes", "Name", "Corp"), Plain: true},
			{Label: p.T("trial.tokens"), Value: p.T("trial.tokens_hidden", "Names", "access_token, id_token"), Plain: true},
		},
		Mapped: []trial.Mapped{
			{Attribute: "custom:access", From: "safe.refresh_token", Hidden: true, State: trial.Kept},
			{Attribute: "email", From: "email", Value: "ann@example.test", State: trial.Kept},
			{Attribute: "family_name", From: "family_name", State: trial.Missing},
			{Attribute: "phone_number", From: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/mobilephone", Value: "+4930123", State: trial.Left, Why: p.T("trial.left_number")},
			{Attribute: "zoneinfo", From: "zone", Value: "x", State: trial.Left, Why: p.T("trial.left_broken"), Detail: "it must be a time zone"},
		},
		Claims: []trial.Claim{
			{Path: "address.country", Values: []string{"DE"}}, {Path: "empty", Values: []string{""}}, {Path: "exp", Values: []string{"1777809600"}, When: moment},
			{Path: longClaim, Values: []string{"staff", longClaim, "طاقم"}}, {Path: "none"}, {Path: "nonce", Hidden: true},
		},
		Action: "#", Link: "link",
	}
}

func triedBadly(p layout.Page) trial.Props {
	p.Languages = nil
	return trial.Props{
		Page: p, Name: "Corp", Verdict: p.T("trial.failed_invalid", "Name", "Corp"),
		Failure: []trial.Fact{
			{Label: p.T("trial.code"), Value: "invalid"}, {Label: p.T("trial.reason"), Value: "urn:oasis:names:tc:SAML:2.0:status:Responder"},
			{Label: p.T("trial.detail"), Value: "the audience is https://other.example.test and not urn:amazon:cognito:sp:local_main"},
		},
		Claims: []trial.Claim{{Path: "NameID", Values: []string{"ann-1"}}}, Command: "poolhouse idp test Corp",
	}
}
