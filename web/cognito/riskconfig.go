package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

// RiskConfiguration is RiskConfigurationType.
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
	NotifyConfiguration *NotifyConfiguration `json:"NotifyConfiguration,omitempty"`
	Actions             struct {
		Low    *RiskAction `json:"LowAction,omitempty"`
		Medium *RiskAction `json:"MediumAction,omitempty"`
		High   *RiskAction `json:"HighAction,omitempty"`
	} `json:"Actions"`
}

// NotifyConfiguration is NotifyConfigurationType. SourceArn is given back as it came.
type NotifyConfiguration struct {
	From          string       `json:"From,omitempty"`
	ReplyTo       string       `json:"ReplyTo,omitempty"`
	SourceArn     string       `json:"SourceArn,omitempty"`
	BlockEmail    *NotifyEmail `json:"BlockEmail,omitempty"`
	MFAEmail      *NotifyEmail `json:"MfaEmail,omitempty"`
	NoActionEmail *NotifyEmail `json:"NoActionEmail,omitempty"`
}

// NotifyEmail is NotifyEmailType.
type NotifyEmail struct {
	Subject  string `json:"Subject"`
	HTMLBody string `json:"HtmlBody,omitempty"`
	TextBody string `json:"TextBody,omitempty"`
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

func (h *Handler) describeRiskConfiguration(ctx context.Context, in RiskRequest) (RiskResponse, error) {
	p, err := h.Settings.Pool(ctx, in.UserPoolID)
	if err != nil || in.ClientID == "" {
		return poolRisk(&p), err
	}
	c, err := h.Settings.Client(ctx, in.UserPoolID, in.ClientID)
	return clientRisk(&c), err
}

func poolRisk(p *identity.Pool) RiskResponse {
	out := riskConfigurationOf(&p.Risk, p.Beside)
	out.UserPoolID, out.LastModifiedDate = p.ID, stamp(p.ModifiedAt)
	return RiskResponse{out}
}

func clientRisk(c *identity.Client) RiskResponse {
	risk := c.Risk
	if risk == nil {
		risk = &identity.RiskConfiguration{}
	}
	out := riskConfigurationOf(risk, c.Beside)
	out.UserPoolID, out.ClientID, out.LastModifiedDate = c.PoolID, c.ID, stamp(c.ModifiedAt)
	return RiskResponse{out}
}

// setRiskConfiguration sets the pool's, or what a client has in place of parts of it.
func (h *Handler) setRiskConfiguration(ctx context.Context, in SetRiskRequest) (RiskResponse, error) {
	if in.ClientID == "" {
		p, err := h.Settings.ChangePool(ctx, in.UserPoolID, func(p *identity.Pool) error {
			p.Risk, p.Beside = in.configuration(), p.Beside.Keep(in.keptSource())
			return nil
		})
		return poolRisk(&p), err
	}
	c, err := h.Settings.ChangeClient(ctx, in.UserPoolID, in.ClientID, func(_ *identity.Pool, c *identity.Client) error {
		risk := in.configuration()
		c.Risk, c.Beside = &risk, c.Beside.Keep(in.keptSource())
		if in.Compromised == nil && in.AccountTakeover == nil && in.Exceptions == nil {
			c.Risk = nil
		}
		return nil
	})
	return clientRisk(&c), err
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
		out.AccountTakeover.Notify = t.NotifyConfiguration.settings()
	}
	if e := in.Exceptions; e != nil {
		out.Exceptions = identity.RiskExceptions{Blocked: e.Blocked, Skipped: e.Skipped}
	}
	return out
}

// riskConfigurationOf leaves out the parts that nobody set.
func riskConfigurationOf(risk *identity.RiskConfiguration, b *identity.Beside) (out RiskConfiguration) {
	if c := risk.Compromised; c.Actions.EventAction != "" || len(c.EventFilter) > 0 {
		out.Compromised = &CompromisedRisk{EventFilter: c.EventFilter}
		out.Compromised.Actions.EventAction = c.Actions.EventAction
	}
	notify := notifyOf(&risk.AccountTakeover.Notify, b)
	if from := risk.AccountTakeover.Actions; from != (identity.RiskActions{}) || notify != nil {
		out.AccountTakeover = &AccountTakeoverRisk{NotifyConfiguration: notify}
		to := &out.AccountTakeover.Actions
		to.Low, to.Medium, to.High = actionOf(from.Low), actionOf(from.Medium), actionOf(from.High)
	}
	if e := risk.Exceptions; len(e.Blocked)+len(e.Skipped) > 0 {
		out.Exceptions = &RiskExceptions{Blocked: e.Blocked, Skipped: e.Skipped}
	}
	return out
}

// actionOf leaves out a level that nobody set.
func actionOf(a identity.RiskAction) *RiskAction {
	if a == (identity.RiskAction{}) {
		return nil
	}
	return &RiskAction{Notify: a.Notify, EventAction: a.EventAction}
}
