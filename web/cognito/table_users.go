package cognito

// userOperations are what administrators do with users.
var userOperations = map[string]operation{
	Target + "AdminCreateUser":              op(writes, (*Handler).adminCreateUser).but("with `DesiredDeliveryMediums` absent or both the invitation is mailed where there is an address, else sent by SMS"),
	Target + "AdminGetUser":                 op(reads, (*Handler).adminGetUser),
	Target + "ListUsers":                    op(reads, (*Handler).listUsers).but("users who lack one of `AttributesToGet` are listed; names tell cases apart only where `UsernameConfiguration` does"),
	Target + "AdminSetUserPassword":         op(writes, (*Handler).adminSetUserPassword),
	Target + "AdminResetUserPassword":       op(writes, (*Handler).adminResetUserPassword),
	Target + "AdminUpdateUserAttributes":    op(writes, (*Handler).adminUpdateUserAttributes).but("an address counts at once, and no code is sent"),
	Target + "AdminDeleteUserAttributes":    op(writes, (*Handler).adminDeleteUserAttributes),
	Target + "AdminSetUserSettings":         op(writes, (*Handler).adminSetUserSettings),
	Target + "AdminDeleteSoftwareToken":     op(writes, (*Handler).adminDeleteSoftwareToken),
	Target + "AdminGetUserAuthFactors":      op(reads, (*Handler).adminGetUserAuthFactors),
	Target + "AdminUpdateAuthEventFeedback": op(writes, (*Handler).adminUpdateAuthEventFeedback).but("an `Invalid` sign-in is no longer taken for the person's own; no model is trained"),
	Target + "AdminConfirmSignUp":           op(writes, (*Handler).adminConfirmSignUp),
	Target + "AdminDisableUser":             op(writes, (*Handler).adminDisableUser),
	Target + "AdminEnableUser":              op(writes, (*Handler).adminEnableUser),
	Target + "AdminDeleteUser":              op(writes, (*Handler).adminDeleteUser),
	Target + "AdminUserGlobalSignOut":       op(writes, (*Handler).adminUserGlobalSignOut),
	Target + "AdminSetUserMFAPreference":    op(writes, (*Handler).adminSetUserMFAPreference).but("switching the authenticator app off removes it"),
	Target + "AdminListUserAuthEvents":      op(reads, (*Handler).adminListUserAuthEvents),
}
