package main

import (
	"io"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

func (a *app) sessionCommand() *cobra.Command {
	return inPool(group("session", "Signed-in browsers of a user: list, revoke", a.sessionList(), a.sessionRevoke()))
}

func (a *app) sessionList() *cobra.Command {
	return reading(&cobra.Command{
		Use: "list NAME", Short: "List where a user is signed in", Example: "poolhouse session list ann@example.test", Args: exactly("NAME"),
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			var out cognito.AdminListUserSessionsResponse
			if err := c.cognito(cmd.Context(), "AdminListUserSessions", cognito.AdminListUserSessionsRequest{UserPoolID: pool, Username: args[0]}, &out); err != nil {
				return err
			}
			return a.show(cmd, out.Sessions, func(w io.Writer) {
				var rows [][]string
				for _, s := range out.Sessions {
					rows = append(rows, []string{s.SessionID, created(s.CreateDate), created(s.LastActiveDate), s.LastIPAddress, s.DeviceType})
				}
				table(w, "Signed in nowhere.", []string{"SESSION", "SINCE", "LAST SEEN", "ADDRESS", "BROWSER"}, rows)
			})
		}),
	})
}

func (a *app) sessionRevoke() *cobra.Command {
	return writing(&cobra.Command{
		Use: "revoke NAME SESSION", Short: "End one session with its tokens", Args: exactly("NAME", "SESSION"),
		Example: "poolhouse session revoke ann@example.test sso3i1nvs6bg3s9we97ilme6r3oi --yes",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			if err := a.confirm(cmd, "End the session "+args[1]+" of "+args[0]); err != nil {
				return err
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "end the session %s of %s", args[1], args[0])
			}
			in := cognito.AdminRevokeUserSessionRequest{UserPoolID: pool, Username: args[0], SessionID: args[1]}
			if err := c.cognito(cmd.Context(), "AdminRevokeUserSession", in, nil); err != nil {
				return err
			}
			return a.did(cmd, "Ended the session %s", args[1])
		}),
	})
}
