package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

// RebindIdentityProviderRequest is the input of RebindIdentityProvider. The
// provider stands there as in OneProvider.
type RebindIdentityProviderRequest struct {
	UserPoolID   identity.PoolID `json:"UserPoolId"`
	ProviderName string          `json:"ProviderName"`
	FromIssuer   string          `json:"FromIssuer"` // what the identities are bound to now
}

// RebindIdentityProviderResponse is its output.
type RebindIdentityProviderResponse struct {
	Identities int `json:"Identities"` // how many are bound anew at their next sign-in
}

// rebindIdentityProvider frees the identities of a provider that has moved to
// another issuer, where the same people have the same keys.
func (h *Handler) rebindIdentityProvider(ctx context.Context, in RebindIdentityProviderRequest) (RebindIdentityProviderResponse, error) {
	if err := required("FromIssuer", in.FromIssuer); err != nil {
		return RebindIdentityProviderResponse{}, err
	}
	freed, err := h.Admin.RebindProvider(ctx, in.UserPoolID, in.ProviderName, in.FromIssuer)
	return RebindIdentityProviderResponse{Identities: freed}, err
}
