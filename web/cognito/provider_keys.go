package cognito

import (
	"maps"
	"slices"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/saml"
	"poolhouse.dev/identity"
)

// codeFlow are the keys of every provider but SAML's. The last two Cognito adds
// to what it answers: they come back from whoever read them there, and say
// nothing here.
var codeFlow = []string{
	"client_id", "client_secret", "authorize_scopes", "trust_email",
	"authorize_url", "token_url", "attributes_url", "jwks_uri", "oidc_issuer", "attributes_request_method",
	"attributes_url_add_attributes", "token_request_method",
}

// ownKey are the keys of a provider to which this server proves itself by a key.
var ownKey = []string{"token_endpoint_auth_method", "private_key", "key_id"}

// detailKeys are the keys that provider_details may have, by provider_type.
var detailKeys = map[string][]string{
	federation.Google:          slices.Concat(codeFlow, []string{"hosted_domain"}),
	federation.Facebook:        slices.Concat(codeFlow, []string{"api_version", "fields"}),
	federation.LoginWithAmazon: slices.Concat(codeFlow, []string{"tokeninfo_url"}),
	federation.SignInWithApple: slices.Concat(codeFlow, []string{"team_id", "key_id", "private_key"}),
	federation.GitHub:          codeFlow,
	federation.Microsoft:       slices.Concat(codeFlow, ownKey, []string{"tenant", "allowed_tenants", "login_url"}),
	federation.OIDC:            slices.Concat(codeFlow, ownKey, []string{"reauthentication", "IDPSignout", "end_session_url"}),
	federation.OAuth2:          slices.Concat(codeFlow, ownKey, []string{"subject_attribute"}),
	federation.SAML: {
		saml.DetailMetadataURL, saml.DetailMetadataFile, saml.DetailSignout, saml.DetailInit, saml.DetailEncrypted, saml.DetailSigning,
		saml.DetailEntity, saml.DetailFormat, saml.DetailAttribute, saml.DetailForce, saml.DetailBinding, saml.DetailTrust,
		"SSORedirectBindingURI", "SLORedirectBindingURI", "ActiveEncryptionCertificate",
	},
}

// DetailKeys answers what provider_details may hold for a provider_type; none
// for a type that is not known.
func DetailKeys(kind string) []string { return slices.Clone(detailKeys[kind]) }

// withoutSecrets are the details for somebody who only reads.
func withoutSecrets(details map[string]string) map[string]string {
	shown := maps.Clone(details)
	maps.DeleteFunc(shown, func(key, _ string) bool { return identity.IsSecretDetail(key) })
	return shown
}
