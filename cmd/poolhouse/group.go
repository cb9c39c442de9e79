package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

func (a *app) groupCommand() *cobra.Command {
	return inPool(group("group", "Groups: add, list, delete, and who is in them",
		a.groupAdd(), a.groupList(), a.groupMembers(), a.groupDelete(),
		a.groupMove("add-user", "AdminAddUserToGroup", "Put a user in a group", "is now in"),
		a.groupMove("remove-user", "AdminRemoveUserFromGroup", "Take a user out of a group", "is no longer in"),
	))
}

func (a *app) groupAdd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "add GROUP", Short: "Make a group", Example: "poolhouse group add staff --precedence 1", Args: exactly("GROUP"),
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			in := cognito.CreateGroupRequest{UserPoolID: pool, GroupName: args[0]}
			in.Description, _ = cmd.Flags().GetString("description")
			if n, _ := cmd.Flags().GetInt("precedence"); cmd.Flags().Changed("precedence") {
				in.Precedence = &n
			}
			if isSet(cmd, "mfa") {
				in.MFAConfiguration = "ON"
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "create the group %s in %s", args[0], pool)
			}
			if err := c.cognito(cmd.Context(), "CreateGroup", in, nil); err != nil {
				return err
			}
			return a.did(cmd, "Created the group %s in %s", args[0], pool)
		}),
	}
	cmd.Flags().String("description", "", "what the group is for")
	cmd.Flags().Int("precedence", 0, "0 is the strongest")
	cmd.Flags().Bool("mfa", false, "demand a second factor of its people")
	return writing(cmd)
}

func (a *app) groupList() *cobra.Command {
	return reading(&cobra.Command{
		Use: "list", Short: "List groups", Args: none, Example: "poolhouse group list",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
			groups, err := c.groups(cmd, pool)
			if err != nil {
				return err
			}
			return a.show(cmd, groups, func(w io.Writer) { printGroups(w, groups) })
		}),
	})
}

func (c *caller) groups(cmd *cobra.Command, pool identity.PoolID) ([]cognito.Group, error) {
	all := []cognito.Group{}
	in := cognito.ListGroupsRequest{UserPoolID: pool}
	for {
		var page cognito.ListGroupsResponse
		if err := c.cognito(cmd.Context(), "ListGroups", in, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Groups...)
		if page.NextToken == "" {
			return all, nil
		}
		in.NextToken = page.NextToken
	}
}

func printGroups(w io.Writer, groups []cognito.Group) {
	var rows [][]string
	for _, g := range groups {
		precedence := ""
		if g.Precedence != nil {
			precedence = strconv.Itoa(*g.Precedence)
		}
		rows = append(rows, []string{g.GroupName, precedence, g.Description})
	}
	table(w, "No groups.", []string{"GROUP", "PRECEDENCE", "DESCRIPTION"}, rows)
}

func (a *app) groupMembers() *cobra.Command {
	return reading(&cobra.Command{
		Use: "members GROUP", Short: "List who is in a group", Example: "poolhouse group members staff", Args: exactly("GROUP"),
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			users := []cognito.User{}
			in := cognito.ListUsersInGroupRequest{UserPoolID: pool, GroupName: args[0]}
			for {
				var page cognito.ListUsersInGroupResponse
				if err := c.cognito(cmd.Context(), "ListUsersInGroup", in, &page); err != nil {
					return err
				}
				users = append(users, page.Users...)
				if page.NextToken == "" {
					break
				}
				in.NextToken = page.NextToken
			}
			return a.show(cmd, users, func(w io.Writer) { printUsers(w, users) })
		}),
	})
}

func (a *app) groupMove(use, operation, short, done string) *cobra.Command {
	return writing(&cobra.Command{
		Use: use + " GROUP NAME", Short: short, Example: fmt.Sprintf("poolhouse group %s staff ann@example.test", use),
		Args: exactly("GROUP", "NAME"),
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			if _, err := c.known(cmd, pool, args[1]); err != nil {
				return err
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "%s %s %s", use, args[0], args[1])
			}
			in := cognito.GroupMember{UserPoolID: pool, GroupName: args[0], Username: args[1]}
			if err := c.cognito(cmd.Context(), operation, in, nil); err != nil {
				return err
			}
			return a.did(cmd, "%s %s %s", args[1], done, args[0])
		}),
	})
}

func (a *app) groupDelete() *cobra.Command {
	return writing(&cobra.Command{
		Use: "delete GROUP", Short: "Delete a group; its users stay", Example: "poolhouse group delete staff --yes", Args: exactly("GROUP"),
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			if err := a.confirm(cmd, "Delete the group "+args[0]); err != nil {
				return err
			}
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "delete the group %s", args[0])
			}
			if err := c.cognito(cmd.Context(), "DeleteGroup", cognito.OneGroup{UserPoolID: pool, GroupName: args[0]}, nil); err != nil {
				return err
			}
			return a.did(cmd, "Deleted the group %s", args[0])
		}),
	})
}
