package cognito

// clientOperations are about app clients and their secrets.
var clientOperations = map[string]operation{
	Target + "CreateUserPoolClient":       op(writes, (*Handler).createUserPoolClient),
	Target + "DescribeUserPoolClient":     op(reads, (*Handler).describeUserPoolClient),
	Target + "UpdateUserPoolClient":       op(writes, (*Handler).updateUserPoolClient).but("our own members go back to their defaults too"),
	Target + "ListUserPoolClients":        op(reads, (*Handler).listUserPoolClients),
	Target + "DeleteUserPoolClient":       op(writes, (*Handler).deleteUserPoolClient),
	Target + "AddUserPoolClientSecret":    op(writes, (*Handler).addUserPoolClientSecret),
	Target + "ListUserPoolClientSecrets":  op(reads, (*Handler).listUserPoolClientSecrets),
	Target + "DeleteUserPoolClientSecret": op(writes, (*Handler).deleteUserPoolClientSecret),
}
