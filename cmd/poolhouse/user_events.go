package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/risk"
	"poolhouse.dev/web/cognito"
)

func (a *app) userEvents() *cobra.Command {
	cmd := &cobra.Command{
		Use: "events NAME", Short: "List a user's sign-ins, with their risk and why", Args: exactly("NAME"), Example: "poolhouse user events ann@example.test",
		RunE: a.onUser(func(cmd *cobra.Command, c *caller, in cognito.OneUser, _ []string) error {
			limit, _ := cmd.Flags().GetInt("limit")
			all, err := c.events(cmd.Context(), in, limit)
			if err != nil {
				return err
			}
			return a.show(cmd, all, func(w io.Writer) { printEvents(w, all) })
		}),
	}
	cmd.Flags().Int("limit", 20, "at most this many, the newest; 0 is all of the last 90 days")
	return reading(cmd)
}

// events pages through a user's sign-ins.
func (c *caller) events(ctx context.Context, of cognito.OneUser, limit int) ([]cognito.AuthEvent, error) {
	all := []cognito.AuthEvent{}
	in := cognito.AdminListUserAuthEventsRequest{UserPoolID: of.UserPoolID, Username: of.Username}
	for {
		var page cognito.AdminListUserAuthEventsResponse
		if err := c.cognito(ctx, "AdminListUserAuthEvents", in, &page); err != nil {
			return nil, err
		}
		all = append(all, page.AuthEvents...)
		if limit > 0 && len(all) >= limit {
			return all[:limit], nil
		}
		if page.NextToken == "" {
			return all, nil
		}
		in.NextToken = page.NextToken
	}
}

func printEvents(w io.Writer, all []cognito.AuthEvent) {
	var rows [][]string
	for _, e := range all {
		rows = append(rows, []string{
			created(e.CreationDate), outcome(e), strings.Join(proven(e.Factors), ", "), e.EventContextData.IPAddress, place(e.EventContextData), risky(e),
			e.EventContextData.DeviceName,
		})
	}
	table(w, "No sign-in in the last 90 days.", []string{"WHEN", "RESULT", "WITH", "ADDRESS", "PLACE", "RISK", "BROWSER"}, rows)
}

func outcome(e cognito.AuthEvent) string {
	switch {
	case e.EventFeedback != nil:
		return "disowned by the user"
	case e.EventResponse == "Pass":
		return "in"
	case e.EventResponse == "InProgress":
		return "stopped before the second factor"
	}
	return strings.ToLower(strings.TrimSuffix(cognito.Reason(&identity.Error{Code: e.Reason}), "."))
}

// provenWords names factors for people.
var provenWords = map[identity.Factor]string{
	identity.FactorPassword: "password", identity.FactorEmailCode: "code by mail", identity.FactorSMSCode: "code by text message",
	identity.FactorPasskey: "passkey", identity.FactorTOTP: "authenticator app", identity.FactorSMS: "code by text message",
	identity.FactorEmail: "code by mail", identity.FactorRecovery: "recovery code",
}

func proven(factors []identity.Factor) []string {
	var words []string
	for _, f := range factors {
		if word := provenWords[f]; word != "" {
			words = append(words, word)
		}
	}
	return words
}

func place(at cognito.EventContext) string {
	return strings.TrimPrefix(strings.TrimSuffix(at.City+", "+at.Country, ", "), ", ")
}

// reasonWords says what the codes of package risk mean.
var reasonWords = map[string]string{
	risk.ReasonNewDevice: "a browser not seen before", risk.ReasonNewNetwork: "a network not seen before", risk.ReasonNewCountry: "a country not seen before",
	risk.ReasonImpossibleTravel: "too far from the last sign-in for the time between", risk.ReasonManyAccounts: "many accounts tried from this address",
	risk.ReasonBreachedPassword: "a breached password", risk.ReasonFailuresBefore: "wrong answers before",
}

func risky(e cognito.AuthEvent) string {
	if len(e.EventRisk.Reasons) == 0 {
		return ""
	}
	var words []string
	for _, code := range e.EventRisk.Reasons {
		word, known := reasonWords[code]
		if !known {
			word = code
		}
		words = append(words, word)
	}
	level := strings.ToLower(e.EventRisk.RiskLevel)
	if level == "" {
		level = "none"
	}
	return fmt.Sprintf("%s (%d): %s", level, e.EventRisk.Score, strings.Join(words, ", "))
}
