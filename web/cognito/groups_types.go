package cognito

import "poolhouse.dev/identity"

// Group is GroupType.
type Group struct {
	GroupName        string          `json:"GroupName"`
	UserPoolID       identity.PoolID `json:"UserPoolId,omitempty"`
	Description      string          `json:"Description,omitempty"`
	RoleARN          string          `json:"RoleArn,omitempty"`
	Precedence       *int            `json:"Precedence,omitempty"`
	MFAConfiguration string          `json:"MfaConfiguration,omitempty"` // our own
	CreationDate     *Timestamp      `json:"CreationDate,omitempty"`
	LastModifiedDate *Timestamp      `json:"LastModifiedDate,omitempty"`
}

// CreateGroupRequest is the input of CreateGroup.
type CreateGroupRequest struct {
	UserPoolID       identity.PoolID `json:"UserPoolId"`
	GroupName        string          `json:"GroupName"`
	Description      string          `json:"Description,omitempty"`
	RoleARN          string          `json:"RoleArn,omitempty"`
	Precedence       *int            `json:"Precedence,omitempty"`
	MFAConfiguration string          `json:"MfaConfiguration,omitempty"`
}

// UpdateGroupRequest is the input of UpdateGroup; what it does not name stays.
type UpdateGroupRequest struct {
	UserPoolID       identity.PoolID `json:"UserPoolId"`
	GroupName        string          `json:"GroupName"`
	Description      *string         `json:"Description,omitempty"`
	RoleARN          *string         `json:"RoleArn,omitempty"`
	Precedence       *int            `json:"Precedence,omitempty"`
	MFAConfiguration *string         `json:"MfaConfiguration,omitempty"`
}

// OneGroup is the input of operations about one group.
type OneGroup struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	GroupName  string          `json:"GroupName"`
}

// GroupResponse is the output of CreateGroup, GetGroup and UpdateGroup.
type GroupResponse struct {
	Group Group `json:"Group"`
}

// GroupMember is the input of AdminAddUserToGroup and AdminRemoveUserFromGroup.
type GroupMember struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Username   string          `json:"Username"`
	GroupName  string          `json:"GroupName"`
}

// ListGroupsRequest is the input of ListGroups.
type ListGroupsRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Limit      int             `json:"Limit,omitempty"`
	NextToken  string          `json:"NextToken,omitempty"`
}

// ListGroupsResponse is its output.
type ListGroupsResponse struct {
	Groups    []Group `json:"Groups"`
	NextToken string  `json:"NextToken,omitempty"`
}

// ListUsersInGroupRequest is the input of ListUsersInGroup.
type ListUsersInGroupRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	GroupName  string          `json:"GroupName"`
	Limit      int             `json:"Limit,omitempty"`
	NextToken  string          `json:"NextToken,omitempty"`
}

// ListUsersInGroupResponse is its output.
type ListUsersInGroupResponse struct {
	Users     []User `json:"Users"`
	NextToken string `json:"NextToken,omitempty"`
}

// AdminListGroupsForUserRequest is the input of AdminListGroupsForUser.
type AdminListGroupsForUserRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Username   string          `json:"Username"`
	Limit      int             `json:"Limit,omitempty"`
	NextToken  string          `json:"NextToken,omitempty"`
}

// AdminListGroupsForUserResponse is its output.
type AdminListGroupsForUserResponse struct {
	Groups    []Group `json:"Groups"`
	NextToken string  `json:"NextToken,omitempty"`
}
