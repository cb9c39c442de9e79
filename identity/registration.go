package identity

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// Who may register clients (ClientRegistration.Policy).
const (
	RegistrationClosed = "closed"
	RegistrationToken  = "token" // whoever has an initial access token (RFC 7591 §1.2)
	RegistrationOpen   = "open"
)

// How a client came to be, when nobody of the house made it (Client.RegisteredBy).
const (
	ByRegistration = "registration" // RFC 7591
	ByDocument     = "document"     // its id is the address of its metadata
)

// ClientRegistration says who may make app clients that no administrator made,
// and what those may do. The zero value lets nobody. Such clients ask people
// before they are given anything.
type ClientRegistration struct {
	Policy        string   `json:"policy,omitempty"`         // closed (default), token, open
	AllowedScopes []string `json:"allowed_scopes,omitempty"` // empty: openid, email, phone, profile, address, offline_access
	AllowedGrants []string `json:"allowed_grant_types,omitempty"`
	// AllowedRedirectHosts are names such as app.example.test, *.example.test for
	// all below one, and schemes such as com.example.app: of apps. Empty is any.
	AllowedRedirectHosts []string          `json:"allowed_redirect_hosts,omitempty"`
	MaxClients           int               `json:"max_clients,omitempty"`  // 0 is 1000
	ExpiresDays          int               `json:"expires_days,omitempty"` // without use, after which a client goes; 0 is 90
	Documents            MetadataDocuments `json:"metadata_documents"`
}

// Where a client may be answered whose id is the address of its metadata.
const (
	RedirectsSameOrigin = "same_origin"
	RedirectsLoopback   = "same_origin_or_loopback"
	RedirectsAny        = "any"
)

// MetadataDocuments takes clients whose id is the https address of their
// metadata (OAuth Client ID Metadata Document).
type MetadataDocuments struct {
	Enabled      bool     `json:"enabled,omitempty"`
	AllowedHosts []string `json:"allowed_hosts,omitempty"` // of the ids, as AllowedRedirectHosts; empty is any
	RedirectURIs string   `json:"redirect_uris,omitempty"` // same_origin, same_origin_or_loopback (default), any
}

var (
	registeredScopes = []string{"openid", "email", "phone", "profile", "address", "offline_access"}
	registeredGrants = []string{GrantCode, GrantRefresh}
	// grantable are the grant types that need no more than registration gives.
	grantable = []string{GrantCode, GrantImplicit, GrantRefresh, GrantClientCredentials, GrantDevice, GrantCIBA}
)

// Scopes answers what a registered client may ask for at most.
func (c *ClientRegistration) Scopes() []string { return orElse(c.AllowedScopes, registeredScopes) }

// Grants answers the grant types that a registered client may have.
func (c *ClientRegistration) Grants() []string { return orElse(c.AllowedGrants, registeredGrants) }

func orElse(list, fallback []string) []string {
	if len(list) > 0 {
		return list
	}
	return fallback
}

func (c *ClientRegistration) most() int {
	if c.MaxClients > 0 {
		return c.MaxClients
	}
	return 1000
}

func (c *ClientRegistration) unusedFor() time.Duration {
	if c.ExpiresDays > 0 {
		return time.Duration(c.ExpiresDays) * 24 * time.Hour
	}
	return 90 * 24 * time.Hour
}

// MayRedirect says that the host or scheme of a redirect URI is among those allowed.
func (c *ClientRegistration) MayRedirect(uri string) bool {
	at, err := url.Parse(uri)
	if err != nil || len(c.AllowedRedirectHosts) == 0 {
		return err == nil
	}
	if at.Scheme != "https" && at.Scheme != "http" {
		return slices.Contains(c.AllowedRedirectHosts, at.Scheme+":")
	}
	return hostAmong(c.AllowedRedirectHosts, at)
}

// MayName says that the pool takes metadata from this address.
func (d *MetadataDocuments) MayName(at *url.URL) bool {
	return d.Enabled && (len(d.AllowedHosts) == 0 || hostAmong(d.AllowedHosts, at))
}

