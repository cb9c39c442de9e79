package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"poolhouse.dev/web/cognito"
)

func (a *app) userIdentities() *cobra.Command {
	return reading(&cobra.Command{
		Use: "identities NAME", Short: "List who a user is at identity providers", Args: exactly("NAME"),
		Example: "poolhouse user identities ann@example.test",
		RunE: a.onUser(func(cmd *cobra.Command, c *caller, in cognito.OneUser, _ []string) error {
			all, err := c.identities(cmd, in)
			if err != nil {
				return err
			}
			return a.show(cmd, all, func(w io.Writer) { printIdentities(w, all) })
		}),
	})
}

// identities reads what a user is joined to.
func (c *caller) identities(cmd *cobra.Command, in cognito.OneUser) ([]cognito.Identity, error) {
	var out cognito.AdminGetUserResponse
	if err := c.cognito(cmd.Context(), "AdminGetUser", in, &out); err != nil {
		return nil, err
	}
	all := []cognito.Identity{}
	text := attribute(out.UserAttributes, "identities")
	if text == "" {
		return all, nil
	}
	return all, json.Unmarshal([]byte(text), &all)
}

func printIdentities(w io.Writer, all []cognito.Identity) {
	var rows [][]string
	for _, i := range all {
		rows = append(rows, []string{i.ProviderName, i.ProviderType, i.UserID, yes(i.Primary), when(time.UnixMilli(i.DateCreated))})
	}
	table(w, "No identity at a provider.", []string{"PROVIDER", "TYPE", "KEY THERE", "MADE THE USER", "SINCE"}, rows)
}

func (a *app) userLinkProvider() *cobra.Command {
	return writing(&cobra.Command{
		Use: "link-provider NAME PROVIDER KEY", Short: "Let somebody sign in with a provider as this user, before they do for the first time",
		Args: exactly("NAME", "PROVIDER", "KEY"),
		Long: "KEY is what the provider knows the person by: the sub of an ID token, or SAML's\n" +
			"NameID or the attribute in SubjectAttribute. It is never an address.",
		Example: "poolhouse user link-provider ann@example.test Google 113456789012345678901",
		RunE: a.onUser(func(cmd *cobra.Command, c *caller, in cognito.OneUser, args []string) error {
			if _, err := c.idp(cmd, in.UserPoolID, args[1]); err != nil {
				return err
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "link %s of %s to %s", args[2], args[1], in.Username)
			}
			link := cognito.AdminLinkProviderForUserRequest{
				UserPoolID: in.UserPoolID, DestinationUser: cognito.ProviderUser{ProviderName: "Cognito", ProviderAttributeValue: in.Username},
				SourceUser: there(args),
			}
			if err := c.cognito(cmd.Context(), "AdminLinkProviderForUser", link, nil); err != nil {
				return err
			}
			return a.did(cmd, "Linked %s of %s to %s", args[2], args[1], in.Username)
		}),
	})
}

// there is the person that the arguments NAME PROVIDER KEY name.
func there(args []string) cognito.ProviderUser {
	return cognito.ProviderUser{ProviderName: args[1], ProviderAttributeName: "Cognito_Subject", ProviderAttributeValue: args[2]}
}

func (a *app) userUnlinkProvider() *cobra.Command {
	return writing(&cobra.Command{
		Use: "unlink-provider NAME PROVIDER KEY", Short: "Take an identity off a user, and end all sessions", Args: exactly("NAME", "PROVIDER", "KEY"),
		Example: "poolhouse user unlink-provider ann@example.test Google 113456789012345678901 --yes",
		RunE: a.onUser(func(cmd *cobra.Command, c *caller, in cognito.OneUser, args []string) error {
			all, err := c.identities(cmd, in)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(all, func(i cognito.Identity) bool { return i.ProviderName == args[1] && i.UserID == args[2] }) {
				return &failure{exitRefused, fmt.Sprintf("%s of %s is not linked to %s", args[2], args[1], in.Username), "",
					"see what is: poolhouse user identities " + in.Username}
			}
			if err := a.confirm(cmd, "Take "+args[2]+" of "+args[1]+" off "+in.Username); err != nil {
				return err
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "take %s of %s off %s", args[2], args[1], in.Username)
			}
			unlink := cognito.AdminDisableProviderForUserRequest{UserPoolID: in.UserPoolID, User: there(args)}
			if err := c.cognito(cmd.Context(), "AdminDisableProviderForUser", unlink, nil); err != nil {
				return err
			}
			return a.did(cmd, "Took %s of %s off %s", args[2], args[1], in.Username)
		}),
	})
}
