package saml

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	crewjam "github.com/crewjam/saml"

	"poolhouse.dev/federation"
)

// Options are what a SAML provider needs beside federation.Deps.
type Options struct {
	Key    Key    // the pool's; see MakeKey
	Memory Memory // nil: changes are logged, and forgotten with the process
}

// Type answers the row of federation.Types. options is asked for the pool's key
// whenever a provider is opened.
func Type(options func(federation.Settings) (Options, error)) federation.Type {
	return federation.Type{Check: Check, Open: func(s federation.Settings, d federation.Deps) (federation.Provider, error) {
		o, err := options(s)
		if err != nil {
			return nil, err
		}
		return Open(s, d, o)
	}}
}

// Provider is one SAML identity provider of one pool.
type Provider struct {
	settings    federation.Settings
	deps        federation.Deps
	options     Options
	config      config
	private     *rsa.PrivateKey
	certificate *x509.Certificate
}

// Open makes a provider ready. It asks nobody; settings or a key that cannot work
// are an *federation.Error with the code Misconfigured.
func Open(s federation.Settings, d federation.Deps, o Options) (*Provider, error) {
	p := &Provider{settings: s, deps: d.WithDefaults(), options: o}
	var problems federation.Problems
	if p.config, problems = configure(s); len(problems) > 0 {
		return nil, p.fail(federation.Misconfigured, "", problems)
	}
	var err error
	if p.private, p.certificate, err = o.Key.open(); err != nil {
		return nil, p.fail(federation.Misconfigured, "", err)
	}
	if !safeURL(s.Callback) || !safeURL(s.Base) {
		return nil, p.fail(federation.Misconfigured, "SAML needs the pool at an https address, or on loopback", nil)
	}
	return p, nil
}

// fail answers an error for the administrator. A cause that is one already is
// answered as it is.
func (p *Provider) fail(code federation.Code, detail string, cause error) error {
	var already *federation.Error
	if errors.As(cause, &already) {
		return already
	}
	return &federation.Error{Code: code, Provider: p.settings.Name, Detail: detail, Err: cause}
}

// EntityID answers the name that a pool has among SAML entities; Cognito's.
func EntityID(pool string) string { return "urn:amazon:cognito:sp:" + pool }

func (p *Provider) entity() string { return EntityID(p.settings.Pool) }

// logoutURL is where single logout comes in.
func (p *Provider) logoutURL() string {
	return strings.TrimSuffix(p.settings.Base, "/") + "/saml2/logout"
}

// service answers crewjam's service provider, for the messages it makes. It does
// not sign: what it makes is changed first.
func (p *Provider) service(m *metadata) *crewjam.ServiceProvider {
	sp := &crewjam.ServiceProvider{
		EntityID: p.entity(), Key: p.private, Certificate: p.certificate,
		AuthnNameIDFormat: crewjam.NameIDFormat(p.config.format),
		IDPMetadata:       &crewjam.EntityDescriptor{EntityID: m.entity},
	}
	if consumer, err := url.Parse(p.settings.Callback); err == nil {
		sp.AcsURL = *consumer
	}
	return sp
}

// guarded runs f and answers a panic of a library as an error: the message was
// not understood, and nothing more is said of it.
func guarded[T any](p *Provider, f func() (T, error)) (out T, err error) {
	defer func() {
		if r := recover(); r != nil {
			var none T
			out, err = none, p.fail(federation.Invalid, "the message cannot be read", fmt.Errorf("panic: %v", r))
		}
	}()
	return f()
}

// newID answers the id of a message, not to be guessed (core §1.3.4).
func newID() string {
	id := make([]byte, 20)
	rand.Read(id)
	return fmt.Sprintf("id-%x", id)
}

// replayKey names a message of an issuer, in the bounds of a storage key.
func replayKey(issuer, id string) string {
	sum := sha256.Sum256([]byte(issuer + "\x00" + id))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

var _ federation.Provider = (*Provider)(nil)

// Begin implements federation.Provider: a request by redirect, or by post where
// the settings or the identity provider want it.
func (p *Provider) Begin(ctx context.Context, s federation.Start) (federation.Trip, error) {
	m, err := p.metadata(ctx)
	if err != nil {
		return federation.Trip{}, err
	}
	if len(s.State) == 0 || len(s.State) > maxRelayState {
		return federation.Trip{}, p.fail(federation.Misconfigured, "a state of 1 to 80 bytes is needed", nil)
	}
	return guarded(p, func() (federation.Trip, error) { return p.begin(m, s) })
}
