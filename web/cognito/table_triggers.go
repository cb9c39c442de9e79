package cognito

// triggerOperations are about what pools have attached in lambda_config.
var triggerOperations = map[string]operation{
	AdminTarget + "ListTriggers":    op(reads, (*Handler).listTriggers),
	AdminTarget + "TestTrigger":     op(writes, (*Handler).testTrigger),
	AdminTarget + "ListTriggerRuns": op(reads, (*Handler).listTriggerRuns),
}
