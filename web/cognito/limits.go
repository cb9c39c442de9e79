package cognito

import (
	"context"
	"net/netip"

	"poolhouse.dev/identity"
)

// LimitsRequest is the input of ListLimits and ClearLimits: those of a user or
// of a name nobody has, of an address, or with neither of the pool and its clients.
type LimitsRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Username   string          `json:"Username,omitempty"`
	IPAddress  string          `json:"IpAddress,omitempty"`
}

// LimitsResponse is the output of both: the limits that refuse, or refused
// until they were cleared.
type LimitsResponse struct {
	Limits []ReachedLimit `json:"Limits"`
}

// ReachedLimit is a limit that refuses. docs/operate.md explains each by name.
type ReachedLimit struct {
	Limit string     `json:"Limit"`
	By    string     `json:"By"` // address, user, destination, client, pool
	Of    string     `json:"Of,omitempty"`
	Until *Timestamp `json:"Until,omitempty"`
}

// query reads the input.
func (in *LimitsRequest) query() (identity.LimitQuery, error) {
	q := identity.LimitQuery{Username: in.Username}
	if in.IPAddress == "" {
		return q, nil
	}
	if in.Username != "" {
		return q, invalid("IpAddress", "cannot stand beside Username")
	}
	at, err := netip.ParseAddr(in.IPAddress)
	if err != nil {
		return q, invalid("IpAddress", "is no address such as 192.0.2.7")
	}
	q.Address = at
	return q, nil
}

// limited runs one of the two.
func (in *LimitsRequest) limited(ctx context.Context, do func(context.Context, identity.PoolID, identity.LimitQuery) ([]identity.Reached, error)) (LimitsResponse, error) {
	out := LimitsResponse{Limits: []ReachedLimit{}}
	q, err := in.query()
	if err != nil {
		return out, err
	}
	found, err := do(ctx, in.UserPoolID, q)
	for _, r := range found {
		out.Limits = append(out.Limits, ReachedLimit{Limit: r.Limit, By: string(r.By), Of: r.Of, Until: stamp(r.Until)})
	}
	return out, err
}

func (h *Handler) listLimits(ctx context.Context, in LimitsRequest) (LimitsResponse, error) {
	return in.limited(ctx, h.Admin.Limits)
}

func (h *Handler) clearLimits(ctx context.Context, in LimitsRequest) (LimitsResponse, error) {
	return in.limited(ctx, h.Admin.ClearLimits)
}
