package cognito

// houseOperations are what Cognito has no operation for.
var houseOperations = merged(keyOperations, map[string]operation{
	AdminTarget + "CreateInitialAccessToken": op(writes, (*Handler).createInitialAccessToken),
	AdminTarget + "ListInitialAccessTokens":  op(reads, (*Handler).listInitialAccessTokens),
	AdminTarget + "DeleteInitialAccessToken": op(writes, (*Handler).deleteInitialAccessToken),
	AdminTarget + "TestIdentityProvider":     op(writes, (*Handler).testIdentityProvider),
	AdminTarget + "CreateProviderTestLink":   op(writes, (*Handler).createProviderTestLink),
	AdminTarget + "RebindIdentityProvider":   op(writes, (*Handler).rebindIdentityProvider),
	AdminTarget + "ListUserFactors":          op(reads, (*Handler).listUserFactors),
	AdminTarget + "ListUserConsents":         op(reads, (*Handler).listUserConsents),
	AdminTarget + "RevokeUserConsent":        op(writes, (*Handler).revokeUserConsent),
	AdminTarget + "ResetUserFactors":         op(writes, (*Handler).resetUserFactors),
	AdminTarget + "CreateRecoveryLink":       op(writes, (*Handler).createRecoveryLink),
	AdminTarget + "ListLimits":               op(reads, (*Handler).listLimits),
	AdminTarget + "ClearLimits":              op(writes, (*Handler).clearLimits),
	AdminTarget + "ListKeys":                 op(reads, (*Handler).listKeys),
	AdminTarget + "RotateKeys":               op(writes, (*Handler).rotateKeys),
	AdminTarget + "ListMessages":             op(reads, (*Handler).listMessages),
	AdminTarget + "RetryMessage":             op(writes, (*Handler).retryMessage),
	AdminTarget + "ApplySettings":            op(writes, (*Handler).applySettings).upTo(maxSettingsBody),
})
