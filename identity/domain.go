package identity

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"poolhouse.dev/identity/audit"
	"poolhouse.dev/storage"
)

// Domain is a name under which a pool is served beside its own address (Cognito
// DomainDescriptionType): a prefix, whose host is PREFIX.HOST of public_url, or a
// host name of one's own, which has a dot.
type Domain struct {
	Name           string          `json:"domain"` // lower-case
	PoolID         PoolID          `json:"user_pool_id"`
	Custom         json.RawMessage `json:"custom_domain_config,omitempty"` // as it came
	LoginVersion   int             `json:"managed_login_version"`          // 1, 2: given back
	Routing        json.RawMessage `json:"routing,omitempty"`              // as it came
	CreatedAt      time.Time       `json:"creation_date"`
	LastModifiedAt time.Time       `json:"last_modified_date"`
}

// IsCustom says that a domain is a host name of its own, and no prefix.
func IsCustom(name string) bool { return strings.Contains(name, ".") }

var poolDomains = storage.Collection[Domain]{
	Name: "domain", Format: 1,
	ID: func(d *Domain) []any { return []any{d.Name} },
	Indexes: []storage.Index[Domain]{
		{Name: "pool", Of: func(d *Domain) []any { return []any{string(d.PoolID)} }},
	},
	Decoded: storage.Remember[Domain](64),
}

func domainsOf(r storage.Reader, pool PoolID) ([]Domain, error) {
	return poolDomains.List(r, storage.Page{Index: "pool", Prefix: []any{string(pool)}})
}

