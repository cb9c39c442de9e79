package cognito

// providerOperations are about identity providers and who is linked to them.
var providerOperations = map[string]operation{
	Target + "CreateIdentityProvider":          op(writes, (*Handler).createIdentityProvider),
	Target + "DescribeIdentityProvider":        op(reads, (*Handler).describeIdentityProvider),
	Target + "UpdateIdentityProvider":          op(writes, (*Handler).updateIdentityProvider).but("a secret that `ProviderDetails` leaves out stays"),
	Target + "DeleteIdentityProvider":          op(writes, (*Handler).deleteIdentityProvider),
	Target + "ListIdentityProviders":           op(reads, (*Handler).listIdentityProviders),
	Target + "GetIdentityProviderByIdentifier": op(reads, (*Handler).getIdentityProviderByIdentifier),
	Target + "AdminLinkProviderForUser":        op(writes, (*Handler).adminLinkProviderForUser).but("`ProviderAttributeName` is never an attribute that may change hands"),
	Target + "AdminDisableProviderForUser":     op(writes, (*Handler).adminDisableProviderForUser).but("ends the user's sessions too"),
}
