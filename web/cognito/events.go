package cognito

import (
	"cmp"
	"context"
	"slices"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/risk"
)

// AdminListUserAuthEventsRequest is the input of AdminListUserAuthEvents.
type AdminListUserAuthEventsRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Username   string          `json:"Username"`
	MaxResults int             `json:"MaxResults,omitempty"`
	NextToken  string          `json:"NextToken,omitempty"`
}

// AdminUpdateAuthEventFeedbackRequest is the input of AdminUpdateAuthEventFeedback.
type AdminUpdateAuthEventFeedbackRequest struct {
	UserPoolID    identity.PoolID `json:"UserPoolId"`
	Username      string          `json:"Username"`
	EventID       string          `json:"EventId"`
	FeedbackValue string          `json:"FeedbackValue"` // Valid, Invalid
}

// AdminListUserAuthEventsResponse is its output, newest first.
type AdminListUserAuthEventsResponse struct {
	AuthEvents []AuthEvent `json:"AuthEvents"`
	NextToken  string      `json:"NextToken,omitempty"`
}

// AuthEvent is AuthEventType. ClientId, Factors and Reason are our own.
type AuthEvent struct {
	EventID            string              `json:"EventId"`
	EventType          string              `json:"EventType"` // SignIn
	CreationDate       *Timestamp          `json:"CreationDate,omitempty"`
	EventResponse      string              `json:"EventResponse"` // Pass, Fail
	EventRisk          EventRisk           `json:"EventRisk"`
	ChallengeResponses []ChallengeResponse `json:"ChallengeResponses,omitempty"`
	EventContextData   EventContext        `json:"EventContextData"`
	EventFeedback      *EventFeedback      `json:"EventFeedback,omitempty"`
	ClientID           identity.ClientID   `json:"ClientId,omitempty"`
	Factors            []identity.Factor   `json:"Factors,omitempty"` // what was proven, in order
	Reason             identity.Code       `json:"Reason,omitempty"`  // why it failed
}

// EventRisk is EventRiskType. Score and Reasons are our own.
type EventRisk struct {
	RiskDecision                   string   `json:"RiskDecision"`        // NoRisk, AccountTakeover, Block
	RiskLevel                      string   `json:"RiskLevel,omitempty"` // Low, Medium, High
	CompromisedCredentialsDetected bool     `json:"CompromisedCredentialsDetected"`
	Score                          int      `json:"Score,omitempty"`
	Reasons                        []string `json:"Reasons,omitempty"`
}

// ChallengeResponse is ChallengeResponseType.
type ChallengeResponse struct {
	ChallengeName     string `json:"ChallengeName"`     // Password, Mfa
	ChallengeResponse string `json:"ChallengeResponse"` // Success, Failure
}

// EventContext is EventContextDataType.
type EventContext struct {
	IPAddress  string `json:"IpAddress,omitempty"`
	DeviceName string `json:"DeviceName,omitempty"`
	City       string `json:"City,omitempty"`
	Country    string `json:"Country,omitempty"`
}

// EventFeedback is EventFeedbackType.
type EventFeedback struct {
	FeedbackValue string     `json:"FeedbackValue"` // Invalid: it was not them
	Provider      string     `json:"Provider"`      // User, Admin
	FeedbackDate  *Timestamp `json:"FeedbackDate,omitempty"`
}

func (h *Handler) adminListUserAuthEvents(ctx context.Context, in AdminListUserAuthEventsRequest) (AdminListUserAuthEventsResponse, error) {
	out := AdminListUserAuthEventsResponse{AuthEvents: []AuthEvent{}}
	list := listing{operation: "AdminListUserAuthEvents", pool: in.UserPoolID, asked: []string{in.Username}, member: "NextToken"}
	page, err := h.pageAt(list, in.MaxResults, in.NextToken)
	if err == nil {
		err = h.weighsRisk(ctx, in.UserPoolID)
	}
	if err != nil {
		return out, err
	}
	found, next, err := h.Admin.Events(ctx, in.UserPoolID, in.Username, page)
	for i := range found {
		out.AuthEvents = append(out.AuthEvents, eventOf(&found[i]))
	}
	out.NextToken = h.pageFrom(list, next)
	return out, err
}

// weighsRisk refuses a pool that keeps no sign-ins.
func (h *Handler) weighsRisk(ctx context.Context, pool identity.PoolID) error {
	p, err := h.Settings.Pool(ctx, pool)
	if err == nil && p.AddOns.AdvancedSecurityMode == "OFF" {
		err = exception("UserPoolAddOnNotEnabledException", "Threat protection is not enabled for this user pool.")
	}
	return err
}

func (h *Handler) adminUpdateAuthEventFeedback(ctx context.Context, in AdminUpdateAuthEventFeedbackRequest) (done, error) {
	if err := h.weighsRisk(ctx, in.UserPoolID); err != nil {
		return done{}, err
	}
	return done{}, h.Admin.Feedback(ctx, in.UserPoolID, in.Username, in.EventID, in.FeedbackValue)
}

func eventOf(e *identity.SignInEvent) AuthEvent {
	out := AuthEvent{
		EventID: e.ID, EventType: "SignIn", CreationDate: stamp(e.At), EventResponse: e.Response, EventRisk: riskOf(e),
		ChallengeResponses: challengesOf(e), ClientID: e.ClientID, Factors: e.Factors, Reason: e.Reason,
		EventContextData: EventContext{IPAddress: e.Address, DeviceName: e.UserAgent, City: e.City, Country: e.Country},
	}
	if e.Feedback != "" {
		out.EventFeedback = &EventFeedback{FeedbackValue: e.Feedback, Provider: cmp.Or(e.FeedbackBy, "User"), FeedbackDate: stamp(e.FeedbackAt)}
	}
	return out
}

// riskLevels spells levels as Cognito's RiskLevelType does.
var riskLevels = map[string]string{risk.Low.String(): "Low", risk.Medium.String(): "Medium", risk.High.String(): "High"}

func riskOf(e *identity.SignInEvent) EventRisk {
	out := EventRisk{
		RiskDecision: "NoRisk", RiskLevel: riskLevels[e.Risk.Level], Score: e.Risk.Score, Reasons: e.Risk.Reasons,
		CompromisedCredentialsDetected: slices.Contains(e.Risk.Reasons, risk.ReasonBreachedPassword),
	}
	if out.RiskLevel != "" {
		out.RiskDecision = "AccountTakeover"
	}
	if e.Reason == identity.SignInBlocked {
		out.RiskDecision = "Block"
	}
	return out
}

// challengesOf answers what was proven, and what was answered wrong.
func challengesOf(e *identity.SignInEvent) (out []ChallengeResponse) {
	for _, one := range e.Challenges() {
		out = append(out, ChallengeResponse{one.Challenge, one.Response})
	}
	return out
}
