package cognito

import (
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
	FeedbackValue string `json:"FeedbackValue"` // Invalid: the person said that it was not them
	Provider      string `json:"Provider"`
}

func (h *Handler) adminListUserAuthEvents(ctx context.Context, in AdminListUserAuthEventsRequest) (AdminListUserAuthEventsResponse, error) {
	out := AdminListUserAuthEventsResponse{AuthEvents: []AuthEvent{}}
	page, err := pageOf(in.MaxResults, in.NextToken, "NextToken")
	if err != nil {
		return out, err
	}
	found, next, err := h.Admin.Events(ctx, in.UserPoolID, in.Username, page)
	for i := range found {
		out.AuthEvents = append(out.AuthEvents, eventOf(&found[i]))
	}
	out.NextToken = tokenOf(next)
	return out, err
}

func eventOf(e *identity.SignInEvent) AuthEvent {
	out := AuthEvent{
		EventID: e.ID, EventType: "SignIn", CreationDate: stamp(e.At), EventResponse: e.Response, EventRisk: riskOf(e),
		ChallengeResponses: challengesOf(e), ClientID: e.ClientID, Factors: e.Factors, Reason: e.Reason,
		EventContextData: EventContext{IPAddress: e.Address, DeviceName: e.UserAgent, City: e.City, Country: e.Country},
	}
	if e.Feedback != "" {
		out.EventFeedback = &EventFeedback{FeedbackValue: e.Feedback, Provider: "User"}
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
func challengesOf(e *identity.SignInEvent) []ChallengeResponse {
	var out []ChallengeResponse
	for _, f := range e.Factors {
		name := "Mfa"
		if f == identity.FactorPassword {
			name = "Password"
		}
		if one := (ChallengeResponse{name, "Success"}); !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	switch e.Reason {
	case identity.IncorrectPassword:
		out = append(out, ChallengeResponse{"Password", "Failure"})
	case identity.CodeMismatch, identity.PasskeyRefused, identity.PasskeyUnknown:
		out = append(out, ChallengeResponse{"Mfa", "Failure"})
	}
	return out
}
