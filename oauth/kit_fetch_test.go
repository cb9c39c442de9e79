package oauth

import (
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"

	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/oauth/keyset"
)

// guarded answers a fetcher as in production: nothing of this machine is asked.
func guarded(k *kit) *keyset.Keys { return keyset.New(fetch.New(fetch.Options{}), k.clock) }

// reach lets the kit fetch from TLS servers of the test.
func (k *kit) reach(servers ...*httptest.Server) {
	roots := x509.NewCertPool()
	for _, s := range servers {
		roots.AddCert(s.Certificate())
	}
	k.ClientKeys = keyset.New(fetch.New(fetch.Options{Roots: roots, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}), k.clock)
}

// sector serves the list of a sector to the kit, and answers its address.
func (k *kit) sector(uris ...string) string {
	k.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(uris) }))
	k.Cleanup(s.Close)
	k.reach(s)
	return s.URL + "/sector"
}
