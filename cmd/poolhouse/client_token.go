package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

func (a *app) clientToken() *cobra.Command {
	return group("token", "Initial access tokens, with which apps register themselves: create, list, delete",
		a.clientTokenCreate(), a.clientTokenList(), a.clientTokenDelete())
}

func (a *app) clientTokenCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "create", Short: "Make an initial access token and show it once", Args: none,
		Long: "Makes an initial access token and shows it once. Whoever has it may register an\n" +
			"app in a pool whose client_registration has the policy token.",
		Example: "poolhouse client token create --name \"Example Partner\" --uses 5 --expires 168h",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
			in := cognito.CreateInitialAccessTokenRequest{UserPoolID: pool}
			in.Name, _ = cmd.Flags().GetString("name")
			in.Uses, _ = cmd.Flags().GetInt("uses")
			life, _ := cmd.Flags().GetDuration("expires")
			if in.Seconds = int(life / time.Second); in.Seconds <= 0 || in.Uses <= 0 {
				return usage("--uses and --expires are above zero", "leave them out for one use within a day")
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "make an initial access token in %s", pool)
			}
			var out cognito.InitialAccessToken
			if err := c.house(cmd.Context(), "CreateInitialAccessToken", in, &out); err != nil {
				return err
			}
			return a.show(cmd, out, func(w io.Writer) {
				fmt.Fprintf(w, "Made the initial access token %s in %s.\nToken: %s\n", out.ID, pool, string(out.Token))
			})
		}),
	}
	cmd.Flags().String("name", "", "`NAME` of who it is for")
	cmd.Flags().Int("uses", 1, "`NUMBER` of apps it registers")
	cmd.Flags().Duration("expires", 24*time.Hour, "`TIME` after which it serves no more, as 24h")
	return writing(cmd)
}

func (a *app) clientTokenList() *cobra.Command {
	return reading(&cobra.Command{
		Use: "list", Short: "List initial access tokens that still serve", Args: none, Example: "poolhouse client token list",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
			var out cognito.ListInitialAccessTokensResponse
			if err := c.house(cmd.Context(), "ListInitialAccessTokens", cognito.OnePool{UserPoolID: pool}, &out); err != nil {
				return err
			}
			return a.show(cmd, out.Tokens, func(w io.Writer) {
				var rows [][]string
				for _, t := range out.Tokens {
					rows = append(rows, []string{t.ID, t.Name, strconv.Itoa(t.Uses), created(t.ExpiresAt)})
				}
				table(w, "No initial access tokens.", []string{"ID", "NAME", "USES LEFT", "SERVES UNTIL"}, rows)
			})
		}),
	})
}

func (a *app) clientTokenDelete() *cobra.Command {
	return writing(&cobra.Command{
		Use: "delete ID", Short: "End an initial access token; apps that came with it stay", Args: exactly("ID"), Example: "poolhouse client token delete k3x9w2ab",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "end the initial access token %s", args[0])
			}
			in := cognito.OneInitialAccessToken{UserPoolID: pool, ID: args[0]}
			err := c.house(cmd.Context(), "DeleteInitialAccessToken", in, nil)
			if refusedAs(err, "ResourceNotFoundException") {
				return &failure{exitRefused, fmt.Sprintf("there is no initial access token %s in %s", args[0], pool), "", "see which there are: poolhouse client token list"}
			}
			if err != nil {
				return err
			}
			return a.did(cmd, "Ended the initial access token %s", args[0])
		}),
	})
}