// The forms of a domain: one label of a host name, or several of which the last is
// no number, so that no address is meant.
var (
	prefixForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	customForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// ValidateDomain holds the name of a domain against its form, and against the
// names that are the server's own: with their ports, as in public_url and hosts.
func ValidateDomain(name string, d *Domain, own []string) error {
	host, custom := name, IsCustom(name)
	if main := hostOnly(own); !custom && len(main) > 0 {
		host = name + "." + main[0]
	}
	return firstBroken("ValidateDomain", []setting{
		{"domain", len(name) <= 253 && (prefixForm.MatchString(name) || customForm.MatchString(name)), "must be a prefix such as acme, or a host name such as auth.example.test, in lower case"},
		{"domain", !slices.Contains(hostOnly(own), host), "must not be a name of this server itself"},
		{"custom_domain_config", custom || d == nil || d.Custom == nil, "is for a host name such as auth.example.test, not for a prefix"},
	})
}

func hostOnly(hosts []string) []string {
	names := make([]string, len(hosts))
	for i, host := range hosts {
		at := url.URL{Host: strings.ToLower(host)}
		names[i] = at.Hostname()
	}
	return names
}

// ownHosts are the names that the server answers as itself, that of public_url first.
func (c *Core) ownHosts() []string { return append([]string{c.Host()}, c.Hosts...) }

// DomainHost answers the host name of a domain, without port.
func (c *Core) DomainHost(name string) string {
	if IsCustom(name) {
		return name
	}
	return name + "." + c.Host()
}

// DomainOrigin answers scheme and host of a domain: with the scheme and port of
// public_url, as everything of this server.
func (c *Core) DomainOrigin(name string) string {
	at, err := url.Parse(c.PublicURL)
	if err != nil {
		return ""
	}
	own := at.Hostname()
	return at.Scheme + "://" + c.DomainHost(name) + strings.TrimPrefix(strings.TrimPrefix(at.Host, "["+own+"]"), own)
}

// Origins are where the pool's pages are, as browsers name it: public_url and the
// pool's domains.
func (c *Core) Origins(p *Pool) []string {
	all := []string{c.PublicURL}
	for _, name := range p.Domains {
		all = append(all, c.DomainOrigin(name))
	}
	return all
}

// LetterOrigin answers where the links of a letter lead: back to the host name of
// the pool's own that it was asked for at, while it is one, and there too where no
// page has asked. "" is the pool's address below public_url: a prefix that nobody
// made a DNS record for, or that is another machine's, gets no secrets.
func (c *Core) LetterOrigin(p *Pool, asked string) string {
	for _, name := range p.Domains {
		if at := c.DomainOrigin(name); IsCustom(name) && (asked == at || asked == "") {
			return at
		}
	}
	return ""
}

// twin is the other spelling of what may be one host: a prefix, or a host name
// directly below the one of public_url.
func (c *Core) twin(name string) string {
	if !IsCustom(name) {
		return c.DomainHost(name)
	}
	if prefix, below := strings.CutSuffix(name, "."+c.Host()); below && !IsCustom(prefix) {
		return prefix
	}
	return ""
}

// PoolAt answers the pool that a host name without port belongs to; false where it
// is no pool's. It is asked with every request to such a host: one or two reads by
// key, and never older than the store on whatever node the domain was made.
func (s *Settings) PoolAt(ctx context.Context, host string) (pool PoolID, found bool, err error) {
	if len(host) > 253 || !customForm.MatchString(host) {
		return "", false, nil
	}
	err = s.Store.View(ctx, func(r storage.Reader) error {
		for d, err := range s.holders(r, host) {
			pool, found = d.PoolID, err == nil
			return err
		}
		return nil
	})
	return pool, found, err
}

// CreateDomain gives a pool a prefix or a host name, at most one of each.
// AlreadyExists says that the name is taken, NotAllowed that the pool has one.
func (s *Settings) CreateDomain(ctx context.Context, d Domain) (Domain, error) {
	const op = "Settings.CreateDomain"
	if err := ValidateDomain(d.Name, &d, s.ownHosts()); err != nil {
		return d, err
	}
	d.CreatedAt = s.Now()
	d.LastModifiedAt = d.CreatedAt
	err := s.update(ctx, func(w storage.Writer) (*Error, error) {
		p, err := s.GetPool(w, d.PoolID)
		if err != nil {
			return nil, err
		}
		same := func(other string) bool { return other != d.Name && IsCustom(other) == IsCustom(d.Name) }
		if slices.ContainsFunc(p.Domains, same) {
			return refuse(op, NotAllowed), nil
		}
		if err := s.insertDomain(w, d); errors.Is(err, storage.ErrExists) {
			return refuse(op, AlreadyExists), nil
		} else if err != nil {
			return nil, err
		}
		p.Domains = append(slices.Clone(p.Domains), d.Name)
		return nil, s.keepPool(ctx, w, p, "create_domain")
	})
	return d, err
}

// TakeDomain gives a pool a domain whoever has it, in whichever spelling, and in the
// place of the pool's own of that kind. It is for those who run the server: what they
// wrote down must not depend on which names somebody has thought of before.
func (s *Settings) TakeDomain(ctx context.Context, d Domain) error {
	if err := ValidateDomain(d.Name, &d, s.ownHosts()); err != nil {
		return err
	}
	d.CreatedAt = s.Now()
	d.LastModifiedAt = d.CreatedAt
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		inTheWay, err := s.rivals(w, d)
		if err != nil {
			return nil, err
		}
		for _, other := range inTheWay {
			if err := s.loseDomain(ctx, w, other, d); err != nil {
				return nil, err
			}
		}
		p, err := s.GetPool(w, d.PoolID)
		if err != nil {
			return nil, err
		}
		p.Domains = append(slices.Clone(p.Domains), d.Name)
		return nil, errors.Join(s.insertDomain(w, d), s.keepPool(ctx, w, p, "create_domain"))
	})
}

// DomainHolder answers the domain that has the host of a name, in whichever
// spelling, or ResourceNotFound.
func (s *Settings) DomainHolder(ctx context.Context, name string) (d Domain, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) error {
		for d, err = range s.holders(r, name) {
			return err
		}
		return refuse("Settings.DomainHolder", ResourceNotFound)
	})
	return d, err
}

// holders are the domains that have the host of a name, in whichever spelling; the
// second is looked for only by whoever wants it.
func (c *Core) holders(r storage.Reader, name string) iter.Seq2[Domain, error] {
	return func(yield func(Domain, error) bool) {
		for _, spelling := range []string{name, c.twin(name)} {
			if spelling == "" {
				return
			}
			d, err := poolDomains.Get(r, spelling)
			if !errors.Is(err, storage.ErrNotFound) && !yield(d, err) {
				return
			}
		}
	}
}

