package web

import (
	"net/netip"
	"net/url"
	"strings"

	"poolhouse.dev/identity"
)

// A request is for the pool that its path names, and at the root for the default
// pool; at a domain of a pool it is for that pool alone, whose pages are at the
// root there. Which host a request came to is decided here and nowhere else.

// Domain answers the host of the pool's domain that the request came to, with its
// port as in public_url; "" where it came to the server's own.
func (r *Request) Domain() string { return r.domain }

// findDomain looks whose domain the request came to.
func (s *Server) findDomain(r *Request) (found bool, err error) {
	host := plainHost(s.public.Scheme, r.HTTP().Host)
	name, fits := strings.CutSuffix(host, s.port())
	if !fits || strings.Contains(name, ":") {
		return false, nil // another port is another origin, and none of ours
	}
	settings := identity.Settings{Core: s.Identity}
	pool, found, err := settings.PoolAt(r.Ctx(), name)
	if found {
		r.domain, r.home = host, pool
	}
	return found, err
}

// port is what follows the name in the host of everything of ours: "" or ":8443".
func (s *Server) port() string {
	port := s.public.Port()
	if port == "" || plainHost(s.public.Scheme, ":"+port) == "" {
		return ""
	}
	return ":" + port
}

// homePool is the pool at the root of the host that the request came to.
func (r *Request) homePool() identity.PoolID {
	if r.domain != "" {
		return r.home
	}
	return r.server.DefaultPool
}

// origin is scheme and host of what this request is shown: that of a domain, or
// the public URL, whatever other name of ours it came by.
func (r *Request) origin() string {
	if r.domain != "" {
		return r.server.public.Scheme + "://" + r.domain
	}
	return r.server.public.String()
}

// Path answers a path of the request's pool, at the host that it came to.
func (r *Request) Path(path string) string {
	if r.domain != "" {
		return path
	}
	return r.server.base(r.Pool.ID) + path
}

// Link answers an absolute URL of a page of the pool, at the host that the request
// came to: where its cookies are. What is kept, and what names the pool to others,
// is Server.URL's.
func (r *Request) Link(path string) string { return r.origin() + r.Path(path) }

// Serves says that a host, with its port where it is not the scheme's own, is the
// one of this request or a further name of the same.
func (r *Request) Serves(host string) bool {
	host = plainHost(r.server.public.Scheme, host)
	if r.domain != "" {
		return host == r.domain
	}
	return r.server.hosts[host]
}

// ownOrigin compares an Origin with the one that the request came to.
func (r *Request) ownOrigin(origin string) bool {
	if origin == "null" {
		// On plain http beyond this machine browsers send no Sec-Fetch-Site, and
		// "null" because our Referrer-Policy is no-referrer (Fetch, "append a
		// request Origin header"). That is as good as no word; the token decides.
		return !r.server.https && !r.loopback()
	}
	scheme, host, ok := strings.Cut(origin, "://")
	return ok && scheme == r.server.public.Scheme && r.Serves(host)
}

// hostname is the name of origin, without port.
func (r *Request) hostname() string {
	at, err := url.Parse(r.origin())
	if err != nil {
		return ""
	}
	return at.Hostname()
}

func (r *Request) loopback() bool {
	name := r.hostname()
	address, err := netip.ParseAddr(name)
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || err == nil && address.IsLoopback()
}
