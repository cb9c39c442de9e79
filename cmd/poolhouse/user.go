package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

func (a *app) userCommand() *cobra.Command {
	return inPool(group("user", "Users: add, list, show, change, delete",
		a.userAdd(), a.userList(), a.userShow(), a.userSetPassword(), a.userReset(), a.userSet(),
		a.userSwitch("disable", "AdminDisableUser", "Keep a user from signing in, and end all sessions", "disabled"),
		a.userSwitch("enable", "AdminEnableUser", "Let a disabled user sign in again", "enabled"),
		a.userSwitch("confirm", "AdminConfirmSignUp", "Confirm a sign-up without its code", "confirmed"),
		a.userSwitch("sign-out", "AdminUserGlobalSignOut", "End all sessions and tokens of a user", "signed out everywhere"),
		a.userFactors(), a.userResetFactors(), a.userLink(), a.userDevices(), a.userForgetDevice(), a.userEvents(),
		a.userIdentities(), a.userLinkProvider(), a.userUnlinkProvider(), a.userConsents(), a.userRevokeConsent(),
		a.userDelete(),
	))
}

// inPool gives a family of commands the flag that names the pool.
func inPool(cmd *cobra.Command) *cobra.Command {
	cmd.PersistentFlags().String("pool", "", "user pool `ID` (default: the only or first one)")
	return cmd
}

// within connects, finds the pool, and runs the command's work with both.
func (a *app) within(work func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		c, err := a.connect(cmd)
		if err != nil {
			return err
		}
		defer func() {
			if closed := c.close(); err == nil {
				err = closed
			}
		}()
		pool, err := c.pool(cmd)
		if err != nil {
			return err
		}
		return work(cmd, c, pool, args)
	}
}

// pools answers every pool, the default one first.
func (c *caller) pools(ctx context.Context) ([]cognito.PoolDescription, error) {
	var all []cognito.PoolDescription
	in := cognito.ListUserPoolsRequest{MaxResults: 60}
	for {
		var page cognito.ListUserPoolsResponse
		if err := c.cognito(ctx, "ListUserPools", in, &page); err != nil {
			return nil, err
		}
		all = append(all, page.UserPools...)
		if in.NextToken = page.NextToken; in.NextToken == "" {
			return all, nil
		}
	}
}

// pool answers the pool that --pool names, or the default one.
func (c *caller) pool(cmd *cobra.Command) (identity.PoolID, error) {
	name, _ := cmd.Flags().GetString("pool")
	all, err := c.pools(cmd.Context())
	if err != nil {
		return "", err
	}
	if len(all) == 0 {
		return "", &failure{exitRefused, "there is no user pool yet", "the server makes the pools of its file when it starts", "start it once: poolhouse serve"}
	}
	if name == "" {
		return all[0].ID, nil
	}
	var ids []string
	for _, p := range all {
		if string(p.ID) == name {
			return p.ID, nil
		}
		ids = append(ids, string(p.ID))
	}
	return "", &failure{exitRefused, fmt.Sprintf("there is no user pool %q", name), "", "name one of: " + strings.Join(ids, ", ")}
}

func (a *app) userAdd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Make a user and send an invitation with a temporary password",
		Example: "poolhouse user add ann@example.test --group staff", Args: exactly("NAME"),
		RunE: a.within(a.addUser),
	}
	flags := cmd.Flags()
	flags.StringArrayP("attribute", "a", nil, "attribute `NAME=VALUE`, repeatable")
	flags.StringArray("group", nil, "put the user in this `GROUP`, repeatable")
	flags.Bool("password-stdin", false, "read a permanent password from standard input instead of inviting")
	flags.Bool("no-message", false, "send nothing; print the temporary password")
	return writing(cmd)
}

func (a *app) addUser(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
	in := cognito.AdminCreateUserRequest{UserPoolID: pool, Username: args[0]}
	attributes, err := pairs(cmd)
	if err != nil {
		return err
	}
	in.UserAttributes = invited(args[0], attributes)
	own, err := a.ownPassword(cmd, &in)
	if err != nil {
		return err
	}
	if err := c.knownGroups(cmd, pool); err != nil {
		return err
	}
	if isSet(cmd, "dry-run") {
		return a.would(cmd, "create %s in %s", in.Username, pool)
	}
	return a.createUser(cmd, c, in, own)
}

// knownGroups looks for the groups before a user is made and invited.
func (c *caller) knownGroups(cmd *cobra.Command, pool identity.PoolID) error {
	groups, _ := cmd.Flags().GetStringArray("group")
	for _, name := range groups {
		if err := c.cognito(cmd.Context(), "GetGroup", cognito.OneGroup{UserPoolID: pool, GroupName: name}, nil); err != nil {
			return err
		}
	}
	return nil
}

// invited adds the address that the name is, verified: an administrator vouches
// for it, and the invitation goes there.
func invited(name string, given []cognito.Pair) []cognito.Pair {
	attribute := ""
	switch {
	case strings.Contains(name, "@"):
		attribute = "email"
	case strings.HasPrefix(name, "+"):
		attribute = "phone_number"
	default:
		return given
	}
	for _, pair := range given {
		if pair.Name == attribute {
			return given
		}
	}
	return append(given, cognito.Pair{Name: attribute, Value: name}, cognito.Pair{Name: attribute + "_verified", Value: "true"})
}

