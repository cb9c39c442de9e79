package main

import (
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

func (a *app) userConsents() *cobra.Command {
	return reading(&cobra.Command{
		Use: "consents NAME", Short: "List the apps that a user let in, and what they may do", Args: exactly("NAME"),
		Example: "poolhouse user consents ann@example.test",
		RunE: a.onUser(func(cmd *cobra.Command, c *caller, in cognito.OneUser, _ []string) error {
			var out cognito.ListUserConsentsResponse
			if err := c.house(cmd.Context(), "ListUserConsents", in, &out); err != nil {
				return err
			}
			return a.show(cmd, out.Consents, func(w io.Writer) { printConsents(w, out.Consents) })
		}),
	})
}

func printConsents(w io.Writer, all []cognito.Consent) {
	var rows [][]string
	for _, c := range all {
		rows = append(rows, []string{string(c.ClientID), c.ClientName, strings.Join(c.Scopes, " "), whenever(c.Allowed), whenever(c.LastUsed)})
	}
	table(w, "No app.", []string{"CLIENT", "NAME", "SCOPES", "ALLOWED", "LAST USED"}, rows)
}

// whenever prints a time that may not be.
func whenever(at *cognito.Timestamp) string {
	if at == nil {
		return when(time.Time{})
	}
	return when(time.Time(*at))
}

func (a *app) userRevokeConsent() *cobra.Command {
	return writing(&cobra.Command{
		Use: "revoke-consent NAME CLIENT", Short: "Take back what a user allowed an app, and end its tokens", Args: exactly("NAME", "CLIENT"),
		Long:    "The app's next request asks the user again, unless it is the house's own.",
		Example: "poolhouse user revoke-consent ann@example.test planner --yes",
		RunE: a.onUser(func(cmd *cobra.Command, c *caller, in cognito.OneUser, args []string) error {
			if err := a.confirm(cmd, "Take back what "+in.Username+" allowed "+args[1]); err != nil {
				return err
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "take back what %s allowed %s", in.Username, args[1])
			}
			revoke := cognito.RevokeUserConsentRequest{UserPoolID: in.UserPoolID, Username: in.Username, ClientID: identity.ClientID(args[1])}
			if err := c.house(cmd.Context(), "RevokeUserConsent", revoke, nil); err != nil {
				return err
			}
			return a.did(cmd, "Took back what %s allowed %s", in.Username, args[1])
		}),
	})
}
