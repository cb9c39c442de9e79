package cognito

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/trigger"
)

// Triggers is what the operations need of what asks triggers.
type Triggers interface {
	Of(target string) (trigger.Function, error)
	Check(kind trigger.Kind, target string) error
	Test(context.Context, trigger.Call) (json.RawMessage, trigger.Run)
	Last(ctx context.Context, pool string, kind trigger.Kind, limit int) ([]trigger.Run, error)
	Reload()
}

func (h *Handler) listTriggers(ctx context.Context, in OnePool) (ListTriggersResponse, error) {
	out := ListTriggersResponse{Triggers: []Trigger{}}
	pool, err := h.Settings.Pool(ctx, in.UserPoolID)
	if err != nil {
		return out, err
	}
	for _, one := range pool.LambdaConfig.Attached() {
		t := Trigger{Name: one.Kind, Target: trigger.Shown(one.LambdaARN), Version: cmp.Or(one.LambdaVersion, "V1_0"), Runs: h.runsAs(one.LambdaARN)}
		if err := h.Triggers.Check(one.Kind, one.LambdaARN); err != nil {
			t.Problem = trigger.Bounded(err.Error(), 500)
		}
		last, err := h.Triggers.Last(ctx, string(pool.ID), one.Kind, 1)
		if err != nil {
			return out, err
		}
		for _, run := range last {
			t.LastRun, t.LastWent = stamp(run.At), string(run.Outcome)
		}
		out.Triggers = append(out.Triggers, t)
	}
	return out, nil
}

func (h *Handler) runsAs(target string) string {
	fn, err := h.Triggers.Of(target)
	switch {
	case err != nil:
		return ""
	case fn.Path != "":
		return "script"
	case fn.URL != "":
		return "webhook"
	}
	return "lambda"
}

// testTrigger asks what a pool has attached with an event of the caller's. Nothing
// follows from its answer.
func (h *Handler) testTrigger(ctx context.Context, in TestTriggerRequest) (TestTriggerResponse, error) {
	pool, err := h.Settings.Pool(ctx, in.UserPoolID)
	if err != nil {
		return TestTriggerResponse{}, err
	}
	kind, err := kindOf(in.Name)
	if err != nil {
		return TestTriggerResponse{}, err
	}
	to, attached := pool.LambdaConfig.Of(kind)
	if !attached {
		return TestTriggerResponse{}, exception("ResourceNotFoundException", "The pool has no "+string(kind)+" trigger.")
	}
	event, err := identity.SampleEvent(&pool, kind, in.Event)
	if err != nil {
		return TestTriggerResponse{}, invalid("Event", "is the JSON object that the trigger is given")
	}
	response, run := h.Triggers.Test(ctx, trigger.Call{Kind: kind, Target: to.LambdaARN, Event: event})
	return TestTriggerResponse{Run: runOf(&run), Response: response}, nil
}

func kindOf(name string) (trigger.Kind, error) {
	kind, ok := trigger.ParseKind(name)
	if !ok {
		var known []string
		for _, kind := range trigger.Kinds {
			known = append(known, string(kind))
		}
		return "", invalid("Name", "is one of "+strings.Join(known, ", "))
	}
	return kind, nil
}

func (h *Handler) listTriggerRuns(ctx context.Context, in ListTriggerRunsRequest) (ListTriggerRunsResponse, error) {
	out := ListTriggerRunsResponse{Runs: []TriggerRun{}}
	_, err := h.Settings.Pool(ctx, in.UserPoolID)
	var kind trigger.Kind
	if err == nil && in.Name != "" {
		kind, err = kindOf(in.Name)
	}
	if err != nil {
		return out, err
	}
	found, err := h.Triggers.Last(ctx, string(in.UserPoolID), kind, in.MaxResults)
	for i := range found {
		out.Runs = append(out.Runs, runOf(&found[i]))
	}
	return out, err
}

func runOf(r *trigger.Run) TriggerRun {
	return TriggerRun{
		ID: r.ID, Name: r.Kind, Source: r.Source, Target: r.Target, At: stamp(r.At), Milliseconds: r.Milliseconds, Tries: r.Tries,
		Outcome: string(r.Outcome), Message: r.Message, Console: slices.Clone(r.Console), Test: r.Test,
	}
}
