package cognito

// deviceOperations are what administrators do with a user's devices and sessions.
var deviceOperations = map[string]operation{
	Target + "AdminListUserSessions":   op(reads, (*Handler).adminListUserSessions),
	Target + "AdminRevokeUserSession":  op(writes, (*Handler).adminRevokeUserSession),
	Target + "AdminListDevices":        op(reads, (*Handler).adminListDevices).but("lists the browsers of the pages too"),
	Target + "AdminGetDevice":          op(reads, (*Handler).adminGetDevice),
	Target + "AdminForgetDevice":       op(writes, (*Handler).adminForgetDevice),
	Target + "AdminUpdateDeviceStatus": op(writes, (*Handler).adminUpdateDeviceStatus),
}
