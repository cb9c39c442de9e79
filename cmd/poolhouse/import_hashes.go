package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/web/cognito"
)

func (a *app) importHashes() *cobra.Command {
	return reading(&cobra.Command{
		Use: "hashes", Short: "Count the imported password hashes whose people have not signed in yet", Args: none, Example: "poolhouse import hashes",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
			var out cognito.DescribeImportedHashesResponse
			if err := c.house(cmd.Context(), "DescribeImportedHashes", cognito.OnePool{UserPoolID: pool}, &out); err != nil {
				return err
			}
			return a.show(cmd, out, func(w io.Writer) {
				var rows [][]string
				for _, kind := range password.Kinds {
					if n := out.Hashes[kind]; n > 0 {
						rows = append(rows, []string{string(kind), strconv.Itoa(n)})
					}
				}
				table(w, "No imported hash is left.", []string{"KIND", "LEFT"}, rows)
			})
		}),
	})
}

func (a *app) importEndHashes() *cobra.Command {
	return writing(&cobra.Command{
		Use: "end-hashes", Short: "End the imported password hashes that are left; their people set a password by a code", Args: none,
		Example: "poolhouse import end-hashes --yes",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
			if err := a.confirm(cmd, fmt.Sprintf("End the imported hashes of %s for good", pool)); err != nil {
				return err
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "end the imported hashes of %s", pool)
			}
			ended := 0
			for more := true; more; {
				var out cognito.EndImportedHashesResponse
				if err := c.house(cmd.Context(), "EndImportedHashes", cognito.OnePool{UserPoolID: pool}, &out); err != nil {
					return err
				}
				ended, more = ended+out.Ended, out.Ended > 0
			}
			return a.did(cmd, "Ended %d imported hashes", ended)
		}),
	})
}
