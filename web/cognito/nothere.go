package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

// ReplicaRequest is the input of the operations about replicas.
type ReplicaRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
}

// noReplicas refuses: a pool lives in one place, which its store may well copy.
func (h *Handler) noReplicas(ctx context.Context, in ReplicaRequest) (done, error) {
	if _, err := h.Settings.Pool(ctx, in.UserPoolID); err != nil {
		return done{}, err
	}
	return done{}, exception("OperationNotEnabledException", "This server has no regions that a user pool could be replicated to.")
}

// noLimits refuses: how much a server answers is its machine's matter.
func (h *Handler) noLimits(context.Context, struct{}) (done, error) {
	return done{}, exception("ResourceNotFoundException", "This server provisions no request rates; limits stand in its settings.")
}
