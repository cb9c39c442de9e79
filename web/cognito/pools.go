package cognito

import (
	"context"
	"slices"

	"poolhouse.dev/identity"
)

// listUserPools answers those that the caller may see. The one that answers at the
// root stands first.
func (h *Handler) listUserPools(ctx context.Context, in ListUserPoolsRequest) (ListUserPoolsResponse, error) {
	out := ListUserPoolsResponse{UserPools: []PoolDescription{}}
	c := callerOf(ctx)
	found, err := h.Settings.Pools(ctx)
	if err != nil {
		return out, err
	}
	found = slices.DeleteFunc(found, func(p identity.Pool) bool { return !c.sees(p.ID) })
	slices.SortStableFunc(found, func(a, b identity.Pool) int { return h.rank(a) - h.rank(b) })
	list := listing{operation: "ListUserPools", asked: []string{string(c.Pool), string(c.At)}, member: "NextToken"}
	found, out.NextToken, err = shortPage(h, shortList[identity.Pool]{
		listing: list, key: func(p identity.Pool) string { return string(p.ID) }, limit: in.MaxResults, token: in.NextToken,
	}, found)
	for _, p := range found {
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
