package cognito

import (
	"context"
	"encoding/json"

	"poolhouse.dev/identity"
)

// LogDelivery is LogDeliveryConfigurationType, and the input of
// SetLogDeliveryConfiguration. What happens stands in the log and the audit
// anyway. What the file maps an ARN to for this pool gets entries as AWS writes them;
// any other ARN is given back as it came.
type LogDelivery struct {
	UserPoolID        identity.PoolID `json:"UserPoolId"`
	LogConfigurations json.RawMessage `json:"LogConfigurations"`
}

// LogDeliveryResponse is the output of both operations.
type LogDeliveryResponse struct {
	LogDeliveryConfiguration LogDelivery `json:"LogDeliveryConfiguration"`
}

func logDelivery(p *identity.Pool) LogDeliveryResponse {
	out := LogDelivery{p.ID, p.Beside.Given(identity.LogDeliveries)}
	if out.LogConfigurations == nil {
		out.LogConfigurations = json.RawMessage("[]")
	}
	return LogDeliveryResponse{out}
}

func (h *Handler) getLogDeliveryConfiguration(ctx context.Context, in OnePool) (LogDeliveryResponse, error) {
	p, err := h.Settings.Pool(ctx, in.UserPoolID)
	return logDelivery(&p), err
}

func (h *Handler) setLogDeliveryConfiguration(ctx context.Context, in LogDelivery) (LogDeliveryResponse, error) {
	p, err := h.Settings.SetLogDeliveries(ctx, in.UserPoolID, in.LogConfigurations)
	return logDelivery(&p), err
}
