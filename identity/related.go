package identity

import (
	"context"
	"net/url"
	"slices"

	"poolhouse.dev/storage"
)

// mostRelated bounds the domains that are named for the server's own host.
// Browsers stop after five different names (WebAuthn Level 3 §5.11.1).
const mostRelated = 100

// Related answers the origins that may use the passkeys of a host (WebAuthn Level 3
// §5.11) whose root is a pool's: its public_url and domains, and what the pool
// names. At the server's own host, where all is set, the domains of the pools follow
// that leave their passkeys with it. nil is none but the host itself. An assertion
// is taken by the pool whose origin it names and by no other: this list decides
// nothing.
func (s *Settings) Related(ctx context.Context, root PoolID, host string, all bool) (origins []string, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		p, err := s.GetPool(r, root)
		if err != nil {
			return err
		}
		origins = append(s.Origins(&p)[1:], p.WebAuthn.RelatedOrigins...)
		if !all {
			return nil
		}
		others, err := s.guests(r, root)
		origins = append(origins, others...)
		return err
	})
	origins = slices.DeleteFunc(origins, func(origin string) bool {
		at, err := url.Parse(origin)
		return err != nil || mayClaim(at.Hostname(), host) // needs no word
	})
	if err != nil || len(origins) == 0 && host == s.Host() {
		return nil, err
	}
	return append([]string{s.PublicURL}, origins...), nil
}

// guests are the domains of pools other than root whose passkeys belong to the host
// of public_url, because nothing else was said.
func (s *Settings) guests(r storage.Reader, root PoolID) (origins []string, err error) {
	all, err := poolDomains.List(r, storage.Page{Limit: mostRelated})
	for _, d := range all {
		if err != nil || !IsCustom(d.Name) || d.PoolID == root {
			continue
		}
		var p Pool
		if p, err = s.GetPool(r, d.PoolID); err == nil && p.WebAuthn.RelyingPartyID == "" {
			origins = append(origins, s.DomainOrigin(d.Name))
		}
	}
	return origins, err
}
