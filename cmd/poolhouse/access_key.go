package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

func (a *app) accessKeyCommand() *cobra.Command {
	return group("access-key", "Access keys, with which programs use the API: create, list, disable, enable, delete",
		a.accessKeyCreate(), a.accessKeyList(), a.accessKeySwitch("disable", true), a.accessKeySwitch("enable", false), a.accessKeyDelete())
}

func (a *app) accessKeyCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "create", Short: "Make an access key and show its secret once", Args: none,
		Long: "Makes an access key and shows its secret once. AWS SDKs sign with the two; others\n" +
			"send them as bearer. The scope is all, read-only, a pool's id, or POOL:read-only.",
		Example: "poolhouse access-key create --name terraform --scope all\n  poolhouse access-key create --name reports --scope local_main:read-only",
		RunE: a.within(func(cmd *cobra.Command, c *caller, _ identity.PoolID, _ []string) error {
			var in cognito.CreateAccessKeyRequest
			in.Name, _ = cmd.Flags().GetString("name")
			in.Scope, _ = cmd.Flags().GetString("scope")
			if in.Scope == "" {
				return usage("--scope is missing", "say how far the key reaches: all, read-only, a pool's id, or POOL:read-only")
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "make an access key with the scope %s", in.Scope)
			}
			var out cognito.CreateAccessKeyResponse
			if err := c.house(cmd.Context(), "CreateAccessKey", in, &out); err != nil {
				return err
			}
			return a.show(cmd, out, func(w io.Writer) {
				secret := string(out.SecretAccessKey)
				fmt.Fprintf(w, "Made an access key with the scope %s. Its secret is not shown again.\n", out.Scope)
				fmt.Fprintf(w, "AWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\nBearer: %s.%s\n", out.AccessKeyID, secret, out.AccessKeyID, secret)
			})
		}),
	}
	cmd.Flags().String("name", "", "`NAME` of what it is for")
	cmd.Flags().String("scope", "", "`SCOPE`: all, read-only, a pool's id, or POOL:read-only")
	return writing(cmd)
}

func (a *app) accessKeyList() *cobra.Command {
	return reading(&cobra.Command{
		Use: "list", Short: "List access keys, those of the configuration file too", Args: none, Example: "poolhouse access-key list",
		RunE: a.within(func(cmd *cobra.Command, c *caller, _ identity.PoolID, _ []string) error {
			var out cognito.ListAccessKeysResponse
			if err := c.house(cmd.Context(), "ListAccessKeys", struct{}{}, &out); err != nil {
				return err
			}
			return a.show(cmd, out.AccessKeys, func(w io.Writer) {
				var rows [][]string
				for _, k := range out.AccessKeys {
					rows = append(rows, []string{k.AccessKeyID, k.Name, k.Scope, stateOfKey(k), created(k.CreationDate), created(k.LastUsedDate)})
				}
				table(w, "No access keys.", []string{"ACCESS KEY", "NAME", "SCOPE", "STATE", "CREATED", "LAST USED"}, rows)
			})
		}),
	})
}

func stateOfKey(k cognito.AccessKeyDescription) string {
	switch {
	case k.OfFile:
		return "in the file"
	case k.Disabled:
		return "disabled"
	}
	return "enabled"
}

func (a *app) accessKeySwitch(use string, off bool) *cobra.Command {
	return writing(&cobra.Command{
		Use: use + " KEY", Short: map[bool]string{true: "Switch an access key off", false: "Switch an access key on again"}[off],
		Args: exactly("KEY"), Example: "poolhouse access-key " + use + " PHAKEXAMPLEEXAMPLE2",
		RunE: a.within(func(cmd *cobra.Command, c *caller, _ identity.PoolID, args []string) error {
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "%s the access key %s", use, args[0])
			}
			err := c.house(cmd.Context(), "UpdateAccessKey", cognito.UpdateAccessKeyRequest{AccessKeyID: args[0], Disabled: off}, nil)
			if err != nil {
				return noSuchKey(err, args[0])
			}
			return a.did(cmd, "The access key %s is %sd", args[0], use)
		}),
	})
}

func (a *app) accessKeyDelete() *cobra.Command {
	return writing(&cobra.Command{
		Use: "delete KEY", Short: "End an access key for good", Args: exactly("KEY"), Example: "poolhouse access-key delete PHAKEXAMPLEEXAMPLE2",
		RunE: a.within(func(cmd *cobra.Command, c *caller, _ identity.PoolID, args []string) error {
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "end the access key %s", args[0])
			}
			if err := a.confirm(cmd, "End the access key "+args[0]); err != nil {
				return err
			}
			if err := c.house(cmd.Context(), "DeleteAccessKey", cognito.OneAccessKey{AccessKeyID: args[0]}, nil); err != nil {
				return noSuchKey(err, args[0])
			}
			return a.did(cmd, "Ended the access key %s", args[0])
		}),
	})
}

func noSuchKey(err error, key string) error {
	if refusedAs(err, "ResourceNotFoundException") {
		return &failure{exitRefused, "there is no access key " + key, "", "see which there are: poolhouse access-key list"}
	}
	return err
}
