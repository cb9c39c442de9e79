package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

func (a *app) keyCommand() *cobra.Command {
	return inPool(group("key", "Signing keys: list, rotate", a.keyList(), a.keyRotate()))
}

func (a *app) keyList() *cobra.Command {
	return reading(&cobra.Command{
		Use: "list", Short: "List the keys that tokens are signed with", Args: none, Example: "poolhouse key list",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
			var out cognito.ListKeysResponse
			if err := c.house(cmd.Context(), "ListKeys", cognito.OnePool{UserPoolID: pool}, &out); err != nil {
				return err
			}
			return a.show(cmd, out.Keys, func(w io.Writer) {
				var rows [][]string
				for _, k := range out.Keys {
					rows = append(rows, []string{k.KeyID, k.Algorithm, k.State, created(k.UseFrom), created(k.DropAt)})
				}
				table(w, "No keys yet; the first is made when a token is.", []string{"KEY", "ALGORITHM", "STATE", "SIGNS FROM", "FORGOTTEN"}, rows)
			})
		}),
	})
}

func (a *app) keyRotate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rotate", Short: "Make a new signing key", Args: none,
		Long: "Make a new signing key. It is published at once and signs after a day, so that\n" +
			"everyone who keeps the key set has seen it. With --at-once the present key is\n" +
			"dropped now: use it when the key may have leaked; tokens in use stop working.",
		Example: "poolhouse key rotate",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
			in := cognito.RotateKeysRequest{UserPoolID: pool, AtOnce: isSet(cmd, "at-once")}
			in.Algorithm, _ = cmd.Flags().GetString("alg")
			if in.AtOnce {
				if err := a.confirm(cmd, "Drop the present key and end all its tokens"); err != nil {
					return err
				}
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "make a new %s key for %s", in.Algorithm, pool)
			}
			var out cognito.RotateKeysResponse
			if err := c.house(cmd.Context(), "RotateKeys", in, &out); err != nil {
				return err
			}
			return a.show(cmd, out.Key, func(w io.Writer) {
				fmt.Fprintf(w, "Made the key %s; it signs from %s.\n", out.Key.KeyID, created(out.Key.UseFrom))
			})
		}),
	}
	cmd.Flags().String("alg", "RS256", "`ALGORITHM`: RS256, ES256, EdDSA")
	cmd.Flags().Bool("at-once", false, "drop the present key now")
	return destroying(cmd)
}
