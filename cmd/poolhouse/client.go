package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

func (a *app) clientCommand() *cobra.Command {
	return inPool(group("client", "App clients: add, list, show, delete, secret, token",
		a.clientAdd(), a.clientList(), a.clientShow(), a.clientDelete(), a.clientSecretCommand(), a.clientToken()))
}

func (a *app) clientAdd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Register an app", Args: exactly("NAME"),
		Example: "poolhouse client add web --callback-url https://app.example.test/callback",
		RunE:    a.within(a.addClient),
	}
	flags := cmd.Flags()
	flags.StringArray("callback-url", nil, "`URL` the app takes people back at, repeatable")
	flags.StringArray("logout-url", nil, "`URL` after signing out, repeatable")
	flags.StringArray("scope", nil, "allowed `SCOPE`, repeatable (default openid, email, phone, profile)")
	flags.StringArray("flow", nil, "allowed `FLOW`: code, client_credentials (default code)")
	flags.Bool("secret", false, "a confidential client: make a secret and show it once")
	return writing(cmd)
}

func (a *app) addClient(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
	in := cognito.CreateUserPoolClientRequest{UserPoolID: pool, ClientName: args[0], GenerateSecret: isSet(cmd, "secret")}
	in.CallbackURLs, _ = cmd.Flags().GetStringArray("callback-url")
	in.LogoutURLs, _ = cmd.Flags().GetStringArray("logout-url")
	in.AllowedOAuthScopes, _ = cmd.Flags().GetStringArray("scope")
	in.AllowedOAuthFlows, _ = cmd.Flags().GetStringArray("flow")
	if isSet(cmd, "dry-run") {
		return a.would(cmd, "create the client %s in %s", args[0], pool)
	}
	var out cognito.ClientResponse
	if err := c.cognito(cmd.Context(), "CreateUserPoolClient", in, &out); err != nil {
		return err
	}
	return a.show(cmd, out.UserPoolClient, func(w io.Writer) {
		fmt.Fprintf(w, "Created the client %s in %s.\nClient id: %s\n", args[0], pool, out.UserPoolClient.ClientID)
		if secret := string(out.UserPoolClient.ClientSecret); secret != "" {
			fmt.Fprintf(w, "Client secret: %s\n", secret)
		}
	})
}

func (a *app) clientList() *cobra.Command {
	return reading(&cobra.Command{
		Use: "list", Short: "List app clients", Args: none, Example: "poolhouse client list",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
			all := []cognito.ClientDescription{}
			in := cognito.ListUserPoolClientsRequest{UserPoolID: pool}
			for {
				var page cognito.ListUserPoolClientsResponse
				if err := c.cognito(cmd.Context(), "ListUserPoolClients", in, &page); err != nil {
					return err
				}
				all = append(all, page.UserPoolClients...)
				if page.NextToken == "" {
					break
				}
				in.NextToken = page.NextToken
			}
			return a.show(cmd, all, func(w io.Writer) { printClients(w, all) })
		}),
	})
}

func printClients(w io.Writer, all []cognito.ClientDescription) {
	var rows [][]string
	for _, c := range all {
		rows = append(rows, []string{string(c.ClientID), c.ClientName})
	}
	table(w, "No clients.", []string{"CLIENT ID", "NAME"}, rows)
}

// client reads one; its secret is shown only on demand.
func (c *caller) client(cmd *cobra.Command, pool identity.PoolID, id string) (cognito.Client, error) {
	var out cognito.ClientResponse
	err := c.cognito(cmd.Context(), "DescribeUserPoolClient", cognito.OneClient{UserPoolID: pool, ClientID: identity.ClientID(id)}, &out)
	if refusedAs(err, "ResourceNotFoundException") {
		return out.UserPoolClient, &failure{exitRefused, fmt.Sprintf("there is no client %s in %s", id, pool), "", "see which there are: poolhouse client list"}
	}
	if !isSet(cmd, "show-secret") && out.UserPoolClient.ClientSecret != "" {
		out.UserPoolClient.ClientSecret = "[hidden]"
	}
	return out.UserPoolClient, err
}

func (a *app) clientShow() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show CLIENT-ID", Short: "Show an app client", Example: "poolhouse client show web", Args: exactly("CLIENT-ID"),
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			found, err := c.client(cmd, pool, args[0])
			if err != nil {
				return err
			}
			return a.show(cmd, found, func(w io.Writer) { printClient(w, found) })
		}),
	}
	cmd.Flags().Bool("show-secret", false, "print the client secret")
	return reading(cmd)
}

func printClient(w io.Writer, c cognito.Client) {
	table(w, "", []string{"Client id", printable(string(c.ClientID))}, slices.Concat([][]string{
		{"Name", c.ClientName},
		{"Secret", string(c.ClientSecret)},
		{"Callback URLs", strings.Join(c.CallbackURLs, " ")},
		{"Logout URLs", strings.Join(c.LogoutURLs, " ")},
		{"Flows", strings.Join(c.AllowedOAuthFlows, " ")},
		{"Scopes", strings.Join(c.AllowedOAuthScopes, " ")},
		{"Created", created(c.CreationDate)},
	}, registered(c.ClientRules)))
}

// registered lists what is set under the names of client registration, as the file
// has it.
func registered(rules cognito.ClientRules) (rows [][]string) {
	text, err := json.Marshal(rules)
	if err != nil {
		return nil // texts, lists and numbers always marshal
	}
	var set map[string]json.RawMessage
	_ = json.Unmarshal(text, &set) // what was just written
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if name == strings.ToLower(name) { // Cognito's begin with a capital
			value := string(set[name])
			_ = json.Unmarshal(set[name], &value) // a text goes without its quotes
			rows = append(rows, []string{name, value})
		}
	}
	return rows
}

func (a *app) clientDelete() *cobra.Command {
	return writing(&cobra.Command{
		Use: "delete CLIENT-ID", Short: "Delete an app client; its tokens end", Example: "poolhouse client delete web --yes", Args: exactly("CLIENT-ID"),
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			if _, err := c.client(cmd, pool, args[0]); err != nil {
				return err
			}
			if err := a.confirm(cmd, "Delete the client "+args[0]); err != nil {
				return err
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "delete the client %s", args[0])
			}
			in := cognito.OneClient{UserPoolID: pool, ClientID: identity.ClientID(args[0])}
			if err := c.cognito(cmd.Context(), "DeleteUserPoolClient", in, nil); err != nil {
				return err
			}
			return a.did(cmd, "Deleted the client %s", args[0])
		}),
	})
}
