package saml

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"poolhouse.dev/federation"
	"poolhouse.dev/identity/fetch"
)

// freshness of metadata behind a URL: an hour, and the last for as long as
// fetching fails. An identity provider that is down signs nobody in anyway, and
// a key taken out of its metadata is gone within the hour.
var freshness = fetch.Rule{Fresh: time.Hour, Retry: time.Minute, Keep: 10 * 365 * 24 * time.Hour}

// Memory keeps an identity provider's last metadata over restarts and learns of
// changes: an audit record, and where the administrator wants it a halt.
type Memory interface {
	// Metadata answers what was kept last, nil when nothing was.
	Metadata(ctx context.Context) ([]byte, error)
	// Keep is asked before other metadata is used than was kept. An error refuses
	// it: the metadata kept last goes on.
	Keep(ctx context.Context, c Change) error
}

// Change is metadata that says something else than the last did.
type Change struct {
	Pool, Provider string
	Entity         string
	First          bool          // nothing was known before
	Added, Removed []Certificate // signing certificates
	Endpoints      bool          // where browsers are sent has changed
	Metadata       []byte        // the new metadata
}

// Certificate is a signing certificate of an identity provider, for people.
type Certificate struct {
	Fingerprint string // SHA-256 of the certificate, hexadecimal
	Subject     string
	NotAfter    time.Time
}

// box is a Memory for as long as the process lives.
type box struct {
	mu  sync.Mutex
	raw []byte
}

// Metadata implements Memory.
func (b *box) Metadata(context.Context) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.raw, nil
}

// Keep implements Memory.
func (b *box) Keep(_ context.Context, c Change) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.raw = c.Metadata
	return nil
}

// metadata answers the identity provider's metadata, fetched when it is old.
func (p *Provider) metadata(ctx context.Context) (*metadata, error) {
	if p.config.url == "" {
		m, err := parseMetadata(p.config.file, p.config.entity, p.deps.Now())
		if err != nil {
			return nil, p.fail(federation.Misconfigured, "", err)
		}
		return m, nil
	}
	m, err := fetch.Load(ctx, p.deps.Cache, p.cacheKey("metadata"), p.deps.Now(), freshness, p.fetch)
	if err == nil && !m.unfetched.IsZero() && p.deps.Now().Sub(m.unfetched) >= freshness.Retry {
		m, err = p.reload(ctx)
	}
	if err == nil && m.ended(p.deps.Now()) {
		return nil, p.fail(federation.Unreachable, "the metadata has ended, and no other can be fetched", nil)
	}
	return m, err
}

// Refresh fetches metadata behind a URL now, unless that was asked for within the
// last minute: for a job that runs ahead of people, and for an administrator's button.
// Its error is an *federation.Error; the last metadata serves on.
func (p *Provider) Refresh(ctx context.Context) error {
	if p.config.url == "" {
		return nil
	}
	m, err := p.reload(ctx)
	if err == nil {
		err = m.failure
	}
	return err
}

func (p *Provider) reload(ctx context.Context) (*metadata, error) {
	return fetch.Reload(ctx, p.deps.Cache, p.cacheKey("metadata"), p.deps.Now(), freshness, p.fetch)
}

// keyed runs f with m, and where nothing of it verifies a signature once more
// with metadata that is fetched anew: the identity provider may have changed its
// keys since. It is asked once a minute at most, whatever is sent here.
func keyed[T any](ctx context.Context, p *Provider, m *metadata, f func(*metadata) (T, error)) (T, error) {
	out, err := guarded(p, func() (T, error) { return f(m) })
	if p.config.url == "" || !errors.Is(err, errSignature) && !errors.Is(err, errDecrypt) && !errors.Is(err, errEnded) {
		return out, err
	}
	fresh, failed := p.reload(ctx)
	if failed != nil || fresh.ended(p.deps.Now()) || slices.EqualFunc(m.certificates, fresh.certificates, (*x509.Certificate).Equal) {
		return out, err
	}
	return guarded(p, func() (T, error) { return f(fresh) })
}

// Certificates answers the identity provider's signing certificates, for whoever
// warns of their end.
func (p *Provider) Certificates(ctx context.Context) ([]Certificate, error) {
	m, err := p.metadata(ctx)
	if err != nil {
		return nil, err
	}
	return described(m.certificates), nil
}

func (p *Provider) cacheKey(what string) string {
	return "saml " + what + " " + p.settings.Pool + " " + p.settings.Name + " " + p.config.entity + " " + p.config.url
}

// memory answers the caller's, or one beside the cached metadata.
func (p *Provider) memory(ctx context.Context) (Memory, error) {
	if p.options.Memory != nil {
		return p.options.Memory, nil
	}
	forever := fetch.Rule{Fresh: freshness.Keep, Retry: freshness.Keep, Keep: freshness.Keep}
	return fetch.Load(ctx, p.deps.Cache, p.cacheKey("kept"), p.deps.Now(), forever, func(context.Context) (*box, error) { return &box{}, nil })
}

