package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/storage"
)

// Clients whose id is the address of their metadata (OAuth Client ID Metadata
// Document). The document is fetched before anything is decided, with nothing
// open, and stored as a client like any other.
const (
	maxDocumentID = 512
	maxDocument   = 64 << 10
	// How long a document serves, whatever its server says, and when it says nothing.
	minDocumentLife = 5 * time.Minute
	maxDocumentLife = 24 * time.Hour
	documentLife    = time.Hour
	// documentGrace is how long the last document serves while its server is away.
	documentGrace = 24 * time.Hour
)

// documentRule keeps one fetch from being made twice at a time.
var documentRule = fetch.Rule{Fresh: 10 * time.Second, Retry: 10 * time.Second}

// documentAddress answers where the metadata of a client is, for an id that is an
// address in its only spelling: two ids never mean the same document.
func documentAddress(id identity.ClientID) (*url.URL, bool) {
	text := string(id)
	if !strings.HasPrefix(text, "https://") || len(text) > maxDocumentID || strings.ContainsFunc(text, notInDocumentID) {
		return nil, false
	}
	at, err := url.Parse(text)
	if err != nil || at.String() != text || at.Hostname() == "" || at.Host != strings.ToLower(at.Host) || strings.HasSuffix(at.Hostname(), ".") {
		return nil, false
	}
	if port := at.Port(); port == "443" || strings.HasSuffix(at.Host, ":") || strings.HasPrefix(port, "0") {
		return nil, false
	}
	dots := slices.ContainsFunc(strings.Split(at.Path, "/"), func(segment string) bool { return segment == "." || segment == ".." })
	return at, !dots && strings.HasPrefix(at.Path, "/")
}

// notInDocumentID: no fragment, query, user name or percent-encoding, nothing but ASCII.
func notInDocumentID(r rune) bool {
	return r <= ' ' || r >= 0x7F || strings.ContainsRune(`#?@%"<>\^`+"`{|}", r)
}

type addressKey struct{}

// WithAddress says who asks, for what is bounded by address.
func WithAddress(ctx context.Context, from netip.Addr) context.Context {
	return context.WithValue(ctx, addressKey{}, from)
}

func addressOf(ctx context.Context) netip.Addr {
	from, _ := ctx.Value(addressKey{}).(netip.Addr)
	return from
}

// learn makes the client known whose id is the address of its metadata, where the
// pool takes such. It asks the network, and must not be called within a
// transaction. An address that gives no client is not an error: there is no client.
func (p *Provider) learn(ctx context.Context, pool identity.PoolID, id identity.ClientID) error {
	at, ok := documentAddress(id)
	if !ok {
		return nil
	}
	settings, now := p.settings(), p.Now()
	var in identity.Pool
	var had identity.Registered
	known := false
	err := p.Identity.Store.View(ctx, func(r storage.Reader) (err error) {
		if in, err = settings.GetPool(r, pool); err != nil {
			return err
		}
		had, known, err = settings.Registered(r, pool, id)
		return err
	})
	if err != nil || !in.ClientRegistration.Documents.MayName(at) || known && now.Before(had.FreshUntil) {
		return err
	}
	if err := settings.MayFetchDocument(ctx, addressOf(ctx), at.Host); err != nil {
		if known && now.Sub(had.FetchedAt) < documentGrace {
			return nil
		}
		return err
	}
	got, err := fetch.Load(ctx, p.ClientKeys.Cache, "client document "+string(id), now, documentRule, func(ctx context.Context) (document, error) {
		return p.getDocument(ctx, string(id))
	})
	if err == nil {
		return p.keepDocument(ctx, &in, &had, id, got)
	}
	p.refusedDocument(ctx, pool, id, err)
	if known && (errors.Is(err, errNoDocument) || now.Sub(had.FetchedAt) >= documentGrace) {
		return settings.DropDocument(ctx, pool, id, identity.Origin{})
	}
	return nil
}

// refusedDocument writes to the log why a document gave no client. What the document
// says is left out: no more than the reason is of this server's making.
func (p *Provider) refusedDocument(ctx context.Context, pool identity.PoolID, id identity.ClientID, why error) {
	if p.Logger != nil {
		p.Logger.WarnContext(ctx, "a client metadata document was not taken", "pool", string(pool), "client", string(id), "reason", sayText(why.Error()))
	}
}

// document is what stood at the address of a client's metadata.
type document struct {
	body  []byte
	at    time.Time
	fresh time.Time
}

// errNoDocument: there was an answer, and it is no client.
var errNoDocument = errors.New("there is no client metadata")

func (p *Provider) getDocument(ctx context.Context, address string) (document, error) {
	answer, err := p.ClientKeys.Client.Narrow(maxDocument).Get(ctx, address, map[string]string{"Accept": "application/json"})
	switch {
	case errors.Is(err, fetch.ErrTooLarge):
		return document{}, fmt.Errorf("%w: %w", errNoDocument, err)
	case err != nil:
		return document{}, err
	case answer.Status >= 500:
		return document{}, fmt.Errorf("the client metadata answers with status %d", answer.Status)
	}
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if answer.Status != 200 || err != nil || kind != "application/json" {
		return document{}, fmt.Errorf("%w: status %d, %q", errNoDocument, answer.Status, kind)
	}
	now := p.Now()
	return document{body: answer.Body, at: now, fresh: now.Add(min(max(answer.Fresh(now, documentLife), minDocumentLife), maxDocumentLife))}, nil
}