// ownPassword reads the user's permanent password, when one was announced, or
// makes the temporary one that --no-message prints.
func (a *app) ownPassword(cmd *cobra.Command, in *cognito.AdminCreateUserRequest) (string, error) {
	if isSet(cmd, "password-stdin") {
		in.MessageAction = "SUPPRESS"
		own, err := a.password(cmd)
		// Given as the temporary one too, it is refused before anything is made.
		in.TemporaryPassword = cognito.Secret(own)
		return own, err
	}
	if isSet(cmd, "no-message") {
		in.MessageAction = "SUPPRESS"
		in.TemporaryPassword = cognito.Secret(temporaryPassword())
	}
	return "", nil
}

func (a *app) createUser(cmd *cobra.Command, c *caller, in cognito.AdminCreateUserRequest, own string) error {
	var out cognito.AdminCreateUserResponse
	ctx := cmd.Context()
	if err := c.cognito(ctx, "AdminCreateUser", in, &out); err != nil {
		return err
	}
	if err := c.finishUser(cmd, in, own); err != nil {
		// The user is half of what was asked for; taking it back leaves nothing behind.
		undone := c.cognito(ctx, "AdminDeleteUser", cognito.OneUser{UserPoolID: in.UserPoolID, Username: in.Username}, nil)
		if undone != nil {
			return fmt.Errorf("%w (and the user could not be taken back: %v)", err, undone)
		}
		return err
	}
	if own != "" {
		in.TemporaryPassword = ""
	}
	return a.show(cmd, map[string]any{"User": out.User, "TemporaryPassword": string(in.TemporaryPassword)}, func(w io.Writer) {
		fmt.Fprintf(w, "Created %s in %s.\n", in.Username, in.UserPoolID)
		switch {
		case in.TemporaryPassword != "":
			fmt.Fprintf(w, "Temporary password: %s\n", string(in.TemporaryPassword))
		case own == "" && c.running:
			fmt.Fprintln(w, "The invitation is on its way.")
		case own == "":
			fmt.Fprintln(w, "The invitation is sent when the server runs.")
		}
	})
}

func (c *caller) finishUser(cmd *cobra.Command, in cognito.AdminCreateUserRequest, own string) error {
	ctx := cmd.Context()
	if own != "" {
		set := cognito.AdminSetUserPasswordRequest{UserPoolID: in.UserPoolID, Username: in.Username, Password: cognito.Secret(own), Permanent: true}
		if err := c.cognito(ctx, "AdminSetUserPassword", set, nil); err != nil {
			return err
		}
	}
	groups, _ := cmd.Flags().GetStringArray("group")
	for _, name := range groups {
		join := cognito.GroupMember{UserPoolID: in.UserPoolID, Username: in.Username, GroupName: name}
		if err := c.cognito(ctx, "AdminAddUserToGroup", join, nil); err != nil {
			return err
		}
	}
	return nil
}

// pairs reads --attribute NAME=VALUE.
func pairs(cmd *cobra.Command) ([]cognito.Pair, error) {
	given, _ := cmd.Flags().GetStringArray("attribute")
	var out []cognito.Pair
	for _, text := range given {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, usage(fmt.Sprintf("--attribute %q is not NAME=VALUE", text), "for example --attribute name=Ann")
		}
		out = append(out, cognito.Pair{Name: name, Value: value})
	}
	return out, nil
}

func (a *app) userList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List users", Args: none, Example: `poolhouse user list --filter 'email ^= "ann"'`,
		RunE: a.within(a.listUsers),
	}
	cmd.Flags().String("filter", "", "Cognito `FILTER`, for example 'email ^= \"ann\"'")
	cmd.Flags().Int("limit", 0, "at most this many (default: all)")
	return reading(cmd)
}

func (a *app) listUsers(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
	limit, _ := cmd.Flags().GetInt("limit")
	filter, _ := cmd.Flags().GetString("filter")
	users, err := c.users(cmd.Context(), pool, filter, limit)
	if err != nil {
		return err
	}
	return a.show(cmd, users, func(w io.Writer) { printUsers(w, users) })
}

// users pages through a pool.
func (c *caller) users(ctx context.Context, pool identity.PoolID, filter string, limit int) ([]cognito.User, error) {
	all := []cognito.User{}
	in := cognito.ListUsersRequest{UserPoolID: pool, Filter: filter}
	for {
		var page cognito.ListUsersResponse
		if err := c.cognito(ctx, "ListUsers", in, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Users...)
		if limit > 0 && len(all) >= limit {
			return all[:limit], nil
		}
		if page.PaginationToken == "" {
			return all, nil
		}
		in.PaginationToken = page.PaginationToken
	}
}

func printUsers(w io.Writer, users []cognito.User) {
	var rows [][]string
	for _, u := range users {
		rows = append(rows, []string{shownName(u), attribute(u.Attributes, "sub"), state(u.Enabled, u.UserStatus), created(u.UserCreateDate)})
	}
	table(w, "No users.", []string{"NAME", "SUB", "STATUS", "CREATED"}, rows)
}

// shownName is what people know the user by: in pools where the address is the
// name, the username is the sub.
func shownName(u cognito.User) string {
	if u.Username != attribute(u.Attributes, "sub") {
		return u.Username
	}
	for _, name := range []string{"email", "phone_number"} {
		if value := attribute(u.Attributes, name); value != "" {
			return value
		}
	}
	return u.Username
}

func attribute(all []cognito.Pair, name string) string {
	for _, pair := range all {
		if pair.Name == name {
			return pair.Value
		}
	}
	return ""
}

func state(enabled bool, status identity.Status) string {
	if !enabled {
		return string(status) + " (disabled)"
	}
	return string(status)
}

func created(t *cognito.Timestamp) string {
	if t == nil {
		return ""
	}
	return when(time.Time(*t))
}
