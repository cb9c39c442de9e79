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
		Use: "rotate", Short: "Sign with a new key", Args: none,
		Long: "Sign with a new key from now on. The key before it stays published until its\n" +
			"last token has ended. With --prepare the new key is published today and signs\n" +
			"tomorrow, for apps that fetch the key set only now and then. With --leaked the\n" +
			"keys before it are forgotten, and every token they signed stops working.",
		Example: "poolhouse key rotate\n  poolhouse key rotate --prepare --alg ES256",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
			in := cognito.RotateKeysRequest{UserPoolID: pool}
			in.Algorithm, _ = cmd.Flags().GetString("alg")
			if isSet(cmd, "prepare") && isSet(cmd, "leaked") {
				return usage("--prepare and --leaked do not go together", "choose one: a leaked key cannot wait for tomorrow")
			}
			if isSet(cmd, "prepare") {
				in.Mode = cognito.RotatePrepare
			}
			if isSet(cmd, "leaked") {
				in.Mode = cognito.RotateLeaked
				if err := a.confirm(cmd, "Forget the keys so far and end all their tokens"); err != nil {
					return err
				}
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "sign with a new %s key in %s", in.Algorithm, pool)
			}
			var out cognito.RotateKeysResponse
			if err := c.house(cmd.Context(), "RotateKeys", in, &out); err != nil {
				return err
			}
			return a.show(cmd, out.Key, func(w io.Writer) {
				fmt.Fprintf(w, "Key %s signs from %s.\n", out.Key.KeyID, created(out.Key.UseFrom))
			})
		}),
	}
	cmd.Flags().String("alg", "RS256", "`ALGORITHM`: RS256, ES256, EdDSA")
	cmd.Flags().Bool("prepare", false, "publish the key today, sign with it a day later")
	cmd.Flags().Bool("leaked", false, "forget the keys so far; their tokens stop working")
	return writing(cmd)
}
