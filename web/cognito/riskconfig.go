package cognito

import (
	"context"
	"encoding/json"

	"poolhouse.dev/identity"
)

// RiskConfiguration is RiskConfigurationType. Of AccountTakeover's mails none
// has a text here: NotifyConfiguration is taken and not used.
type RiskConfiguration struct {
	UserPoolID       identity.PoolID      `json:"UserPoolId"`
	ClientID         identity.ClientID    `json:"ClientId,omitempty"`
	Compromised      *CompromisedRisk     `json:"CompromisedCredentialsRiskConfiguration,omitempty"`
	AccountTakeover  *AccountTakeoverRisk `json:"AccountTakeoverRiskConfiguration,omitempty"`
	Exceptions       *RiskExceptions      `json:"RiskExceptionConfiguration,omitempty"`
	LastModifiedDate *Timestamp           `json:"LastModifiedDate,omitempty"`
}

// CompromisedRisk is CompromisedCredentialsRiskConfigurationType.
type CompromisedRisk struct {
	EventFilter []string `json:"EventFilter,omitempty"`
	Actions     struct {
		EventAction string `json:"EventAction,omitempty"`
	} `json:"Actions"`
}

// AccountTakeoverRisk is AccountTakeoverRiskConfigurationType.
type AccountTakeoverRisk struct {
	NotifyConfiguration json.RawMessage `json:"NotifyConfiguration,omitempty"`
	Actions             struct {
		Low    *RiskAction `json:"LowAction,omitempty"`
		Medium *RiskAction `json:"MediumAction,omitempty"`
		High   *RiskAction `json:"HighAction,omitempty"`
	} `json:"Actions"`
}

// RiskAction is AccountTakeoverActionType.
type RiskAction struct {
	Notify      bool   `json:"Notify"`
	EventAction string `json:"EventAction"`
}

// RiskExceptions is RiskExceptionConfigurationType.
type RiskExceptions struct {
	Blocked []string `json:"BlockedIPRangeList,omitempty"`
	Skipped []string `json:"SkippedIPRangeList,omitempty"`
}

// RiskRequest is the input of DescribeRiskConfiguration.
type RiskRequest struct {
	UserPoolID identity.PoolID   `json:"UserPoolId"`
	ClientID   identity.ClientID `json:"ClientId,omitempty"`
}

// SetRiskRequest is the input of SetRiskConfiguration; what it does not name
// takes its default.
type SetRiskRequest struct {
	UserPoolID      identity.PoolID      `json:"UserPoolId"`
	ClientID        identity.ClientID    `json:"ClientId,omitempty"`
	Compromised     *CompromisedRisk     `json:"CompromisedCredentialsRiskConfiguration,omitempty"`
	AccountTakeover *AccountTakeoverRisk `json:"AccountTakeoverRiskConfiguration,omitempty"`
	Exceptions      *RiskExceptions      `json:"RiskExceptionConfiguration,omitempty"`
}

// RiskResponse is the output of both.
type RiskResponse struct {
	RiskConfiguration RiskConfiguration `json:"RiskConfiguration"`
}

// forPool refuses the settings of one client: risk is the pool's.
func forPool(client identity.ClientID) error {
	if client != "" {
		return invalid("ClientId", "is not taken; risk is configured for the whole pool")
	}
	return nil
}

func (h *Handler) describeRiskConfiguration(ctx context.Context, in RiskRequest) (RiskResponse, error) {
	if err := forPool(in.ClientID); err != nil {
		return RiskResponse{}, err
	}
	p, err := h.Settings.Pool(ctx, in.UserPoolID)
	return RiskResponse{riskConfigurationOf(&p)}, err
}

func (h *Handler) setRiskConfiguration(ctx context.Context, in SetRiskRequest) (RiskResponse, error) {
	if err := forPool(in.ClientID); err != nil {
		return RiskResponse{}, err
	}
	p, err := h.Settings.Pool(ctx, in.UserPoolID)
	if err != nil {
		return RiskResponse{}, err
	}
	p.Risk = in.configuration()
	p, err = h.Settings.PutPool(ctx, p)
	return RiskResponse{riskConfigurationOf(&p)}, err
}

func (in *SetRiskRequest) configuration() (out identity.RiskConfiguration) {
	if c := in.Compromised; c != nil {
		out.Compromised.EventFilter, out.Compromised.Actions.EventAction = c.EventFilter, c.Actions.EventAction
	}
	if t := in.AccountTakeover; t != nil {
		for to, from := range map[*identity.RiskAction]*RiskAction{
			&out.AccountTakeover.Actions.Low: t.Actions.Low, &out.AccountTakeover.Actions.Medium: t.Actions.Medium, &out.AccountTakeover.Actions.High: t.Actions.High,
		} {
			if from != nil {
				to.EventAction, to.Notify = from.EventAction, from.Notify
			}
		}
	}
	if e := in.Exceptions; e != nil {
		out.Exceptions = identity.RiskExceptions{Blocked: e.Blocked, Skipped: e.Skipped}
	}
	return out
}

func riskConfigurationOf(p *identity.Pool) RiskConfiguration {
	out := RiskConfiguration{
		UserPoolID: p.ID, LastModifiedDate: stamp(p.ModifiedAt), AccountTakeover: &AccountTakeoverRisk{},
		Compromised: &CompromisedRisk{EventFilter: p.Risk.Compromised.EventFilter},
		Exceptions:  &RiskExceptions{Blocked: p.Risk.Exceptions.Blocked, Skipped: p.Risk.Exceptions.Skipped},
	}
	out.Compromised.Actions.EventAction = p.Risk.Compromised.Actions.EventAction
	from, to := p.Risk.AccountTakeover.Actions, &out.AccountTakeover.Actions
	to.Low, to.Medium, to.High = actionOf(from.Low), actionOf(from.Medium), actionOf(from.High)
	return out
}

// actionOf leaves out a level that nobody set.
func actionOf(a identity.RiskAction) *RiskAction {
	if a == (identity.RiskAction{}) {
		return nil
	}
	return &RiskAction{Notify: a.Notify, EventAction: a.EventAction}
}