// fetch answers new metadata, or the one kept when the new cannot be had.
func (p *Provider) fetch(ctx context.Context) (*metadata, error) {
	memory, err := p.memory(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := p.kept(ctx, memory)
	if err != nil {
		return nil, err
	}
	fresh, err := p.download(ctx)
	if err == nil {
		err = p.replace(ctx, memory, kept, fresh)
	}
	if err == nil {
		p.warn(ctx, fresh)
		return fresh, nil
	}
	if kept == nil {
		return nil, err
	}
	p.deps.Log.WarnContext(ctx, "SAML metadata kept", "provider", p.settings, "reason", err.Error())
	kept.unfetched, kept.failure = p.deps.Now(), err
	return kept, nil
}

// warn writes ahead of the day when no certificate of an identity provider holds
// any more.
func (p *Provider) warn(ctx context.Context, m *metadata) {
	last := slices.MaxFunc(m.certificates, func(a, b *x509.Certificate) int { return a.NotAfter.Compare(b.NotAfter) })
	if last.NotAfter.Before(p.deps.Now().Add(EndsSoon)) {
		p.deps.Log.WarnContext(ctx, "the last SAML signing certificate of an identity provider ends soon", "provider", p.settings, "until", last.NotAfter)
	}
}

// EndsSoon is how long before its end a certificate is warned of.
const EndsSoon = 30 * 24 * time.Hour

// kept answers the last metadata, nil when there is none. A memory that cannot
// tell is no reason to begin anew: whatever is fetched would be believed.
func (p *Provider) kept(ctx context.Context, memory Memory) (*metadata, error) {
	raw, err := memory.Metadata(ctx)
	if err != nil {
		return nil, p.fail(federation.Unreachable, "the metadata kept cannot be had", err)
	}
	if len(raw) == 0 {
		return nil, nil
	}
	m, err := parseMetadata(raw, p.config.entity, time.Time{})
	if err != nil {
		return nil, p.fail(federation.Misconfigured, "the metadata kept cannot be read", err)
	}
	return m, nil
}

func (p *Provider) download(ctx context.Context) (*metadata, error) {
	answer, err := p.deps.Client.Get(ctx, p.config.url, map[string]string{"Accept": "application/samlmetadata+xml, application/xml, text/xml"})
	if err != nil {
		return nil, p.fail(federation.Unreachable, "the metadata cannot be fetched", err)
	}
	if answer.Status != http.StatusOK {
		return nil, p.fail(federation.Unreachable, "the metadata cannot be fetched: "+http.StatusText(answer.Status), nil)
	}
	m, err := parseMetadata(answer.Body, p.config.entity, p.deps.Now())
	if err != nil {
		return nil, p.fail(federation.Misconfigured, "", err)
	}
	return m, nil
}

// replace asks whether fresh may take the place of kept. Another entity may not:
// subjects are its own, and would be taken over.
func (p *Provider) replace(ctx context.Context, memory Memory, kept, fresh *metadata) error {
	if kept != nil && kept.entity != fresh.entity {
		return p.fail(federation.Misconfigured, "the metadata is now another entity's", nil)
	}
	change := p.change(kept, fresh)
	if kept != nil && len(change.Added) == 0 && len(change.Removed) == 0 && !change.Endpoints && bytes.Equal(kept.raw, fresh.raw) {
		return nil
	}
	if kept != nil && len(change.Added)+len(change.Removed) > 0 {
		p.deps.Log.WarnContext(ctx, "SAML signing keys changed", "provider", p.settings, "added", len(change.Added), "removed", len(change.Removed))
	}
	if err := memory.Keep(ctx, change); err != nil {
		return p.fail(federation.Misconfigured, "the changed metadata was not taken", err)
	}
	return nil
}

func (p *Provider) change(kept, fresh *metadata) Change {
	c := Change{Pool: p.settings.Pool, Provider: p.settings.Name, Entity: fresh.entity, First: kept == nil, Metadata: fresh.raw}
	if kept == nil {
		kept = &metadata{}
	}
	c.Added = described(without(fresh.certificates, kept.certificates))
	c.Removed = described(without(kept.certificates, fresh.certificates))
	c.Endpoints = !slices.Equal(kept.sso, fresh.sso) || !slices.Equal(kept.slo, fresh.slo)
	return c
}

// without answers what is in all and not in others.
func without(all, others []*x509.Certificate) []*x509.Certificate {
	return slices.DeleteFunc(slices.Clone(all), func(c *x509.Certificate) bool {
		return slices.ContainsFunc(others, c.Equal)
	})
}

func described(all []*x509.Certificate) []Certificate {
	var out []Certificate
	for _, c := range all {
		out = append(out, Certificate{Fingerprint: fingerprint(c), Subject: federation.Plain(c.Subject.String(), 200), NotAfter: c.NotAfter})
	}
	return out
}
