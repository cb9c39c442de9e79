package cognito

// ownOperations are what people do with their own account, by an access token.
var ownOperations = map[string]operation{
	Target + "GetUser":                          op(forPerson, (*Handler).getUser),
	Target + "UpdateUserAttributes":             op(forPerson, (*Handler).updateUserAttributes),
	Target + "DeleteUserAttributes":             op(forPerson, (*Handler).deleteUserAttributes),
	Target + "GetUserAttributeVerificationCode": op(forPerson, (*Handler).getUserAttributeVerificationCode),
	Target + "VerifyUserAttribute":              op(forPerson, (*Handler).verifyUserAttribute),
	Target + "ChangePassword":                   op(forPerson, (*Handler).changePassword),
	Target + "DeleteUser":                       op(forPerson, (*Handler).deleteUser),
	Target + "GlobalSignOut":                    op(forPerson, (*Handler).globalSignOut).but("ends the sessions of browsers too"),
	Target + "SetUserMFAPreference":             op(forPerson, (*Handler).setUserMFAPreference).but("switching the authenticator app off removes it; the last factor that is demanded stays"),
	Target + "SetUserSettings":                  op(forPerson, (*Handler).setUserSettings),
	Target + "GetUserAuthFactors":               op(forPerson, (*Handler).getUserAuthFactors),
	Target + "ConfirmDevice":                    op(forPerson, (*Handler).confirmDevice),
	Target + "GetDevice":                        op(forPerson, (*Handler).getDevice),
	Target + "ListDevices":                      op(forPerson, (*Handler).listDevices),
	Target + "UpdateDeviceStatus":               op(forPerson, (*Handler).updateDeviceStatus),
	Target + "ForgetDevice":                     op(forPerson, (*Handler).forgetDevice),
	Target + "StartWebAuthnRegistration":        op(forPerson, (*Handler).startWebAuthnRegistration),
	Target + "CompleteWebAuthnRegistration":     op(forPerson, (*Handler).completeWebAuthnRegistration),
	Target + "ListWebAuthnCredentials":          op(forPerson, (*Handler).listWebAuthnCredentials),
	Target + "DeleteWebAuthnCredential":         op(forPerson, (*Handler).deleteWebAuthnCredential),
	Target + "ListUserSessions":                 op(forPerson, (*Handler).listUserSessions),
	Target + "RevokeUserSession":                op(forPerson, (*Handler).revokeUserSession),
}
