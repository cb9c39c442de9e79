package cognito

// poolOperations are about pools as a whole.
var poolOperations = map[string]operation{
	Target + "CreateUserPool":            op(writes, (*Handler).createUserPool).but("SMS settings, what `EmailConfiguration` says of SES, tiers and keys are given back, and not used; `From` counts as far as the server's configuration lets it"),
	Target + "DescribeUserPool":          op(reads, (*Handler).describeUserPool),
	Target + "UpdateUserPool":            op(writes, (*Handler).updateUserPool).but("as `CreateUserPool`; without `LambdaConfig` the file's triggers go, too, until it is applied again"),
	Target + "DeleteUserPool":            op(writes, (*Handler).deleteUserPool).but("removes all at once, for good; the pool at the root stays"),
	Target + "AddCustomAttributes":       op(writes, (*Handler).addCustomAttributes),
	Target + "GetSigningCertificate":     op(reads, (*Handler).getSigningCertificate),
	Target + "TagResource":               op(writes, (*Handler).tagResource).itself(),
	Target + "UntagResource":             op(writes, (*Handler).untagResource).itself(),
	Target + "ListTagsForResource":       op(reads, (*Handler).listTagsForResource).itself(),
	Target + "ListUserPools":             op(reads, (*Handler).listUserPools).itself(),
	Target + "GetUserPoolMfaConfig":      op(reads, (*Handler).getUserPoolMFAConfig),
	Target + "SetUserPoolMfaConfig":      op(writes, (*Handler).setUserPoolMFAConfig).but("SMS settings are given back, and not used; without `MfaConfiguration` what is not named stays"),
	Target + "DescribeRiskConfiguration": op(reads, (*Handler).describeRiskConfiguration),
	Target + "SetRiskConfiguration":      op(writes, (*Handler).setRiskConfiguration),

	Target + "CreateUserPoolDomain":   op(writes, (*Handler).createUserPoolDomain).but("served at once; a prefix below the server's own host, certificates are the operator's"),
	Target + "DescribeUserPoolDomain": op(reads, (*Handler).describeUserPoolDomain).itself(),
	Target + "UpdateUserPoolDomain":   op(writes, (*Handler).updateUserPoolDomain),
	Target + "DeleteUserPoolDomain":   op(writes, (*Handler).deleteUserPoolDomain),

	Target + "CreateResourceServer":   op(writes, (*Handler).createResourceServer),
	Target + "DescribeResourceServer": op(reads, (*Handler).describeResourceServer),
	Target + "UpdateResourceServer":   op(writes, (*Handler).updateResourceServer),
	Target + "DeleteResourceServer":   op(writes, (*Handler).deleteResourceServer),
	Target + "ListResourceServers":    op(reads, (*Handler).listResourceServers),

	Target + "GetUserPoolSessionConfiguration":       op(reads, (*Handler).getUserPoolSessionConfiguration),
	Target + "SetUserPoolSessionConfiguration":       op(writes, (*Handler).setUserPoolSessionConfiguration).but("counts browsers and apps together"),
	Target + "GetUserPoolClientSessionConfiguration": op(reads, (*Handler).getUserPoolClientSessionConfiguration),
	Target + "SetUserPoolClientSessionConfiguration": op(writes, (*Handler).setUserPoolClientSessionConfiguration).but("counts browsers and apps together"),
	Target + "GetLogDeliveryConfiguration":           op(reads, (*Handler).getLogDeliveryConfiguration),
	Target + "SetLogDeliveryConfiguration":           op(writes, (*Handler).setLogDeliveryConfiguration).but("to what the file maps the ARN to; others are given back"),

	Target + "CreateUserPoolReplica":  op(writes, (*Handler).noReplicas).never("OperationNotEnabledException", "a server has no regions"),
	Target + "ListUserPoolReplicas":   op(reads, (*Handler).noReplicas).never("OperationNotEnabledException", "a server has no regions"),
	Target + "UpdateUserPoolReplica":  op(writes, (*Handler).noReplicas).never("OperationNotEnabledException", "a server has no regions"),
	Target + "DeleteUserPoolReplica":  op(writes, (*Handler).noReplicas).never("OperationNotEnabledException", "a server has no regions"),
	Target + "GetProvisionedLimit":    op(reads, (*Handler).noLimits).itself().never("ResourceNotFoundException", "a machine answers what it can"),
	Target + "UpdateProvisionedLimit": op(writes, (*Handler).noLimits).itself().never("ResourceNotFoundException", "a machine answers what it can"),
}
