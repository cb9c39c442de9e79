package identity

import (
	"context"
	"slices"
)

func (p *Pool) serverAt(identifier string) int {
	return slices.IndexFunc(p.ResourceServers, func(s ResourceServer) bool { return s.Identifier == identifier })
}

// ResourceServer answers an API of the pool, or ResourceNotFound.
func (s *Settings) ResourceServer(ctx context.Context, pool PoolID, identifier string) (ResourceServer, error) {
	p, err := s.Pool(ctx, pool)
	if err != nil {
		return ResourceServer{}, err
	}
	at := p.serverAt(identifier)
	if at < 0 {
		return ResourceServer{}, refuse("Settings.ResourceServer", ResourceNotFound)
	}
	return p.ResourceServers[at], nil
}

// CreateResourceServer adds an API to a pool, or answers AlreadyExists.
func (s *Settings) CreateResourceServer(ctx context.Context, pool PoolID, server ResourceServer) error {
	_, err := s.ChangePool(ctx, pool, func(p *Pool) error {
		if p.serverAt(server.Identifier) >= 0 {
			return refuse("Settings.CreateResourceServer", AlreadyExists)
		}
		p.ResourceServers = append(slices.Clone(p.ResourceServers), server)
		return nil
	})
	return err
}

// UpdateResourceServer puts an API in the place of the one with its identifier.
func (s *Settings) UpdateResourceServer(ctx context.Context, pool PoolID, server ResourceServer) error {
	return s.onResourceServer(ctx, "Settings.UpdateResourceServer", pool, server.Identifier, func(all []ResourceServer, at int) []ResourceServer {
		all[at] = server
		return all
	})
}

// DeleteResourceServer takes an API from its pool. Clients that may ask for its
// scopes keep the names; nothing stands behind them any more.
func (s *Settings) DeleteResourceServer(ctx context.Context, pool PoolID, identifier string) error {
	return s.onResourceServer(ctx, "Settings.DeleteResourceServer", pool, identifier, func(all []ResourceServer, at int) []ResourceServer {
		return slices.Delete(all, at, at+1)
	})
}

func (s *Settings) onResourceServer(ctx context.Context, op string, pool PoolID, identifier string, do func([]ResourceServer, int) []ResourceServer) error {
	_, err := s.ChangePool(ctx, pool, func(p *Pool) error {
		at := p.serverAt(identifier)
		if at < 0 {
			return refuse(op, ResourceNotFound)
		}
		p.ResourceServers = do(slices.Clone(p.ResourceServers), at)
		return nil
	})
	return err
}