// hostAmong: an entry with a port is for that port alone.
func hostAmong(allowed []string, at *url.URL) bool {
	host := strings.ToLower(at.Hostname())
	return slices.ContainsFunc(allowed, func(entry string) bool {
		below, wild := strings.CutPrefix(entry, "*.")
		return entry == host || entry == strings.ToLower(at.Host) || wild && strings.HasSuffix(host, "."+below)
	})
}

func registrationRules(p *Pool) []setting {
	c := &p.ClientRegistration
	return []setting{
		oneOfAll("client_registration.policy", c.Policy, []string{RegistrationClosed, RegistrationToken, RegistrationOpen}),
		among("client_registration.allowed_scopes", c.AllowedScopes, "takes the scopes of the pool", p.scopes()...),
		among("client_registration.allowed_grant_types", c.AllowedGrants, "takes "+strings.Join(grantable, ", "), grantable...),
		{"client_registration.allowed_redirect_hosts", areHosts(c.AllowedRedirectHosts, true), "takes at most 50 names such as app.example.test, *.example.test or com.example.app:"},
		{"client_registration.max_clients", within(c.MaxClients, 0, 100000), "must be 0-100000"},
		{"client_registration.expires_days", within(c.ExpiresDays, 0, 3650), "must be 0-3650"},
		{"client_registration.metadata_documents.allowed_hosts", areHosts(c.Documents.AllowedHosts, false), "takes at most 50 names such as app.example.test or *.example.test"},
		oneOfAll("client_registration.metadata_documents.redirect_uris", c.Documents.RedirectURIs, []string{RedirectsSameOrigin, RedirectsLoopback, RedirectsAny}),
	}
}

func areHosts(list []string, schemes bool) bool {
	return len(list) <= maxListed && !slices.ContainsFunc(list, func(entry string) bool {
		if schemes && strings.HasSuffix(entry, ":") {
			at, err := url.Parse(entry + "//x")
			return err != nil || at.Scheme+":" != entry || slices.Contains(forbiddenSchemes, at.Scheme)
		}
		at, err := url.Parse("https://" + strings.TrimPrefix(entry, "*."))
		return err != nil || at.Host == "" || at.Path != "" || at.User != nil || strings.ToLower(entry) != entry || strings.Contains(at.Host, "*")
	})
}

// Registered is what is kept of a client that no administrator made, beside the
// client itself.
type Registered struct {
	PoolID   PoolID   `json:"user_pool_id"`
	ClientID ClientID `json:"client_id"`
	By       string   `json:"registered_by"` // ByRegistration or ByDocument
	// Token is the hash of the registration access token. Before is that of the
	// one it replaced, which serves until Token is used: an answer that was lost
	// locks nobody out.
	Token   string    `json:"registration_hash,omitempty"`
	Before  string    `json:"registration_hash_before,omitempty"`
	Initial string    `json:"initial,omitempty"` // the id of the initial access token it came with
	MadeAt  time.Time `json:"made_at"`
	UsedAt  time.Time `json:"used_at"` // to the day; MadeAt before the first use
	// FetchedAt and FreshUntil are of a metadata document. Face is the hash of it.
	FetchedAt  time.Time `json:"fetched_at,omitzero"`
	FreshUntil time.Time `json:"fresh_until,omitzero"`
	Face       string    `json:"face,omitempty"`
}

// registrations keeps what is known of such clients.
var registrations = storage.Collection[Registered]{
	Name: "client_registration", Format: 1,
	ID:      func(g *Registered) []any { return []any{string(g.PoolID), string(g.ClientID)} },
	Indexes: []storage.Index[Registered]{{Name: "used", Of: func(g *Registered) []any { return []any{string(g.PoolID), g.UsedAt} }}},
}

// Registered answers what is kept of a registered client inside the caller's
// transaction; false for any other client.
func (s *Settings) Registered(r storage.Reader, pool PoolID, id ClientID) (Registered, bool, error) {
	found, err := registrations.Get(r, string(pool), string(id))
	if errors.Is(err, storage.ErrNotFound) {
		return Registered{}, false, nil
	}
	return found, err == nil, err
}

