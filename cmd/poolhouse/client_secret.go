package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

func (a *app) clientSecretCommand() *cobra.Command {
	return group("secret", "Secrets of an app: add, list, delete", a.clientSecretAdd(), a.clientSecretList(), a.clientSecretDelete())
}

func (a *app) clientSecretAdd() *cobra.Command {
	return writing(&cobra.Command{
		Use: "add CLIENT-ID", Short: "Make a second secret and show it once; both work until one is deleted", Args: exactly("CLIENT-ID"),
		Example: "poolhouse client secret add web",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			if _, err := c.client(cmd, pool, args[0]); err != nil {
				return err
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "make a second secret of the client %s", args[0])
			}
			var out cognito.ClientSecretResponse
			in := cognito.AddUserPoolClientSecretRequest{UserPoolID: pool, ClientID: identity.ClientID(args[0])}
			if err := secretFailure(args[0], c.cognito(cmd.Context(), "AddUserPoolClientSecret", in, &out)); err != nil {
				return err
			}
			made := out.ClientSecretDescriptor
			return a.show(cmd, made, func(w io.Writer) {
				fmt.Fprintf(w, "Made a second secret of the client %s.\nSecret id: %s\nClient secret: %s\n", args[0], made.ClientSecretID, made.ClientSecretValue)
			})
		}),
	})
}

// secretFailure says how to go on.
func secretFailure(client string, err error) error {
	switch {
	case refusedAs(err, "LimitExceededException"):
		return &failure{exitRefused, "the client " + client + " has two secrets", "", "delete the one that is no longer used: poolhouse client secret delete " + client + " SECRET-ID"}
	case refusedAs(err, "InvalidParameterException"):
		return &failure{exitRefused, "the client " + client + " would be without a secret, or has none", "", "see what there is: poolhouse client secret list " + client}
	case refusedAs(err, "ResourceNotFoundException"):
		return &failure{exitRefused, "the client " + client + " has no such secret", "", "see which there are: poolhouse client secret list " + client}
	}
	return err
}

func (a *app) clientSecretList() *cobra.Command {
	return reading(&cobra.Command{
		Use: "list CLIENT-ID", Short: "List the secrets of an app, without their values", Args: exactly("CLIENT-ID"),
		Example: "poolhouse client secret list web",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			if _, err := c.client(cmd, pool, args[0]); err != nil {
				return err
			}
			var out cognito.ListUserPoolClientSecretsResponse
			in := cognito.OneClient{UserPoolID: pool, ClientID: identity.ClientID(args[0])}
			if err := c.cognito(cmd.Context(), "ListUserPoolClientSecrets", in, &out); err != nil {
				return err
			}
			return a.show(cmd, out.ClientSecrets, func(w io.Writer) {
				var rows [][]string
				for _, s := range out.ClientSecrets {
					rows = append(rows, []string{s.ClientSecretID, created(s.ClientSecretCreateDate)})
				}
				table(w, "No secrets.", []string{"SECRET ID", "CREATED"}, rows)
			})
		}),
	})
}

func (a *app) clientSecretDelete() *cobra.Command {
	return writing(&cobra.Command{
		Use: "delete CLIENT-ID SECRET-ID", Short: "End one of two secrets", Args: exactly("CLIENT-ID", "SECRET-ID"),
		Example: "poolhouse client secret delete web 5d41402abc4b2a76b9719d911017c592 --yes",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			if _, err := c.client(cmd, pool, args[0]); err != nil {
				return err
			}
			if err := a.confirm(cmd, "Delete a secret of the client "+args[0]); err != nil {
				return err
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "delete the secret %s of the client %s", args[1], args[0])
			}
			in := cognito.OneClientSecret{UserPoolID: pool, ClientID: identity.ClientID(args[0]), ClientSecretID: args[1]}
			if err := secretFailure(args[0], c.cognito(cmd.Context(), "DeleteUserPoolClientSecret", in, nil)); err != nil {
				return err
			}
			return a.did(cmd, "Deleted the secret %s of the client %s", args[1], args[0])
		}),
	})
}