// rivals are what has to go for a domain to be there: whoever has its host, and the
// pool's own of its kind.
func (c *Core) rivals(r storage.Reader, d Domain) (all []Domain, err error) {
	for other, err := range c.holders(r, d.Name) {
		if err != nil {
			return nil, err
		}
		all = append(all, other)
	}
	own, err := domainsOf(r, d.PoolID)
	for _, other := range own {
		listed := slices.ContainsFunc(all, func(o Domain) bool { return o.Name == other.Name })
		if IsCustom(other.Name) == IsCustom(d.Name) && !listed {
			all = append(all, other)
		}
	}
	return all, err
}

// loseDomain takes a domain from its pool for another, and says so in the pool's audit.
func (s *Settings) loseDomain(ctx context.Context, w storage.Writer, d, to Domain) error {
	p, err := s.GetPool(w, d.PoolID)
	if err != nil {
		return err
	}
	p.Domains = slices.DeleteFunc(slices.Clone(p.Domains), func(other string) bool { return other == d.Name })
	deed := adminDeed(ctx, "delete_domain")
	return errors.Join(poolDomains.Delete(w, d.Name), pools.Put(w, p), bumpRevision(w, p.ID),
		audit.Write(w, s.event(deed.Action, audit.OK, attempt{PoolID: p.ID}, Origin{}, func(e *audit.Event) {
			e.Detail = map[string]string{"domain": d.Name, "for": to.Name, "for_pool": string(to.PoolID)}
			maps.Copy(e.Detail, deed.Detail)
		})))
}

// insertDomain stores a domain whose host is no other's, in whichever spelling.
func (s *Settings) insertDomain(w storage.Writer, d Domain) error {
	for _, err := range s.holders(w, d.Name) {
		return errors.Join(err, storage.ErrExists)
	}
	return poolDomains.Insert(w, d)
}

// Domain answers a domain by its name, or ResourceNotFound.
func (s *Settings) Domain(ctx context.Context, name string) (d Domain, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) (err error) {
		d, err = getDomain(r, "Settings.Domain", name)
		return err
	})
	return d, err
}

func getDomain(r storage.Reader, op, name string) (Domain, error) {
	d, err := poolDomains.Get(r, strings.ToLower(name))
	if errors.Is(err, storage.ErrNotFound) {
		return d, refuse(op, ResourceNotFound)
	}
	return d, err
}

// Domains answers the domains of a pool by name.
func (s *Settings) Domains(ctx context.Context, pool PoolID) (all []Domain, err error) {
	err = s.Store.View(ctx, func(r storage.Reader) (err error) {
		all, err = domainsOf(r, pool)
		return err
	})
	return all, err
}

// ChangeDomain changes a domain of the pool; its name and pool stay.
func (s *Settings) ChangeDomain(ctx context.Context, pool PoolID, name string, change func(*Domain)) (d Domain, err error) {
	err = s.onDomain(ctx, "Settings.ChangeDomain", pool, name, func(w storage.Writer, found Domain, _ Pool) error {
		d = found
		change(&d)
		d.Name, d.PoolID, d.CreatedAt, d.LastModifiedAt = found.Name, pool, found.CreatedAt, s.Now()
		return errors.Join(poolDomains.Put(w, d), s.recordSetting(ctx, w, pool, "", "update_domain"))
	})
	return d, err
}

// DeleteDomain takes a domain from its pool. The next request to its host is
// refused.
func (s *Settings) DeleteDomain(ctx context.Context, pool PoolID, name string) error {
	return s.onDomain(ctx, "Settings.DeleteDomain", pool, name, func(w storage.Writer, d Domain, p Pool) error {
		p.Domains = slices.DeleteFunc(slices.Clone(p.Domains), func(other string) bool { return other == d.Name })
		return errors.Join(poolDomains.Delete(w, d.Name), s.keepPool(ctx, w, p, "delete_domain"))
	})
}

func (s *Settings) onDomain(ctx context.Context, op string, pool PoolID, name string, do func(storage.Writer, Domain, Pool) error) error {
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		p, err := s.GetPool(w, pool)
		if err != nil {
			return nil, err
		}
		d, err := getDomain(w, op, name)
		if err != nil {
			return nil, err
		}
		if d.PoolID != pool {
			return refuse(op, ResourceNotFound), nil
		}
		return nil, do(w, d, p)
	})
}
