package oauth

import (
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/jws"
)

// clientMetadata answers how clients prove themselves and bind their tokens (RFC 8414
// §2, RFC 8705 §3.3, RFC 9449 §5.1).
func (p *Provider) clientMetadata() map[string]any {
	methods := []string{identity.AuthBasic, identity.AuthPost, identity.AuthSecretJWT, identity.AuthPrivateKeyJWT}
	if p.TakesCertificates {
		methods = append(methods, identity.AuthSelfSignedTLS)
	}
	if p.TakesCertificates && p.authorities() != nil {
		methods = append(methods, identity.AuthTLS)
	}
	algs := append([]string{jws.HMAC}, jws.Asymmetric...)
	withNone := append(methods[:len(methods):len(methods)], identity.AuthNone)
	return map[string]any{
		"token_endpoint_auth_methods_supported":                    withNone,
		"token_endpoint_auth_signing_alg_values_supported":         algs,
		"revocation_endpoint_auth_methods_supported":               withNone,
		"revocation_endpoint_auth_signing_alg_values_supported":    algs,
		"introspection_endpoint_auth_methods_supported":            methods,
		"introspection_endpoint_auth_signing_alg_values_supported": algs,
		"dpop_signing_alg_values_supported":                        jws.Asymmetric,
		"tls_client_certificate_bound_access_tokens":               p.TakesCertificates,
	}
}

// mutual are the endpoints at which a client may present a certificate.
var mutual = []string{
	"token_endpoint", "revocation_endpoint", "introspection_endpoint", "pushed_authorization_request_endpoint",
	"device_authorization_endpoint", "backchannel_authentication_endpoint", "userinfo_endpoint",
}

// alias adds where certificates are asked for, if that is another host (RFC 8705 §5).
func (p *Provider) alias(pool identity.PoolID, document map[string]any) {
	if p.CertificateBase == nil || !p.TakesCertificates {
		return
	}
	base, there := p.Issuer(pool), p.CertificateBase(pool)
	aliases := map[string]string{}
	for _, name := range mutual {
		if address, ok := document[name].(string); ok {
			aliases[name] = there + strings.TrimPrefix(address, base)
		}
	}
	document["mtls_endpoint_aliases"] = aliases
}
