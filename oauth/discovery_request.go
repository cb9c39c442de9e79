package oauth

import (
	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/jws"
)

// requestMetadata answers what a pool takes in authorization requests.
func requestMetadata(p *identity.Pool, base string) map[string]any {
	return map[string]any{
		"pushed_authorization_request_endpoint": base + "/oauth2/par", // RFC 9126 §5
		"require_pushed_authorization_requests": false,                // a client's setting
		"prompt_values_supported":               prompts(p),           // Initiating User Registration §3
		"acr_values_supported":                  supportedACR(p),
		"claims_parameter_supported":            true,
		// OpenID Connect Core §6; encrypted request objects are not taken, and none with
		// clients that are registered for it alone.
		"request_parameter_supported":                 true,
		"request_uri_parameter_supported":             true,
		"require_request_uri_registration":            true,
		"request_object_signing_alg_values_supported": append([]string{algNone, jws.HMAC}, jws.Asymmetric...),
	}
}
