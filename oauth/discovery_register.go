package oauth

import (
	"context"
	"slices"
	"strings"
	"sync"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/jws"
	"poolhouse.dev/storage"
)

// published keeps the clients of pools as discovery needs them, until a setting of
// the pool changes. The zero value is ready.
type published struct {
	mu sync.Mutex
	of map[identity.PoolID]poolAt
}

type poolAt struct {
	revision int
	clients  []identity.Client
}

// poolClients answers the clients of a pool as they are used, and one that stands
// for all that may still register, for what the pool's metadata says of them
// together. It must not be changed.
func (p *Provider) poolClients(ctx context.Context, pool identity.PoolID) ([]identity.Client, error) {
	revision, settings := 0, p.settings()
	var in identity.Pool
	err := p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		if in, err = settings.GetPool(r, pool); err == nil {
			revision, err = settings.Revision(r, pool)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	p.published.mu.Lock()
	had, ok := p.published.of[pool]
	p.published.mu.Unlock()
	if ok && had.revision == revision {
		return had.clients, nil
	}
	found, err := settings.Clients(ctx, pool)
	if err != nil {
		return nil, err
	}
	all := []identity.Client{}
	for _, c := range found {
		if c, ok := allowed(&in, c); ok {
			all = append(all, demanded(c))
		}
	}
	all = append(all, newcomers(&in)...)
	p.published.mu.Lock()
	defer p.published.mu.Unlock()
	if p.published.of == nil {
		p.published.of = map[identity.PoolID]poolAt{}
	}
	p.published.of[pool] = poolAt{revision, all}
	return all, nil
}

func registers(p *identity.Pool) bool {
	return slices.Contains([]string{identity.RegistrationOpen, identity.RegistrationToken}, p.ClientRegistration.Policy)
}

// newcomers answers a client with all that one may ask for in a registration.
func newcomers(p *identity.Pool) []identity.Client {
	if !registers(p) && !p.ClientRegistration.Documents.Enabled {
		return nil
	}
	c := identity.Client{PoolID: p.ID, AllowedOAuthScopes: p.ClientRegistration.Scopes()}
	c.GrantTypes, c.SubjectType, c.UserInfoSigningAlg = p.ClientRegistration.Grants(), "pairwise", jws.Asymmetric[0]
	if c.MayGrant(identity.GrantImplicit) {
		for _, types := range responseTypes {
			if types != "code" && (c.MayGrant(identity.GrantCode) || !strings.HasPrefix(types, "code")) {
				c.ResponseTypes = append(c.ResponseTypes, types)
			}
		}
	}
	c.IDTokenEncryptionAlg, c.UserInfoEncryptionAlg, c.ResponseEncryptionAlg = "ECDH-ES", "ECDH-ES", "ECDH-ES"
	return []identity.Client{c}
}

// registrationMetadata answers how clients come to be (RFC 8414 §2, Client ID
// Metadata Document §5), and what rich requests some of them may send (RFC 9396 §10).
func registrationMetadata(p *identity.Pool, all []identity.Client, base string) map[string]any {
	document := map[string]any{"protected_resources": []string{base + UserInfoPath}} // RFC 9728 §4
	if registers(p) {
		document["registration_endpoint"] = base + "/oauth2/register"
	}
	if p.ClientRegistration.Documents.Enabled {
		document["client_id_metadata_document_supported"] = true
	}
	var types []string
	for _, c := range all {
		types = append(types, c.AuthorizationDetailsTypes...)
	}
	if slices.Sort(types); len(types) > 0 {
		document["authorization_details_types_supported"] = slices.Compact(types)
	}
	return document
}

// UserInfoPath is where our own protected resource is, below a pool's issuer.
const UserInfoPath = "/oauth2/userInfo"

// ProtectedResource answers the metadata of a resource of ours (RFC 9728 §2): of
// the userinfo endpoint, or of all that takes the pool's tokens where path is "".
func (p *Provider) ProtectedResource(ctx context.Context, pool identity.PoolID, path string) (map[string]any, error) {
	found, err := p.settings().Pool(ctx, pool)
	if err != nil {
		return nil, err
	}
	all, err := p.poolClients(ctx, pool)
	if err != nil {
		return nil, err
	}
	base := p.Issuer(pool)
	return map[string]any{
		"resource":                                   base + path,
		"resource_name":                              found.Name,
		"authorization_servers":                      []string{base},
		"jwks_uri":                                   base + "/.well-known/jwks.json",
		"scopes_supported":                           slices.DeleteFunc(scopesOf(&found, all), func(s string) bool { return slices.Contains(serverScopes(&found), s) }),
		"bearer_methods_supported":                   []string{"header", "body"},
		"dpop_signing_alg_values_supported":          jws.Asymmetric,
		"tls_client_certificate_bound_access_tokens": p.TakesCertificates,
	}, nil
}
