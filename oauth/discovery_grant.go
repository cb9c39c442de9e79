package oauth

import (
	"maps"
	"slices"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/jws"
)

// grantMetadata answers the grant types that some client of the pool may use, and the
// endpoints that some of them begin at.
func grantMetadata(clients []identity.Client, base string) map[string]any {
	has := func(grantType string) bool {
		return slices.ContainsFunc(clients, func(c identity.Client) bool { return c.MayGrant(grantType) })
	}
	types := []string{identity.GrantCode} // what a client has that says nothing
	if has(identity.GrantImplicit) {
		types = append(types, identity.GrantImplicit)
	}
	for grantType := range grantTypes {
		if grantType != identity.GrantCode && has(grantType) {
			types = append(types, grantType)
		}
	}
	slices.Sort(types)
	found := map[string]any{"grant_types_supported": types}
	if has(identity.GrantDevice) {
		found["device_authorization_endpoint"] = base + "/oauth2/device_authorization" // RFC 8628 §4
	}
	if has(identity.GrantCIBA) { // CIBA §4
		maps.Copy(found, map[string]any{
			"backchannel_authentication_endpoint":                             base + "/oauth2/bc-authorize",
			"backchannel_token_delivery_modes_supported":                      []string{"poll", cibaPing},
			"backchannel_authentication_request_signing_alg_values_supported": jws.Asymmetric,
			"backchannel_user_code_parameter_supported":                       false,
		})
	}
	return found
}
