package identity

import (
	"context"
	"errors"
	"reflect"

	"poolhouse.dev/storage"
)

// ChangePool changes a pool that is there, in one transaction. change assigns
// members and never writes into what they hold: readers share it. It may run
// more than once. The rules are PutPool's.
func (s *Settings) ChangePool(ctx context.Context, id PoolID, change func(*Pool) error) (Pool, error) {
	const op = "Settings.ChangePool"
	if err := s.triggersOfChange(ctx, id, change); err != nil {
		return Pool{}, err
	}
	var after Pool
	err := s.update(ctx, func(w storage.Writer) (*Error, error) {
		before, err := s.GetPool(w, id)
		if err != nil {
			return nil, err
		}
		after = before
		if err := change(&after); err != nil {
			return nil, err
		}
		after.ID, after.CreatedAt, after.ModifiedAt, after.Domains = id, before.CreatedAt, s.Now(), before.Domains
		err = errors.Join(ValidatePool(&after), validateDemand(&after, s.PublicURL), fixed(w, op, &before, &after), stillDemanded(w, op, &after))
		if err != nil {
			return nil, err
		}
		return nil, s.keepPool(ctx, w, after, "update_pool")
	})
	return after, err
}

// triggersOfChange holds triggers that a change attaches against what is there,
// with nothing open.
func (s *Settings) triggersOfChange(ctx context.Context, id PoolID, change func(*Pool) error) error {
	before, err := s.Pool(ctx, id)
	if err != nil {
		return err
	}
	after := before
	if err := change(&after); err != nil || reflect.DeepEqual(before.LambdaConfig, after.LambdaConfig) {
		return err
	}
	return s.checkTriggers(ctx, &after)
}

func (s *Settings) keepPool(ctx context.Context, w storage.Writer, p Pool, action string) error {
	if err := pools.Put(w, p); err != nil {
		return err
	}
	return s.recordSetting(ctx, w, p.ID, "", action)
}

// ChangeClient is ChangePool for an app client; its pool is there to look at.
func (s *Settings) ChangeClient(ctx context.Context, pool PoolID, id ClientID, change func(*Pool, *Client) error) (Client, error) {
	const op = "Settings.ChangeClient"
	var after Client
	err := s.update(ctx, func(w storage.Writer) (*Error, error) {
		p, before, err := s.reopen(w, op, pool, id)
		if err != nil {
			return nil, err
		}
		after = before
		if err := change(&p, &after); err != nil {
			return nil, err
		}
		after.PoolID, after.ID, after.CreatedAt, after.ModifiedAt = pool, id, before.CreatedAt, s.Now()
		if err := errors.Join(ValidateClient(&p, &after), ValidateClientSite(&p, &after, s.PublicURL)); err != nil {
			return nil, err
		}
		if err := clients.Put(w, after); err != nil {
			return nil, err
		}
		return nil, s.recordSetting(ctx, w, pool, id, "update_client")
	})
	return after, err
}

// CreatePool makes a pool under a new id, which begins with the region and "_".
func (s *Settings) CreatePool(ctx context.Context, region string, p Pool) (Pool, error) {
	p.ID = PoolID(region + "_" + randomText("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 9))
	if err := errors.Join(ValidatePool(&p), validateDemand(&p, s.PublicURL)); err != nil {
		return Pool{}, err
	}
	if err := s.checkTriggers(ctx, &p); err != nil {
		return Pool{}, err
	}
	err := s.update(ctx, func(w storage.Writer) (*Error, error) {
		p.CreatedAt = s.Now()
		p.ModifiedAt = p.CreatedAt
		if err := pools.Insert(w, p); err != nil {
			return nil, err
		}
		return nil, s.recordSetting(ctx, w, p.ID, "", "create_pool")
	})
	return p, err
}
