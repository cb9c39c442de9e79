package main

import (
	"net"
	"net/http"
	"time"

	"poolhouse.dev/cmd/poolhouse/dev/pretend"
	"poolhouse.dev/web/cognito"
)

// The pretend providers of the demo's pool. Their names stand on the buttons.
const (
	pretendOIDC = "Pretend-OIDC"
	pretendSAML = "Pretend-SAML"
)

// loopbacks are opened to what a server that tries things out fetches: the
// pretend providers are on this machine.
var loopbacks = []string{"127.0.0.0/8", "::1/128"}

// pretendProviders are the settings of both, for providers at url.
func pretendProviders(url string) []cognito.ProviderSettings {
	p := pretend.New(url, "", "")
	usual := map[string]string{"email": "email", "name": "name", "given_name": "given_name", "family_name": "family_name"}
	return []cognito.ProviderSettings{
		{Name: pretendOIDC, Type: "OIDC", Mapping: usual, Details: cognito.Details{
			"client_id": pretend.ClientID, "client_secret": pretend.ClientSecret, "oidc_issuer": p.Issuer(), "authorize_scopes": "openid email profile",
		}},
		{Name: pretendSAML, Type: "SAML", Mapping: usual, Details: cognito.Details{"MetadataURL": p.SAMLMetadata()}},
	}
}

// servePretend serves both from a server of their own, as strangers to this one.
func (srv *server) servePretend(listener net.Listener, url string) *http.Server {
	base := srv.issuer(srv.first)
	providers := pretend.New(url, base+"/oauth2/idpresponse", base+"/saml2/metadata")
	server := &http.Server{Handler: providers.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	return server
}
