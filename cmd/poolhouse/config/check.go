package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
	"poolhouse.dev/web/cognito"
)

// checker collects mistakes in values that decoded well.
type checker struct {
	parsed   *Parsed           // nil when nothing came from a file
	origin   map[string]string // the flag or variable that stands over the file, by key
	problems Problems
}

func (c *checker) fail(path, fix, format string, args ...any) {
	p := Problem{File: "configuration", Text: path + ": " + fmt.Sprintf(format, args...), Fix: fix}
	switch origin := c.origin[path]; {
	case origin != "" && origin != "default":
		p.File = origin
	case c.parsed != nil:
		p.File, p.Line = c.parsed.Name, c.parsed.Line(path)
	}
	c.problems = append(c.problems, p)
}

// CheckServer checks the settings of the server itself, after flags and
// environment were put over them; origin names those by key.
func CheckServer(f *File, parsed *Parsed, origin map[string]string) error {
	c := &checker{parsed: parsed, origin: origin}
	c.publicURL(f.PublicURL)
	c.listen(f.Listen)
	c.oneOf("log", f.Log, "auto", "text", "json")
	c.oneOf("log_level", f.LogLevel, "debug", "info", "warn", "error")
	c.transport("email.transport", f.Email.Transport, openEmail, "smtp", "smtps")
	c.transport("sms.transport", f.SMS.Transport, message.OpenSMS, "http", "https")
	c.senders(f)
	if f.Storage != "" && !strings.HasPrefix(f.Storage, "postgres://") && !strings.HasPrefix(f.Storage, "postgresql://") {
		c.fail("storage", "write postgres://user@host/database, or leave it out and set data", "this is no storage Poolhouse knows")
	}
	c.networks("trusted_proxies", f.TrustedProxies)
	c.networks("metrics_from", f.MetricsFrom)
	c.hosts(f.Hosts)
	c.tls(f)
	c.accessKeys(f.AccessKeys)
	c.outside(f)
	c.logTargets(f)
	c.domains(f)
	for i := range f.Pools {
		c.site(&f.Pools[i], fmt.Sprintf("pools[%d]", i), strings.TrimSuffix(f.PublicURL, "/"))
	}
	return c.problems.err()
}

// site holds a pool and its clients against the URL they are served under.
func (c *checker) site(pool *cognito.PoolSettings, path, publicURL string) {
	served := pool.Pool
	served.Domains = pool.DomainNames()
	if err := identity.ValidateSite(&served, publicURL); err != nil {
		c.refused(path, err)
	}
	for n := range pool.Clients {
		if err := identity.ValidateClientSite(&served, &pool.Clients[n].Client, publicURL); err != nil {
			c.refused(fmt.Sprintf("%s.clients[%d]", path, n), err)
		}
	}
}

func (c *checker) networks(path string, texts []string) {
	for i, text := range texts {
		if _, err := Network(text); err != nil {
			c.fail(fmt.Sprintf("%s[%d]", path, i), "write 10.0.0.0/8 or 127.0.0.1", "%q is no network or address", text)
		}
	}
}

// Network reads a network or a single address.
func Network(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}

func (c *checker) publicURL(text string) {
	if text == "" {
		return
	}
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		c.fail("public_url", "write https://login.example.test", "%q is not the URL of this server", text)
		return
	}
	if !portUsable(u.Port()) {
		c.fail("public_url", "ports are 1 to 65535", "%q has no port that can be used", text)
	}
	if u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		c.fail("public_url", fmt.Sprintf("write %s://%s", u.Scheme, u.Host), "%q has more than scheme and host", text)
	}
}

func (c *checker) listen(text string) {
	if text == "" {
		return
	}
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		c.fail("listen", "write 127.0.0.1:8080, or :8080 for every address of this machine", "%q is not address:port", text)
		return
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		c.fail("listen", "ports are 1 to 65535; 0 takes a free one", "%q has no port that can be used", text)
	}
}

func (c *checker) oneOf(path, value string, allowed ...string) {
	if value == "" || slices.Contains(allowed, value) {
		return
	}
	c.fail(path, "write "+strings.Join(allowed, ", ")+" or leave it out", "%q is not known", value)
}

