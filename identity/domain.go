package identity

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"poolhouse.dev/storage"
)

// Domain is a name of a pool (Cognito DomainDescriptionType): a prefix, or a host
// name of one's own. It is kept and leads nowhere by itself: the pool's pages are
// at its own address.
type Domain struct {
	Name           string          `json:"domain"`
	PoolID         PoolID          `json:"user_pool_id"`
	Custom         json.RawMessage `json:"custom_domain_config,omitempty"` // as it came; nil is a prefix
	LoginVersion   int             `json:"managed_login_version"`          // 1, 2: given back
	Routing        json.RawMessage `json:"routing,omitempty"`              // as it came
	CreatedAt      time.Time       `json:"creation_date"`
	LastModifiedAt time.Time       `json:"last_modified_date"`
}

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

// CreateDomain gives a pool a prefix or a host name, at most one of each.
// AlreadyExists says that the name is taken, NotAllowed that the pool has one.
func (s *Settings) CreateDomain(ctx context.Context, d Domain) (Domain, error) {
	const op = "Settings.CreateDomain"
	d.CreatedAt = s.Now()
	d.LastModifiedAt = d.CreatedAt
	err := s.update(ctx, func(w storage.Writer) (*Error, error) {
		if _, err := s.GetPool(w, d.PoolID); err != nil {
			return nil, err
		}
		all, err := domainsOf(w, d.PoolID)
		if err != nil {
			return nil, err
		}
		for _, other := range all {
			if other.Name != d.Name && (other.Custom == nil) == (d.Custom == nil) {
				return refuse(op, NotAllowed), nil
			}
		}
		err = poolDomains.Insert(w, d)
		if errors.Is(err, storage.ErrExists) {
			return refuse(op, AlreadyExists), nil
		}
		if err != nil {
			return nil, err
		}
		return nil, s.recordSetting(ctx, w, d.PoolID, "", "create_domain")
	})
	return d, err
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
	err = s.onDomain(ctx, "Settings.ChangeDomain", pool, name, "update_domain", func(w storage.Writer, found Domain) error {
		d = found
		change(&d)
		d.Name, d.PoolID, d.CreatedAt, d.LastModifiedAt = found.Name, pool, found.CreatedAt, s.Now()
		return poolDomains.Put(w, d)
	})
	return d, err
}

// DeleteDomain takes a domain from its pool.
func (s *Settings) DeleteDomain(ctx context.Context, pool PoolID, name string) error {
	return s.onDomain(ctx, "Settings.DeleteDomain", pool, name, "delete_domain", func(w storage.Writer, d Domain) error {
		return poolDomains.Delete(w, d.Name)
	})
}

func (s *Settings) onDomain(ctx context.Context, op string, pool PoolID, name, action string, do func(storage.Writer, Domain) error) error {
	return s.update(ctx, func(w storage.Writer) (*Error, error) {
		if _, err := s.GetPool(w, pool); err != nil {
			return nil, err
		}
		d, err := getDomain(w, op, name)
		if err != nil {
			return nil, err
		}
		if d.PoolID != pool {
			return refuse(op, ResourceNotFound), nil
		}
		if err := do(w, d); err != nil {
			return nil, err
		}
		return nil, s.recordSetting(ctx, w, pool, "", action)
	})
}
