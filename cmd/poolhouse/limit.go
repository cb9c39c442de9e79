package main

import (
	"io"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

func (a *app) limitCommand() *cobra.Command {
	return inPool(group("limit", "Limits that refuse somebody now: list, clear", a.limitList(), a.limitClear()))
}

// ofWhom adds the flags that say whose limits are meant.
func ofWhom(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("user", "", "those of a user, by `NAME`; also of a name nobody has")
	cmd.Flags().String("address", "", "those of a network address, such as `192.0.2.7`")
	return cmd
}

func limitsOf(cmd *cobra.Command, pool identity.PoolID) cognito.LimitsRequest {
	in := cognito.LimitsRequest{UserPoolID: pool}
	in.Username, _ = cmd.Flags().GetString("user")
	in.IPAddress, _ = cmd.Flags().GetString("address")
	return in
}

func (a *app) limitList() *cobra.Command {
	return ofWhom(reading(&cobra.Command{
		Use: "list", Short: "List the limits that refuse, and until when", Args: none,
		Long:    "Without a flag: the limits of the pool and its clients.",
		Example: "poolhouse limit list --user ann@example.test\n  poolhouse limit list --address 192.0.2.7",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
			var out cognito.LimitsResponse
			if err := c.house(cmd.Context(), "ListLimits", limitsOf(cmd, pool), &out); err != nil {
				return err
			}
			return a.show(cmd, out.Limits, func(w io.Writer) { printLimits(w, "No limit refuses.", out.Limits) })
		}),
	}))
}

func printLimits(w io.Writer, without string, all []cognito.ReachedLimit) {
	var rows [][]string
	for _, l := range all {
		rows = append(rows, []string{l.Limit, l.By, l.Of, until(l.Until)})
	}
	table(w, without, []string{"LIMIT", "COUNTED BY", "OF", "UNTIL"}, rows)
}

func (a *app) limitClear() *cobra.Command {
	return ofWhom(writing(&cobra.Command{
		Use: "clear", Short: "Forget what was counted, so that the next try is taken", Args: none,
		Long:    "Without a flag: what the pool and its clients have used up.",
		Example: "poolhouse limit clear --user ann@example.test",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
			in := limitsOf(cmd, pool)
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "clear the limits of %s", whose(in))
			}
			var out cognito.LimitsResponse
			if err := c.house(cmd.Context(), "ClearLimits", in, &out); err != nil {
				return err
			}
			return a.did(cmd, "Cleared the limits of %s; %s refused", whose(in), number(len(out.Limits), "limit"))
		}),
	}))
}

func whose(in cognito.LimitsRequest) string {
	switch {
	case in.Username != "":
		return in.Username
	case in.IPAddress != "":
		return in.IPAddress
	}
	return string(in.UserPoolID)
}