func portUsable(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

// hosts are names or addresses, with a port where it is not the scheme's own.
func (c *checker) hosts(texts []string) {
	for i, text := range texts {
		c.hostNames(fmt.Sprintf("hosts[%d]", i), text)
	}
}

func (c *checker) hostNames(path, text string) {
	u, err := url.Parse("//" + text)
	_, port, split := strings.Cut(strings.TrimPrefix(text, "["), ":")
	if err != nil || u.Host != text || u.Hostname() == "" || strings.Contains(text, "*") || !portUsable(u.Port()) || split && port == "" {
		c.fail(path, "write login.example.test, or login.example.test:8443", "%q is no host name", text)
	}
}

func openEmail(dsn string) (message.Transport, error) {
	return message.OpenEmail(dsn, "Poolhouse <poolhouse@localhost>")
}

// transport opens what needs no folder: nothing is connected or written yet.
func (c *checker) transport(path, value string, open func(string) (message.Transport, error), schemes ...string) {
	scheme, rest, _ := strings.Cut(value, ":")
	if value == "" || value == "log" || value == "log:body" || scheme == "file" && rest != "" {
		return
	}
	fix := fmt.Sprintf("write file:FOLDER, log, or %s://...", schemes[0])
	if !slices.Contains(schemes, scheme) || !strings.HasPrefix(rest, "//") {
		c.fail(path, fix, "this transport is not known")
		return
	}
	opened, err := open(value)
	if err != nil {
		_, reason, _ := strings.Cut(err.Error(), ": ")
		c.fail(path, fix, "%s", reason)
		return
	}
	_ = opened.Close()
}

// check holds the pools of a file against the rules of the core, and against
// each other.
func (p *Parsed) check() error {
	c := &checker{parsed: p}
	ids := map[identity.PoolID]string{}
	for i := range p.Pools {
		path := fmt.Sprintf("pools[%d]", i)
		id := p.Pools[i].ID
		if first, twice := ids[id]; twice {
			c.fail(path+".id", "give every pool its own", "%q is the id of %s as well", id, first)
		}
		ids[id] = path
		c.pool(p, i, path)
	}
	return c.problems.err()
}

func (c *checker) pool(p *Parsed, i int, path string) {
	pool := &p.Pools[i]
	c.theme(p, path+".theme", pool.Theme, nil)
	if pool.ID == "" {
		c.fail(path+".id", "add it, such as local_customers", "it is missing; only the first pool has a default")
		pool.ID = "local_missing" // for the other checks
	}
	if err := identity.ValidatePool(&pool.Pool); err != nil {
		c.refused(path, err)
	}
	c.providers(p, pool, path)
	c.unique(path+".groups", len(pool.Groups), func(n int) (string, string) { return "group_name", pool.Groups[n].Name })
	c.unique(path+".clients", len(pool.Clients), func(n int) (string, string) {
		if id := pool.Clients[n].ID; id != "" {
			return "client_id", string(id)
		}
		return "client_name", pool.Clients[n].Name
	})
	for n := range pool.Clients {
		c.client(p, pool, n, fmt.Sprintf("%s.clients[%d]", path, n))
	}
	for n := range pool.Groups {
		g := &pool.Groups[n]
		whole := g.Group(pool.ID)
		if err := identity.ValidateGroup(&pool.Pool, &whole); err != nil {
			c.refused(fmt.Sprintf("%s.groups[%d]", path, n), err)
		}
	}
	c.users(pool, path+".users")
}

// users checks the users of a pool against its rules and against each other:
// one name in two spellings is one name.
func (c *checker) users(pool *cognito.PoolSettings, path string) {
	holders := map[string]string{}
	var providers []string
	for _, one := range pool.Providers {
		providers = append(providers, one.Name)
	}
	for n := range pool.Users {
		user, where := &pool.Users[n], fmt.Sprintf("%s[%d]", path, n)
		c.groupsOf(pool, user.Groups, where+".groups")
		made, err := identity.ValidateUser(&pool.Pool, user.Import(pool.ID), providers)
		if err != nil {
			c.refused(where, err)
			continue
		}
		for _, name := range made.Names {
			if holder, taken := holders[name]; taken {
				c.fail(where+".username", "remove or rename one of them", "%q is a name of %s as well", name, holder)
				break
			}
			holders[name] = where
		}
	}
}

// unique wants a name for every item, and no name twice.
func (c *checker) unique(path string, count int, name func(int) (key, value string)) {
	seen := map[string]int{}
	for n := range count {
		key, value := name(n)
		where := fmt.Sprintf("%s[%d]", path, n)
		if value == "" {
			c.fail(where, "add it", "%s is missing", key)
			continue
		}
		if first, twice := seen[value]; twice {
			c.fail(where+"."+key, "remove or rename one of them", "%q is already %s[%d]", value, path, first)
		}
		seen[value] = n
	}
}

func (c *checker) refused(path string, err error) {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			c.refused(path, one)
		}
		return
	}
	var refusal *identity.Error
	if !errors.As(err, &refusal) {
		c.fail(path, "", "%v", err)
		return
	}
	if refusal.Field != "" {
		path += "." + refusal.Field
	}
	if c.has(path) {
		return // the theme's own check said it
	}
	c.fail(path, "", "%s", cognito.Reason(refusal))
}

func (c *checker) has(path string) bool {
	return slices.ContainsFunc(c.problems, func(p Problem) bool { return strings.HasPrefix(p.Text, path+": ") })
}

// client checks one client against the core's rules and the pool it is in.
func (c *checker) client(p *Parsed, pool *cognito.PoolSettings, n int, path string) {
	client := pool.Clients[n]
	whole := client.Client
	if whole.ID == "" {
		whole.ID = "generated" // the store gives it one
	}
	if err := identity.ValidateSecret(string(client.Secret)); err != nil {
		c.refused(path, err)
	}
	c.providersOf(pool, client.IdentityProviders, path+".supported_identity_providers")
	if client.AuthMethod == identity.AuthSecretJWT && client.Secret != "" && len(client.Secret) < 32 {
		c.fail(path+".client_secret", "choose a longer one", "client_secret_jwt needs 32 characters (RFC 7518 §3.2)")
	}
	if client.Secret != "" {
		whole.Secret = storage.Sealed("sealed by the store")
	}
	if client.Theme != nil {
		c.theme(p, path+".theme", *client.Theme, &pool.Theme)
	}
	if err := identity.ValidateClient(&pool.Pool, &whole); err != nil {
		c.refused(path, err)
	}
}

// groupsOf wants every group that a user is put in to be in the file too.
func (c *checker) groupsOf(pool *cognito.PoolSettings, groups []string, path string) {
	for n, name := range groups {
		known := slices.ContainsFunc(pool.Groups, func(g cognito.GroupSettings) bool { return g.Name == name })
		if !known {
			c.fail(fmt.Sprintf("%s[%d]", path, n), "add it under the groups of the pool", "the pool has no group %q", name)
		}
	}
}
