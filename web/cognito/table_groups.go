package cognito

// groupOperations are about groups and who is in them.
var groupOperations = map[string]operation{
	Target + "CreateGroup":              op(writes, (*Handler).createGroup),
	Target + "GetGroup":                 op(reads, (*Handler).getGroup),
	Target + "UpdateGroup":              op(writes, (*Handler).updateGroup).but("what it does not name stays"),
	Target + "ListGroups":               op(reads, (*Handler).listGroups),
	Target + "DeleteGroup":              op(writes, (*Handler).deleteGroup),
	Target + "ListUsersInGroup":         op(reads, (*Handler).listUsersInGroup),
	Target + "AdminAddUserToGroup":      op(writes, (*Handler).adminAddUserToGroup),
	Target + "AdminRemoveUserFromGroup": op(writes, (*Handler).adminRemoveUserFromGroup),
	Target + "AdminListGroupsForUser":   op(reads, (*Handler).adminListGroupsForUser),
}
