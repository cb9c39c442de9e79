package fetch

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// closedAddresses are WH-01's table: what no stranger may make this program ask.
var closedAddresses = []string{
	"127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
	"169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1",
	"203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16", "100.100.100.200",
	"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fec0::1",
	"fc00::1", "fd00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2001::1", "2002:7f00:1::", "2002:a9fe:a9fe::",
	"64:ff9b::127.0.0.1", "64:ff9b::10.1.2.3", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "3fff::1", "100::1",
}

var openAddresses = []string{
	"1.1.1.1", "9.9.9.9", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "169.253.255.255", "169.255.0.1",
	"192.167.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1",
}

func TestClosedAddressesAreRefusedWhereTheConnectionIsMade(t *testing.T) {
	c := New(Options{})
	for _, text := range closedAddresses {
		if err := c.control(t.Context(), "tcp", net.JoinHostPort(text, "80"), nil); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range openAddresses {
		if err := c.control(t.Context(), "tcp", net.JoinHostPort(text, "443"), nil); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := c.control(t.Context(), "unix", "/run/socket", nil); !errors.Is(err, ErrForbidden) {
		t.Error(err)
	}
}

func TestAnAddressIsCheckedWhenItIsSaved(t *testing.T) {
	c := New(Options{})
	for _, text := range append(hostsOf(closedAddresses),
		"http://127.0.0.1.", "http://localhost", "http://LOCALHOST.:8080/", "https://a.localhost", "http://2130706433", "http://0x7f000001",
		"http://0x7f.1", "http://0177.0.0.1", "http://127.1", "http://0", "http://[fe80::1%25eth0]/", "file:///etc/passwd", "gopher://example.test",
		"//example.test", "example.test", "", "http://", "http://:80", "javascript:alert(1)", "http://a b/", "unix:/run/x") {
		if err := c.Check(text); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range append(hostsOf(openAddresses), "https://example.test/a?b", "http://example.test:8080", "https://user:pass@example.test", "https://1password.example") {
		if err := c.Check(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func hostsOf(addresses []string) []string {
	var all []string
	for _, a := range addresses {
		if strings.Contains(a, ":") {
			a = "[" + a + "]"
		}
		all = append(all, "http://"+a+"/")
	}
	return all
}

func TestAnOperatorOpensNetworks(t *testing.T) {
	c := New(Options{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("fd12::/16")}})
	for text, want := range map[string]bool{
		"10.1.2.3": true, "10.2.0.1": false, "::ffff:10.1.2.3": true, "64:ff9b::10.1.2.3": true, "fd12::1": true, "fd13::1": false,
		"169.254.3.4": true, "169.254.169.254": false, "::ffff:169.254.169.254": false,
	} {
		if got := c.allowed(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	named := New(Options{Allow: []netip.Prefix{netip.MustParsePrefix("169.254.169.254/32")}})
	if !named.allowed(netip.MustParseAddr("169.254.169.254")) {
		t.Error("a metadata address that is named alone is closed")
	}
}

func TestLoopbackIsNotReachedUnlessOpened(t *testing.T) {
	asked := false
	s := serve(t, func(http.ResponseWriter, *http.Request) { asked = true })
	for _, address := range []string{s.URL, strings.Replace(s.URL, "127.0.0.1", "localhost", 1), strings.Replace(s.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1)} {
		if _, err := New(Options{}).Get(t.Context(), address, nil); !errors.Is(err, ErrForbidden) || asked {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// answering is a resolver whose every name has the addresses given, one a
// look-up, the last one for ever. It speaks DNS over a pipe.
func answering(t *testing.T, addresses ...string) *net.Resolver {
	t.Helper()
	var asked atomic.Int64
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		running.Go(func() {
			defer ours.Close()
			answerDNS(ours, func(kind dnsmessage.Type) string {
				if kind != dnsmessage.TypeA {
					return ""
				}
				return addresses[min(int(asked.Add(1)), len(addresses))-1]
			})
		})
		return theirs, nil
	}}
}

// answerDNS answers one question in the framing of DNS over TCP (RFC 1035 §4.2.2).
func answerDNS(conn net.Conn, addressOf func(dnsmessage.Type) string) {
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return
	}
	packet := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, packet); err != nil {
		return
	}
	var m dnsmessage.Message
	if m.Unpack(packet) != nil {
		return
	}
	m.Response, m.Additionals = true, nil
	if address := addressOf(m.Questions[0].Type); address != "" {
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
			Body:   &dnsmessage.AResource{A: netip.MustParseAddr(address).As4()},
		}}
	}
	packed, err := m.Pack()
	if err != nil {
		return
	}
	conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...))
}

func TestAnAddressThatMovesInwardsAfterTheCheckIsRefused(t *testing.T) {
	inner := serve(t, says(200, "inner"))
	_, port, _ := net.SplitHostPort(inner.Listener.Addr().String())
	resolver := answering(t, "192.88.98.1", "127.0.0.1")
	if found, err := resolver.LookupHost(t.Context(), "rebind.example"); err != nil || found[0] != "192.88.98.1" {
		t.Fatal("the first look-up must be public:", found, err)
	}
	c := New(Options{Resolver: resolver})
	if _, err := c.Get(t.Context(), "http://rebind.example:"+port, nil); !errors.Is(err, ErrForbidden) {
		t.Error(err)
	}
	// The same name is reached when the operator opened where it leads.
	open := New(Options{Resolver: resolver, Allow: loopback})
	if answer, err := open.Get(t.Context(), "http://rebind.example:"+port, nil); err != nil || string(answer.Body) != "inner" {
		t.Error(err)
	}
}

// redirecting answers every request with a redirect to where to says.
func redirecting(t *testing.T, status int, to func(r *http.Request) string) *httptest.Server {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", to(r))
		w.WriteHeader(status)
	})
}

