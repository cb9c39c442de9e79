package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/web/cognito"
)

func temporaryPassword() string { return password.Temporary() }

// known asks for the user first, so that a dry run and a confirmation are about
// someone who exists.
func (c *caller) known(cmd *cobra.Command, pool identity.PoolID, name string) (cognito.AdminGetUserResponse, error) {
	var out cognito.AdminGetUserResponse
	err := c.cognito(cmd.Context(), "AdminGetUser", cognito.OneUser{UserPoolID: pool, Username: name}, &out)
	if refusedAs(err, "UserNotFoundException") {
		return out, &failure{exitRefused, fmt.Sprintf("there is no user %s in %s", name, pool), "", "see who there is: poolhouse user list"}
	}
	return out, err
}

func (a *app) userShow() *cobra.Command {
	return reading(&cobra.Command{
		Use: "show NAME", Short: "Show a user", Example: "poolhouse user show ann@example.test", Args: exactly("NAME"),
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			u, err := c.known(cmd, pool, args[0])
			if err != nil {
				return err
			}
			var in cognito.AdminListGroupsForUserResponse
			if err := c.cognito(cmd.Context(), "AdminListGroupsForUser", cognito.AdminListGroupsForUserRequest{UserPoolID: pool, Username: args[0]}, &in); err != nil {
				return err
			}
			return a.show(cmd, map[string]any{"User": u, "Groups": in.Groups}, func(w io.Writer) { printUser(w, u, in.Groups) })
		}),
	})
}

func printUser(w io.Writer, u cognito.AdminGetUserResponse, groups []cognito.Group) {
	var names []string
	for _, g := range groups {
		names = append(names, g.GroupName)
	}
	rows := [][]string{
		{"Status", state(u.Enabled, u.UserStatus)},
		{"Created", created(u.UserCreateDate)},
		{"Changed", created(u.UserLastModifiedDate)},
		{"Groups", strings.Join(names, ", ")},
	}
	if u.UserDeleteDate != nil {
		rows = append(rows, []string{"Deleted on", created(u.UserDeleteDate) + " (its person may keep it until then)"})
	}
	for _, pair := range u.UserAttributes {
		rows = append(rows, []string{pair.Name, pair.Value})
	}
	table(w, "", []string{"Name", printable(u.Username)}, rows)
}

func (a *app) userSetPassword() *cobra.Command {
	cmd := &cobra.Command{
		Use: "set-password NAME", Short: "Set a user's password (typed, or --password-stdin)", Args: exactly("NAME"),
		Example: "poolhouse user set-password ann@example.test --password-stdin < file",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			if _, err := c.known(cmd, pool, args[0]); err != nil {
				return err
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "set the password of %s", args[0])
			}
			text, err := a.password(cmd)
			if err != nil {
				return err
			}
			in := cognito.AdminSetUserPasswordRequest{UserPoolID: pool, Username: args[0], Password: cognito.Secret(text), Permanent: !isSet(cmd, "temporary")}
			if err := c.cognito(cmd.Context(), "AdminSetUserPassword", in, nil); err != nil {
				return err
			}
			return a.did(cmd, "Set the password of %s", args[0])
		}),
	}
	cmd.Flags().Bool("password-stdin", false, "read the password from standard input")
	cmd.Flags().Bool("temporary", false, "must be changed at the next sign-in")
	return writing(cmd)
}

func (a *app) userSet() *cobra.Command {
	cmd := &cobra.Command{
		Use: "set NAME", Short: "Change attributes of a user", Args: exactly("NAME"),
		Example: "poolhouse user set ann@example.test --attribute name=Ann",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			if _, err := c.known(cmd, pool, args[0]); err != nil {
				return err
			}
			attributes, err := pairs(cmd)
			if err != nil {
				return err
			}
			if len(attributes) == 0 {
				return usage("nothing to change", "add --attribute NAME=VALUE")
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "change %d attributes of %s", len(attributes), args[0])
			}
			in := cognito.AdminUpdateUserAttributesRequest{UserPoolID: pool, Username: args[0], UserAttributes: attributes}
			if err := c.cognito(cmd.Context(), "AdminUpdateUserAttributes", in, nil); err != nil {
				return err
			}
			return a.did(cmd, "Changed %s", args[0])
		}),
	}
	cmd.Flags().StringArrayP("attribute", "a", nil, "attribute `NAME=VALUE`, repeatable; an empty value clears it")
	return writing(cmd)
}

func (a *app) userReset() *cobra.Command {
	return a.userSwitch("reset", "AdminResetUserPassword", "Send a code to choose a new password with; the old one ends", "sent a reset code")
}

// userSwitch is a command that is one operation on one user.
func (a *app) userSwitch(use, operation, short, done string) *cobra.Command {
	return writing(&cobra.Command{
		Use: use + " NAME", Short: short, Example: "poolhouse user " + use + " ann@example.test", Args: exactly("NAME"),
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			if _, err := c.known(cmd, pool, args[0]); err != nil {
				return err
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "%s %s", use, args[0])
			}
			if err := c.cognito(cmd.Context(), operation, cognito.OneUser{UserPoolID: pool, Username: args[0]}, nil); err != nil {
				return err
			}
			return a.did(cmd, "%s: %s", args[0], done)
		}),
	})
}

func (a *app) userDelete() *cobra.Command {
	return writing(&cobra.Command{
		Use: "delete NAME", Short: "Delete a user with all sessions and tokens", Example: "poolhouse user delete ann@example.test --yes",
		Args: exactly("NAME"),
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			if _, err := c.known(cmd, pool, args[0]); err != nil {
				return err
			}
			if err := a.confirm(cmd, "Delete "+args[0]+" for good"); err != nil {
				return err
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "delete %s", args[0])
			}
			if err := c.cognito(cmd.Context(), "AdminDeleteUser", cognito.OneUser{UserPoolID: pool, Username: args[0]}, nil); err != nil {
				return err
			}
			return a.did(cmd, "Deleted %s", args[0])
		}),
	})
}
