package cognito

import (
	"encoding/json"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/trigger"
)

// Trigger is one trigger that a pool has attached.
type Trigger struct {
	Name     trigger.Kind `json:"Name"`
	Target   string       `json:"Target"`  // without user and query of a URL
	Runs     string       `json:"RunsAs"`  // script, webhook, lambda; "" when it is not known
	Version  string       `json:"Version"` // of its event: V1_0 …
	Problem  string       `json:"Problem,omitempty"`
	LastRun  *Timestamp   `json:"LastRun,omitempty"`
	LastWent string       `json:"LastOutcome,omitempty"`
}

// ListTriggersResponse is the output of ListTriggers.
type ListTriggersResponse struct {
	Triggers []Trigger `json:"Triggers"`
}

// TestTriggerRequest is the input of TestTrigger. What the event leaves out
// besides its request is filled in.
type TestTriggerRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Name       string          `json:"Name"`
	Event      json.RawMessage `json:"Event"`
}

// TestTriggerResponse is its output: what happened, whatever that was.
type TestTriggerResponse struct {
	Run      TriggerRun      `json:"Run"`
	Response json.RawMessage `json:"Response,omitempty"` // the event's response, when there is one
}

// ListTriggerRunsRequest is the input of ListTriggerRuns.
type ListTriggerRunsRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Name       string          `json:"Name,omitempty"`       // "" is all triggers
	MaxResults int             `json:"MaxResults,omitempty"` // 0 is all that are kept
}

// ListTriggerRunsResponse is its output, newest first.
type ListTriggerRunsResponse struct {
	Runs []TriggerRun `json:"Runs"`
}

// TriggerRun is what happened when a trigger was asked. Nothing secret of the
// event is in it, but for what TestTrigger answers of its own.
type TriggerRun struct {
	ID           string       `json:"Id"`
	Name         trigger.Kind `json:"Name"`
	Source       string       `json:"TriggerSource"`
	Target       string       `json:"Target"`
	At           *Timestamp   `json:"At"`
	Milliseconds int64        `json:"Milliseconds"`
	Tries        int          `json:"Tries"`
	Outcome      string       `json:"Outcome"` // answered, refused, failed, malformed
	Message      string       `json:"Message,omitempty"`
	Console      []string     `json:"Console,omitempty"`
	Test         bool         `json:"Test,omitempty"`
}