func TestARedirectInwardsIsRefused(t *testing.T) {
	for _, to := range []string{"http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "gopher://example.test/", "http://2130706433/"} {
		s := redirecting(t, http.StatusFound, func(*http.Request) string { return to })
		if _, err := New(Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}).Get(t.Context(), s.URL, nil); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", to, err)
		}
	}
	// By name: only the connection tells.
	s := redirecting(t, http.StatusFound, func(*http.Request) string { return "http://inner.example/" })
	c := New(Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Resolver: answering(t, "10.0.0.1")})
	if _, err := c.Get(t.Context(), s.URL, nil); !errors.Is(err, ErrForbidden) {
		t.Error(err)
	}
}

func TestThreeRedirectsAreFollowed(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var left int
		fmt.Sscanf(r.URL.Path, "/%d", &left)
		if left > 0 {
			http.Redirect(w, r, fmt.Sprintf("/%d", left-1), http.StatusFound)
		}
	})
	get := func(o Options, path string) (Response, error) {
		o.Allow = loopback
		return New(o).Get(t.Context(), s.URL+path, nil)
	}
	if answer, err := get(Options{}, "/3"); err != nil || answer.Status != 200 {
		t.Error(answer.Status, err)
	}
	if _, err := get(Options{}, "/4"); !errors.Is(err, ErrForbidden) {
		t.Error(err)
	}
	if answer, err := get(Options{Redirects: -1}, "/1"); err != nil || answer.Status != 302 {
		t.Error(answer.Status, err)
	}
}

func TestARedirectFromHTTPSToHTTPIsRefused(t *testing.T) {
	plain := serve(t, says(200, "plain"))
	s := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	t.Cleanup(s.Close)
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	if _, err := New(Options{Allow: loopback, Roots: roots}).Get(t.Context(), s.URL, nil); !errors.Is(err, ErrForbidden) {
		t.Error(err)
	}
}

func TestARedirectToAnotherHostIsRefusedWhereOneHostIsAsked(t *testing.T) {
	other := serve(t, says(200, "other"))
	s := redirecting(t, http.StatusFound, func(*http.Request) string { return other.URL })
	if _, err := New(Options{Allow: loopback, SameHost: true}).Get(t.Context(), s.URL, nil); !errors.Is(err, ErrForbidden) {
		t.Error(err)
	}
}

func TestCredentialsStayWithTheOriginTheyWereMeantFor(t *testing.T) {
	var seen http.Header
	other := serve(t, func(_ http.ResponseWriter, r *http.Request) { seen = r.Header.Clone() })
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, strings.Replace(other.URL, "http://", "http://theirs:word@", 1), http.StatusFound)
		case "/near":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/end":
			seen = r.Header.Clone()
		}
	})
	header := map[string]string{"Authorization": "Bearer secret", "Cookie": "a=secret", "X-Api-Key": "secret", "Accept": "text/plain"}
	c := New(Options{Allow: loopback})
	if _, err := c.Get(t.Context(), s.URL+"/away?q=secret", header); err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(seen); strings.Contains(text, "secret") || seen.Get("Authorization") != "" || seen.Get("Accept") != "text/plain" {
		t.Error("sent to another origin: ", text)
	}
	if _, err := c.Get(t.Context(), s.URL+"/near?q=secret", header); err != nil || seen.Get("X-Api-Key") != "secret" || seen.Get("Referer") != "" {
		t.Error("sent to the same origin: ", seen, err)
	}
}

func TestABodyIsNotSentOn(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		var asked atomic.Bool
		other := serve(t, func(http.ResponseWriter, *http.Request) { asked.Store(true) })
		s := redirecting(t, status, func(*http.Request) string { return other.URL })
		answer, err := New(Options{Allow: loopback, Timeout: 5 * time.Second}).PostForm(t.Context(), s.URL, url.Values{"secret": {"s"}})
		if err != nil || answer.Status != status || asked.Load() {
			t.Errorf("%d: %d %v, asked %v", status, answer.Status, err, asked.Load())
		}
	}
}
