package oidc

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity/fetch"
)

// published is how long a provider's documents serve: changed keys and endpoints
// are seen within the hour, and a provider that is down can still be trusted for
// a day by those that it had.
var published = fetch.Rule{Fresh: time.Hour, Retry: time.Minute, Keep: 24 * time.Hour}

// metadata is what a discovery document says that matters here.
type metadata struct {
	endpoints  federation.Endpoints
	algorithms []string
	methods    []string
	announces  bool // iss comes with every answer (RFC 9207)
}

type document struct {
	Algorithms []string `json:"id_token_signing_alg_values_supported"`
	Methods    []string `json:"token_endpoint_auth_methods_supported"`
	Announces  bool     `json:"authorization_response_iss_parameter_supported"`
	Keys       string   `json:"jwks_uri"`
	EndSession string   `json:"end_session_endpoint"`
}

// metadata answers where the provider is asked: what the settings say, and its
// discovery document for the rest.
func (p *Provider) metadata(ctx context.Context) (metadata, error) {
	given := p.profile.Endpoints
	if !p.profile.Discover || given.Authorize != "" && given.Token != "" && given.Keys != "" {
		return metadata{endpoints: given}, nil
	}
	issuer := p.profile.Issuer
	m, err := fetch.Load(ctx, p.deps.Cache, "oidc discovery "+issuer, p.deps.Now(), published, p.discover)
	if err != nil {
		if ctx.Err() != nil {
			return metadata{}, ctx.Err()
		}
		return metadata{}, p.unanswered("the discovery document cannot be had", err)
	}
	m.endpoints = override(m.endpoints, given)
	return m, nil
}

func override(found, given federation.Endpoints) federation.Endpoints {
	for _, pair := range []struct{ to, from *string }{
		{&found.Authorize, &given.Authorize}, {&found.Token, &given.Token}, {&found.UserInfo, &given.UserInfo}, {&found.Keys, &given.Keys},
		{&found.EndSession, &given.EndSession},
	} {
		if *pair.from != "" {
			*pair.to = *pair.from
		}
	}
	return found
}

// discover reads the discovery document. go-oidc refuses one of another issuer.
func (p *Provider) discover(ctx context.Context) (metadata, error) {
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.http), p.profile.Issuer)
	if err != nil {
		p.deps.Log.Warn("an identity provider's discovery document cannot be had", "provider", p.settings, "err", federation.Plain(err.Error(), detailLimit))
		var other *oidc.IssuerMismatchError
		if errors.As(err, &other) {
			return metadata{}, p.fail(federation.Misconfigured, "the discovery document is of the issuer "+federation.Plain(other.Discovered, detailLimit))
		}
		return metadata{}, err
	}
	var d document
	if err := found.Claims(&d); err != nil {
		return metadata{}, p.fail(federation.Misconfigured, "the discovery document has members of other types than it should")
	}
	m := metadata{
		endpoints:  federation.Endpoints{Authorize: found.Endpoint().AuthURL, Token: found.Endpoint().TokenURL, UserInfo: found.UserInfoEndpoint(), Keys: d.Keys, EndSession: d.EndSession},
		algorithms: d.Algorithms, methods: d.Methods, announces: d.Announces,
	}
	return m, p.checkDiscovered(m.endpoints)
}

// checkDiscovered refuses endpoints that no provider should have: none, not
// http(s), or without TLS where the issuer has it. Where they lead is seen when
// they are asked.
func (p *Provider) checkDiscovered(e federation.Endpoints) error {
	secure := strings.HasPrefix(p.profile.Issuer, "https:")
	for name, address := range map[string]string{"authorization_endpoint": e.Authorize, "token_endpoint": e.Token, "jwks_uri": e.Keys, "userinfo_endpoint": e.UserInfo, "end_session_endpoint": e.EndSession} {
		if address == "" && (name == "userinfo_endpoint" || name == "end_session_endpoint") {
			continue
		}
		if !federation.Reachable(address) || secure && !strings.HasPrefix(address, "https:") {
			return p.fail(federation.Misconfigured, "the discovery document's "+name+" is not usable")
		}
	}
	return nil
}
