package cognito

import (
	"context"
	"slices"

	"poolhouse.dev/identity"
)

// listUserPools answers all pools in one page: there are few. The one that
// answers at the root stands first.
func (h *Handler) listUserPools(ctx context.Context, in ListUserPoolsRequest) (ListUserPoolsResponse, error) {
	out := ListUserPoolsResponse{UserPools: []PoolDescription{}}
	if in.MaxResults < 1 || in.MaxResults > maxPage {
		return out, invalid("MaxResults", "is 1 to 60")
	}
	found, err := h.Settings.Pools(ctx)
	slices.SortStableFunc(found, func(a, b identity.Pool) int { return h.rank(a) - h.rank(b) })
	c := callerOf(ctx)
	for _, p := range found {
		if !c.sees(p.ID) {
			continue
		}
		out.UserPools = append(out.UserPools, PoolDescription{
			ID: p.ID, Name: p.Name, CreationDate: stamp(p.CreatedAt), LastModifiedDate: stamp(p.ModifiedAt),
		})
	}
	return out, err
}

func (h *Handler) rank(p identity.Pool) int {
	if p.ID == h.First {
		return 0
	}
	return 1
}
