package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

func groupOf(g *identity.Group) Group {
	return Group{
		GroupName: g.Name, UserPoolID: g.PoolID, Description: g.Description, RoleARN: g.RoleARN, Precedence: g.Precedence,
		MFAConfiguration: g.MFAConfiguration, CreationDate: stamp(g.CreatedAt), LastModifiedDate: stamp(g.ModifiedAt),
	}
}

func groupsOf(all []identity.Group) []Group {
	out := make([]Group, len(all))
	for i := range all {
		out[i] = groupOf(&all[i])
	}
	return out
}

func (h *Handler) createGroup(ctx context.Context, in CreateGroupRequest) (GroupResponse, error) {
	made, err := h.Admin.CreateGroup(ctx, identity.Group{
		PoolID: in.UserPoolID, Name: in.GroupName, Description: in.Description, Precedence: in.Precedence, RoleARN: in.RoleARN,
		MFAConfiguration: in.MFAConfiguration,
	})
	if code, ok := identity.CodeOf(err); ok && code == identity.AlreadyExists {
		return GroupResponse{}, exception("GroupExistsException", "A group with the name already exists.")
	}
	return GroupResponse{Group: groupOf(&made)}, err
}

func (h *Handler) getGroup(ctx context.Context, in OneGroup) (GroupResponse, error) {
	found, err := h.Admin.Group(ctx, in.UserPoolID, in.GroupName)
	return GroupResponse{Group: groupOf(&found)}, err
}

// updateGroup changes what is named; the rest stays, as Terraform counts on.
func (h *Handler) updateGroup(ctx context.Context, in UpdateGroupRequest) (GroupResponse, error) {
	changed, err := h.Admin.ChangeGroup(ctx, in.UserPoolID, in.GroupName, func(g *identity.Group) {
		if in.Description != nil {
			g.Description = *in.Description
		}
		if in.RoleARN != nil {
			g.RoleARN = *in.RoleARN
		}
		if in.Precedence != nil {
			g.Precedence = in.Precedence
		}
		if in.MFAConfiguration != nil {
			g.MFAConfiguration = *in.MFAConfiguration
		}
	})
	return GroupResponse{Group: groupOf(&changed)}, err
}

func (h *Handler) deleteGroup(ctx context.Context, in OneGroup) (done, error) {
	return done{}, h.Admin.DeleteGroup(ctx, in.UserPoolID, in.GroupName)
}

func (h *Handler) listGroups(ctx context.Context, in ListGroupsRequest) (ListGroupsResponse, error) {
	list := listing{operation: "ListGroups", pool: in.UserPoolID, member: "NextToken"}
	page, err := h.pageAt(list, in.Limit, in.NextToken)
	if err != nil {
		return ListGroupsResponse{}, err
	}
	found, next, err := h.Admin.Groups(ctx, in.UserPoolID, page)
	return ListGroupsResponse{Groups: groupsOf(found), NextToken: h.pageFrom(list, next)}, err
}

func (h *Handler) listUsersInGroup(ctx context.Context, in ListUsersInGroupRequest) (ListUsersInGroupResponse, error) {
	out := ListUsersInGroupResponse{Users: []User{}}
	list := listing{operation: "ListUsersInGroup", pool: in.UserPoolID, asked: []string{in.GroupName}, member: "NextToken"}
	page, err := h.pageAt(list, in.Limit, in.NextToken)
	if err != nil {
		return out, err
	}
	found, next, err := h.Admin.UsersIn(ctx, in.UserPoolID, in.GroupName, page)
	for i := range found {
		out.Users = append(out.Users, userOf(&found[i]))
	}
	out.NextToken = h.pageFrom(list, next)
	return out, err
}

func (h *Handler) adminAddUserToGroup(ctx context.Context, in GroupMember) (done, error) {
	return done{}, h.Admin.AddToGroup(ctx, in.UserPoolID, in.Username, in.GroupName)
}

func (h *Handler) adminRemoveUserFromGroup(ctx context.Context, in GroupMember) (done, error) {
	return done{}, h.Admin.RemoveFromGroup(ctx, in.UserPoolID, in.Username, in.GroupName)
}

func (h *Handler) adminListGroupsForUser(ctx context.Context, in AdminListGroupsForUserRequest) (AdminListGroupsForUserResponse, error) {
	list := listing{operation: "AdminListGroupsForUser", pool: in.UserPoolID, asked: []string{in.Username}, member: "NextToken"}
	page, err := h.pageAt(list, in.Limit, in.NextToken)
	if err != nil {
		return AdminListGroupsForUserResponse{}, err
	}
	found, next, err := h.Admin.GroupPage(ctx, in.UserPoolID, in.Username, page)
	return AdminListGroupsForUserResponse{Groups: groupsOf(found), NextToken: h.pageFrom(list, next)}, err
}
