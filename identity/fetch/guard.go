package fetch

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
)

// closed are the IPv4 networks that are not the public Internet (IANA's special
// purpose registry, RFC 6890 and its updates), and one public address behind
// which a cloud keeps machine credentials.
var closed = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"168.63.129.16/32", // Azure's host agent
	// Within 2000::/3, outside of which no IPv6 address is public: protocol
	// assignments with Teredo, documentation, 6to4.
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

// metadata are addresses where clouds answer any program on the machine with
// its credentials. Opening a network around them does not open them.
var metadata = prefixes(
	"169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", "100.100.100.200/32",
	"192.0.0.192/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd00:ec2::23/128", "fd20:ce::254/128",
)

var (
	public6 = netip.MustParsePrefix("2000::/3")
	nat64   = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052 §2.1
)

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// Check says whether address may be asked at all, as far as its text tells:
// ErrForbidden for another scheme, no host, or a closed address written out. It is for the moment an address is saved; the connection is
// checked again by its resolved address.
func (c *Client) Check(address string) error {
	parsed, err := url.Parse(address)
	if err != nil {
		return forbidden("", "the address cannot be read")
	}
	return c.checkURL(parsed)
}

func (c *Client) checkURL(address *url.URL) error {
	if address.Scheme != "http" && address.Scheme != "https" {
		return forbidden(address.Host, "neither http nor https")
	}
	host := strings.TrimSuffix(strings.ToLower(address.Hostname()), ".")
	if host == "" {
		return forbidden("", "no host")
	}
	if numeric(host) && !strings.Contains(host, ":") {
		if _, err := netip.ParseAddr(host); err != nil {
			return forbidden(host, "an address written in a way that resolvers read differently")
		}
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		host = "127.0.0.1" // RFC 6761 §6.3
	}
	if literal, err := netip.ParseAddr(host); err == nil && !c.allowed(literal) {
		return forbidden(host, "not a public address")
	}
	return nil
}

// numeric: a last label that begins with a digit is a number to inet_aton
// (2130706433, 0x7f.1, 0177.0.0.1), and no top-level domain (WHATWG URL,
// "ends in a number").
func numeric(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last != "" && last[0] >= '0' && last[0] <= '9'
}

// control runs on the resolved address, before the socket connects to it.
func (c *Client) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return forbidden(address, "no address")
	}
	if !c.allowed(to.Addr()) {
		return forbidden(to.Addr().String(), "not a public address")
	}
	return nil
}

func (c *Client) allowed(address netip.Addr) bool {
	address = embedded(address)
	if within(address, metadata) {
		return slices.ContainsFunc(c.options.Allow, func(p netip.Prefix) bool { return p.IsSingleIP() && p.Contains(address) })
	}
	if within(address, c.options.Allow) {
		return true
	}
	return (address.Is4() || public6.Contains(address)) && !within(address, closed)
}

// embedded answers the IPv4 address inside a mapped or NAT64 one: that is where
// the packets go.
func embedded(address netip.Addr) netip.Addr {
	address = address.Unmap().WithZone("")
	if !nat64.Contains(address) {
		return address
	}
	whole := address.As16()
	return netip.AddrFrom4([4]byte(whole[12:]))
}

func within(address netip.Addr, networks []netip.Prefix) bool {
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(address) })
}

// checkRedirect follows few redirects, of GET and HEAD alone: a body is never
// sent on to where somebody else points.
func (c *Client) checkRedirect(next *http.Request, before []*http.Request) error {
	first, last := before[0], before[len(before)-1]
	if c.options.Redirects < 0 || first.Method != http.MethodGet && first.Method != http.MethodHead {
		return http.ErrUseLastResponse
	}
	switch {
	case len(before) > c.options.Redirects:
		return forbidden(next.URL.Host, "too many redirects")
	case last.URL.Scheme == "https" && next.URL.Scheme != "https":
		return forbidden(next.URL.Host, "a redirect from https to http")
	case c.options.SameHost && next.URL.Host != first.URL.Host:
		return forbidden(next.URL.Host, "a redirect to another host")
	}
	next.URL.User = nil
	next.Header.Del("Referer") // the query before may hold a secret
	if next.URL.Scheme != first.URL.Scheme || next.URL.Host != first.URL.Host {
		keepHarmless(next.Header)
	}
	return c.checkURL(next.URL)
}

// keepHarmless leaves what is no credential; any other field may be one.
func keepHarmless(header http.Header) {
	for name := range header {
		if name != "Accept" && name != "User-Agent" {
			header.Del(name)
		}
	}
}

func forbidden(host, reason string) error {
	return fmt.Errorf("%w: %q: %s", ErrForbidden, host, reason)
}