// keepDocument stores the client that a document describes, or forgets it when the
// document describes none.
func (p *Provider) keepDocument(ctx context.Context, in *identity.Pool, had *identity.Registered, id identity.ClientID, got document) error {
	if !had.FetchedAt.Before(got.at) {
		return nil // somebody else who waited for it was first
	}
	c, refused := readDocument(in, id, got.body)
	if refused == nil {
		if err := p.checkSectorOf(ctx, &c, c.CallbackURLs); err != nil {
			refused = &Error{Code: InvalidClientMetadata, Description: "The sector_identifier_uri does not list every redirect URI.", Err: err}
		}
	}
	if refused != nil {
		p.refusedDocument(ctx, in.ID, id, refused)
		return p.settings().DropDocument(ctx, in.ID, id, identity.Origin{Address: addressOf(ctx)})
	}
	if err := p.dropOther(ctx, &c); err != nil {
		return err
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return fault("client document", err)
	}
	sum := sha256.Sum256(raw)
	face := hex.EncodeToString(sum[:])
	var logo *identity.ClientLogo
	if face != had.Face {
		logo = p.drawLogo(ctx, &c)
	}
	return p.settings().KeepDocument(ctx, c, face, got.fresh, logo, identity.Origin{Address: addressOf(ctx)})
}

// dropOther forgets the client that a document described before, with what was issued
// to it, where the new one calls people something else: it is another client.
func (p *Provider) dropOther(ctx context.Context, c *identity.Client) error {
	before, err := p.settings().Client(ctx, c.PoolID, c.ID)
	if code, ok := identity.CodeOf(err); ok && code == identity.ClientNotFound {
		return nil
	}
	if err != nil || sameSubjects(&before, c) {
		return err
	}
	return p.settings().DropDocument(ctx, c.PoolID, c.ID, identity.Origin{Address: addressOf(ctx)})
}

// documentClient is what a document says, and where.
type documentClient struct {
	id   identity.ClientID
	at   *url.URL
	pool *identity.Pool
	said *metadata
}

// documentChecks hold what a document says beyond a registration.
var documentChecks = []struct {
	clause string
	passes func(*documentClient) bool
}{
	{"§4: client_id is the address, letter by letter", func(d *documentClient) bool { return d.said.ClientID == string(d.id) }},
	{"§4.1: there is no secret", func(d *documentClient) bool { return d.said.ClientSecret == "" }},
	{"§4.1: no method with a secret", func(d *documentClient) bool {
		return slices.Contains([]string{identity.AuthNone, identity.AuthPrivateKeyJWT}, d.said.AuthMethod)
	}},
	{"the pool's redirect_uris: answers go where the pool says", func(d *documentClient) bool {
		return !slices.ContainsFunc(slices.Concat(d.said.RedirectURIs, d.said.LogoutURIs), func(uri string) bool { return !d.mayGo(uri) })
	}},
}

func (d *documentClient) mayGo(uri string) bool {
	policy := d.pool.ClientRegistration.Documents.RedirectURIs
	to, err := url.Parse(uri)
	switch {
	case err != nil:
		return false
	case policy == identity.RedirectsAny:
		return true
	case to.Scheme == d.at.Scheme && to.User == nil && strings.TrimSuffix(strings.ToLower(to.Host), ":443") == d.at.Host:
		return true
	}
	return policy != identity.RedirectsSameOrigin && to.Scheme == "http" && onThisMachine(to.Hostname())
}

// readDocument answers the client that a document describes.
func readDocument(pool *identity.Pool, id identity.ClientID, body []byte) (identity.Client, *Error) {
	at, ok := documentAddress(id)
	m, all, refused := readMetadata(body)
	if refused == nil && !ok {
		refused = refuse(InvalidClientMetadata, "The address is none of a client metadata document.")
	}
	if refused != nil {
		return identity.Client{}, refused
	}
	if m.AuthMethod == "" {
		m.AuthMethod = identity.AuthNone
	}
	if _, there := all["client_secret_expires_at"]; there {
		return identity.Client{}, refuse(InvalidClientMetadata, "§4.1: there is no secret")
	}
	d := documentClient{id: id, at: at, pool: pool, said: &m}
	for _, check := range documentChecks {
		if !check.passes(&d) {
			return identity.Client{}, refuse(InvalidClientMetadata, check.clause)
		}
	}
	if m.Name == "" {
		m.Name = at.Hostname()
	}
	c, refused := m.client(pool)
	if refused == nil {
		refused = checkRegistered(pool, &c)
	}
	c.ID = id
	return c, refused
}

// allowed answers a client that the house did not make as far as its pool lets such
// clients go now; false when the pool takes it no more.
func allowed(pool *identity.Pool, c identity.Client) (identity.Client, bool) {
	if c.RegisteredBy == "" {
		return c, true
	}
	policy := &pool.ClientRegistration
	if c.RegisteredBy == identity.ByDocument {
		if at, ok := documentAddress(c.ID); !ok || !policy.Documents.MayName(at) {
			return c, false
		}
	}
	c.GrantTypes = common(c.GrantTypes, policy.Grants())
	c.AllowedOAuthFlows = flowsOf(c.GrantTypes)
	c.AllowedOAuthScopes = common(c.AllowedOAuthScopes, policy.Scopes())
	c.CallbackURLs = slices.DeleteFunc(slices.Clone(c.CallbackURLs), func(uri string) bool { return !policy.MayRedirect(uri) })
	return c, len(c.GrantTypes) > 0 && len(c.AllowedOAuthScopes) > 0
}

func common(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return !slices.Contains(b, s) })
}