// ValidateRegistered is ValidateClient for a client whose name a stranger chose:
// any text that cannot pass for another. Its id is not looked at.
func ValidateRegistered(p *Pool, c *Client) error {
	named := *c
	named.ID, named.Name, named.RegisteredBy = "registered", "registered", ByRegistration
	return errors.Join(ValidateClient(p, &named), firstBroken("ValidateRegistered", []setting{
		{"client_name", isPlainText(c.Name, 128), "must have 1-128 visible characters"},
	}))
}

// isPlainText: what people see as it is: no control and no formatting characters,
// which turn the reading direction or hide what stands there.
func isPlainText(text string, longest int) bool {
	odd := func(r rune) bool {
		return !unicode.IsGraphic(r) || unicode.Is(unicode.Zs, r) && r != ' ' || r == utf8.RuneError
	}
	return strings.TrimSpace(text) != "" && utf8.RuneCountInString(text) <= longest && !strings.ContainsFunc(text, odd)
}

// Bounds of registering: by address, so that nobody fills a pool at once.
var registrationsByAddress = Limit{Name: "register_client", Burst: 20, Every: time.Minute, By: ByAddress}

// MayRegister takes one registration from the limit of an address. TooManyAttempts
// says that there is none now.
func (s *Settings) MayRegister(ctx context.Context, from netip.Addr) error {
	return s.takeFor(ctx, registrationsByAddress, network(from))
}

// documentsByAddress and documentsByHost bound what strangers make this server
// fetch, and whom they make it ask.
var (
	documentsByAddress = Limit{Name: "client_document", Burst: 30, Every: 10 * time.Second, By: ByAddress}
	documentsByHost    = Limit{Name: "client_document_host", Burst: 60, Every: 2 * time.Second, By: ByDestination}
)

// MayFetchDocument takes one fetch of client metadata from the limits of the
// address that asks for it and of the host that is asked.
func (s *Settings) MayFetchDocument(ctx context.Context, from netip.Addr, host string) error {
	return errors.Join(s.takeFor(ctx, documentsByAddress, network(from)), s.takeFor(ctx, documentsByHost, host))
}

func (s *Settings) takeFor(ctx context.Context, l Limit, key string) error {
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		wait, err := s.allow(w, l, key)
		if err != nil || wait <= 0 {
			return nil, err
		}
		return &Error{Code: TooManyAttempts, Op: "Settings.takeFor", RetryAfter: wait, Limit: l.Name}, nil
	})
}

// recordRegistered writes to the audit what a client did with its registration.
func (s *Settings) recordRegistered(w storage.Writer, g *Registered, action string, o Origin) error {
	if err := bumpRevision(w, g.PoolID); err != nil {
		return err
	}
	return audit.Write(w, s.event(action, audit.OK, attempt{PoolID: g.PoolID, ClientID: g.ClientID}, o, func(e *audit.Event) {
		e.Detail = map[string]string{"by": g.By}
		if g.Initial != "" {
			e.Detail["initial"] = g.Initial
		}
	}))
}

// revision counts the changes of a pool's settings, so that what is made from
// all of them is made anew only when one changed.
type revision struct {
	PoolID PoolID `json:"user_pool_id"`
	Count  int    `json:"count"`
}

var revisions = storage.Collection[revision]{
	Name: "settings_revision", Format: 1,
	ID: func(v *revision) []any { return []any{string(v.PoolID)} },
}

// Revision answers a number that grows with each change of a pool or its clients.
func (s *Settings) Revision(r storage.Reader, pool PoolID) (int, error) {
	v, err := revisions.Get(r, string(pool))
	if errors.Is(err, storage.ErrNotFound) {
		return 0, nil
	}
	return v.Count, err
}

func bumpRevision(w storage.Writer, pool PoolID) error {
	v, err := revisions.Get(w, string(pool))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return fmt.Errorf("revision: %w", err)
	}
	return revisions.Put(w, revision{PoolID: pool, Count: v.Count + 1})
}
