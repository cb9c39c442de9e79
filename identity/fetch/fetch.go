// Package fetch is the one HTTP client for addresses that somebody configured or
// sent: breach lists, CAPTCHA providers, discovery documents, jwks_uri,
// request_uri, SAML metadata, logos, triggers. Such an address may be chosen to
// reach what only this machine can reach, so every connection is checked where it
// is made, on the resolved address: a name that answers differently the second
// time (DNS rebinding) gains nothing.
//
// What is held for every request: http and https alone; public addresses alone,
// but for the networks the operator opened; one deadline for name, connection,
// header and body; a bounded body that is never unpacked; no proxy from the
// environment; TLS 1.2 and up; no cookies; redirects for GET alone, few, each
// checked, never from https to http, without credentials to another origin.
//
// Answers of strangers are for programs: no caller shows a body or an error of
// this package to a person.
package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Errors of this package; test them with errors.Is.
var (
	// ErrForbidden refuses an address, a scheme, a redirect or a form of answer.
	ErrForbidden = errors.New("fetch: forbidden")
	// ErrTooLarge refuses a body of more than Options.MaxBytes.
	ErrTooLarge = errors.New("fetch: body too large")
	// ErrTimeout says that Options.Timeout, or the context's deadline, has passed.
	ErrTimeout = errors.New("fetch: timed out")
)

// Options set up a Client; every zero value has a default.
type Options struct {
	// Timeout bounds the whole exchange, the body included; 5 s by default.
	Timeout time.Duration
	// MaxBytes bounds the body; 1 MiB by default.
	MaxBytes int64
	// Allow are the private networks the operator opened. An address of a cloud's
	// metadata service is open only when it is named alone (/32, /128).
	Allow []netip.Prefix
	// Redirects is how many a GET follows, 3 by default. Below zero none is
	// followed: the redirecting answer is the answer. Triggers want that.
	Redirects int
	// SameHost refuses redirects to another host; OpenID discovery wants that.
	SameHost bool
	// UserAgent names this program; "Poolhouse" by default.
	UserAgent string
	// Roots are the certificate authorities; the system's by default.
	Roots *x509.CertPool
	// Resolver looks names up; the system's by default.
	Resolver *net.Resolver
}

func (o Options) withDefaults() Options {
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 1 << 20
	}
	if o.Redirects == 0 {
		o.Redirects = 3
	}
	if o.UserAgent == "" {
		o.UserAgent = "Poolhouse"
	}
	return o
}

// Client fetches under guard. It is safe for concurrent use.
type Client struct {
	options Options
	http    *http.Client
}

// Response is an answer whose body has been read to its end.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// New answers a Client that is ready to use.
func New(o Options) *Client {
	o = o.withDefaults()
	c := &Client{options: o}
	dialer := &net.Dialer{Resolver: o.Resolver, ControlContext: c.control}
	c.http = &http.Client{
		CheckRedirect: c.checkRedirect,
		Transport: &http.Transport{
			Proxy:                  nil, // a proxy would connect where the guard cannot see
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
			ResponseHeaderTimeout:  o.Timeout,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true, // MaxBytes then bounds what is held, not what travelled
			MaxIdleConnsPerHost:    4,
			MaxIdleConns:           64,
			IdleConnTimeout:        30 * time.Second,
		},
	}
	return c
}

// Narrow answers a client that shares c's connections and guard, takes at most so
// many bytes, and follows no redirect: the redirecting answer is the answer.
func (c *Client) Narrow(maxBytes int64) *Client {
	n := &Client{options: c.options}
	n.options.MaxBytes, n.options.Redirects = maxBytes, -1
	n.http = &http.Client{CheckRedirect: n.checkRedirect, Transport: c.http.Transport}
	return n
}

// Do sends request, with ctx in place of its own context, and reads the answer.
// Any status is an answer. It answers ErrForbidden, ErrTooLarge, ErrTimeout, the
// context's error, or what the network said; the text names the host alone,
// since paths and queries may hold secrets.
func (c *Client) Do(ctx context.Context, request *http.Request) (Response, error) {
	if err := c.checkURL(request.URL); err != nil {
		return Response{}, err
	}
	bounded, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	request = request.Clone(bounded)
	if request.Header.Get("User-Agent") == "" {
		request.Header.Set("User-Agent", c.options.UserAgent)
	}
	answer, err := c.exchange(request)
	if err != nil {
		return Response{}, explain(request.URL.Host, err)
	}
	return answer, nil
}

// Get fetches address, with further header fields or nil. Errors are Do's.
func (c *Client) Get(ctx context.Context, address string, header map[string]string) (Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Response{}, forbidden("", "the address cannot be read")
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	return c.Do(ctx, request)
}

// PostForm sends form to address. Errors are Do's.
func (c *Client) PostForm(ctx context.Context, address string, form url.Values) (Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return Response{}, forbidden("", "the address cannot be read")
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.Do(ctx, request)
}

func (c *Client) exchange(request *http.Request) (Response, error) {
	answer, err := c.http.Do(request)
	if err != nil {
		return Response{}, err
	}
	defer answer.Body.Close()
	if coding := answer.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return Response{}, fmt.Errorf("%w: packed as %q unasked", ErrForbidden, coding)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, c.options.MaxBytes+1))
	if err != nil {
		return Response{}, err
	}
	if int64(len(body)) > c.options.MaxBytes {
		return Response{}, ErrTooLarge
	}
	return Response{Status: answer.StatusCode, Header: answer.Header, Body: body}, nil
}

// explain tells a deadline from other faults, and leaves the URL out.
func explain(host string, err error) error {
	var whole *url.Error
	if errors.As(err, &whole) {
		err = whole.Err
	}
	var network net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout() {
		return fmt.Errorf("%w: %s", ErrTimeout, host)
	}
	return fmt.Errorf("fetch %s: %w", host, err)
}
