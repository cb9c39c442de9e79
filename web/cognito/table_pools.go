package cognito

// poolOperations are about pools as a whole.
var poolOperations = map[string]operation{
	Target + "ListUserPools":             op(reads, (*Handler).listUserPools).itself(),
	Target + "GetUserPoolMfaConfig":      op(reads, (*Handler).getUserPoolMFAConfig),
	Target + "SetUserPoolMfaConfig":      op(writes, (*Handler).setUserPoolMFAConfig),
	Target + "DescribeRiskConfiguration": op(reads, (*Handler).describeRiskConfiguration),
	Target + "SetRiskConfiguration":      op(writes, (*Handler).setRiskConfiguration),
}
