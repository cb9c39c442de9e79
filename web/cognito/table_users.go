package cognito

// userOperations are what administrators do with users.
var userOperations = map[string]operation{
	Target + "AdminCreateUser":              op(writes, (*Handler).adminCreateUser),
	Target + "AdminGetUser":                 op(reads, (*Handler).adminGetUser),
	Target + "ListUsers":                    op(reads, (*Handler).listUsers),
	Target + "AdminSetUserPassword":         op(writes, (*Handler).adminSetUserPassword),
	Target + "AdminResetUserPassword":       op(writes, (*Handler).adminResetUserPassword),
	Target + "AdminUpdateUserAttributes":    op(writes, (*Handler).adminUpdateUserAttributes),
	Target + "AdminDeleteUserAttributes":    op(writes, (*Handler).adminDeleteUserAttributes),
	Target + "AdminSetUserSettings":         op(writes, (*Handler).adminSetUserSettings),
	Target + "AdminDeleteSoftwareToken":     op(writes, (*Handler).adminDeleteSoftwareToken),
	Target + "AdminGetUserAuthFactors":      op(reads, (*Handler).adminGetUserAuthFactors),
	Target + "AdminUpdateAuthEventFeedback": op(writes, (*Handler).adminUpdateAuthEventFeedback),
	Target + "AdminConfirmSignUp":           op(writes, (*Handler).adminConfirmSignUp),
	Target + "AdminDisableUser":             op(writes, (*Handler).adminDisableUser),
	Target + "AdminEnableUser":              op(writes, (*Handler).adminEnableUser),
	Target + "AdminDeleteUser":              op(writes, (*Handler).adminDeleteUser),
	Target + "AdminUserGlobalSignOut":       op(writes, (*Handler).adminUserGlobalSignOut),
	Target + "AdminSetUserMFAPreference":    op(writes, (*Handler).adminSetUserMFAPreference),
	Target + "AdminListUserAuthEvents":      op(reads, (*Handler).adminListUserAuthEvents),
}
