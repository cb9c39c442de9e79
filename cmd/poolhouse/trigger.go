package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"poolhouse.dev/cmd/poolhouse/config"
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/lambda"
	"poolhouse.dev/identity/trigger/script"
	"poolhouse.dev/identity/trigger/webhook"
	"poolhouse.dev/storage"
	"poolhouse.dev/web/cognito"
)

// newTriggers puts together what asks triggers. Nothing of it works before a pool
// has one.
func newTriggers(s *settings, store storage.Store, log *slog.Logger) *trigger.Dispatcher {
	client := s.Fetcher()
	d := &trigger.Dispatcher{
		Scripts:  script.New(script.Options{Fetch: client, Watch: s.watch}),
		Webhooks: webhook.New(client, time.Now), Lambdas: lambda.New(client, time.Now),
		Runs: &trigger.Runs{Store: store, Log: log, Lives: identity.PoolLives}, Log: log, Now: time.Now,
	}
	d.Use(s.Triggers.Targets(s.Pools))
	return d
}

// attachHandlers attaches the folder of --triggers to the pool of `poolhouse dev`.
func attachHandlers(cmd *cobra.Command, s *settings) error {
	folder, _ := cmd.Flags().GetString("triggers")
	if folder == "" {
		return nil
	}
	path, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	if config.AttachFolder(&s.Pools[0].Pool, path) == 0 {
		return usage("there is no handler in "+folder, "name files for their triggers, such as pre_sign_up.ts")
	}
	return nil
}

func (a *app) triggerCommand() *cobra.Command {
	return inPool(group("trigger", "Code that takes part in sign-up and sign-in: list, test, logs",
		a.triggerList(), a.triggerTest(), a.triggerLogs()))
}

func (a *app) triggerList() *cobra.Command {
	return reading(&cobra.Command{
		Use: "list", Short: "List the triggers that are attached, and what is wrong with them", Args: none, Example: "poolhouse trigger list",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, _ []string) error {
			var out cognito.ListTriggersResponse
			if err := c.house(cmd.Context(), "ListTriggers", cognito.OnePool{UserPoolID: pool}, &out); err != nil {
				return err
			}
			return a.show(cmd, out.Triggers, func(w io.Writer) {
				var rows [][]string
				for _, t := range out.Triggers {
					state := "ready"
					if t.Problem != "" {
						state = t.Problem
					}
					rows = append(rows, []string{string(t.Name), t.Version, t.Runs, t.Target, created(t.LastRun), t.LastWent, state})
				}
				table(w, "No triggers: attach them in lambda_config of the pool.", []string{"TRIGGER", "EVENT", "RUNS AS", "AT", "LAST RUN", "RESULT", "STATE"}, rows)
			})
		}),
	})
}

func (a *app) triggerTest() *cobra.Command {
	cmd := &cobra.Command{
		Use: "test NAME", Short: "Ask a trigger with an event from a file; nothing follows from its answer", Args: exactly("NAME"),
		Long: "Asks the trigger that the pool has attached with an event, and prints what it\n" +
			"answered, what it printed and how long it took. The file holds the event as JSON;\n" +
			"its request is enough, the rest is filled in.",
		Example: "poolhouse trigger test pre_sign_up --event event.json",
		RunE:    a.within(a.testTrigger),
	}
	cmd.Flags().String("event", "", "`FILE` with the event as JSON; - is standard input")
	return reading(cmd)
}

func (a *app) testTrigger(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
	path, _ := cmd.Flags().GetString("event")
	if path == "" {
		return usage("--event is missing", `write {"request": {"userAttributes": {…}}} to a file and name it`)
	}
	text, err := a.contentOf(path)
	if err != nil {
		return &failure{exitUsage, "cannot read the event", oneLine(err.Error()), "name a file that can be read, or - for standard input"}
	}
	if !json.Valid([]byte(text)) {
		return usage(path+" holds no JSON", "an event is a JSON object")
	}
	var out cognito.TestTriggerResponse
	in := cognito.TestTriggerRequest{UserPoolID: pool, Name: args[0], Event: json.RawMessage(text)}
	if err := c.house(cmd.Context(), "TestTrigger", in, &out); err != nil {
		return err
	}
	if err := a.show(cmd, out, func(w io.Writer) { printTest(w, out) }); err != nil {
		return err
	}
	if out.Run.Outcome != string(trigger.Answered) {
		return &failure{exitRefused, "the trigger " + said(out.Run), "", "see docs/triggers.md for what each means"}
	}
	return nil
}

func printTest(w io.Writer, out cognito.TestTriggerResponse) {
	for _, line := range out.Run.Console {
		for _, one := range strings.Split(strings.TrimRight(line, "\n"), "\n") {
			fmt.Fprintln(w, "| "+printable(strings.ReplaceAll(one, "\t", "  ")))
		}
	}
	if out.Response != nil {
		text, err := json.MarshalIndent(out.Response, "", "  ")
		if err == nil {
			fmt.Fprintln(w, string(text))
		}
	}
	fmt.Fprintf(w, "%s in %d ms, %s\n", out.Run.Outcome, out.Run.Milliseconds, tries(out.Run.Tries))
}

func tries(n int) string {
	if n == 1 {
		return "1 try"
	}
	return strconv.Itoa(n) + " tries"
}

// said is how a run ended, with what it said.
func said(run cognito.TriggerRun) string {
	if run.Message == "" {
		return run.Outcome
	}
	return run.Outcome + ": " + run.Message
}

func (a *app) triggerLogs() *cobra.Command {
	cmd := &cobra.Command{
		Use: "logs [NAME]", Short: "Show the last runs of the triggers, with what they printed", Args: cobra.MaximumNArgs(1),
		Example: "poolhouse trigger logs pre_sign_up",
		RunE: a.within(func(cmd *cobra.Command, c *caller, pool identity.PoolID, args []string) error {
			in := cognito.ListTriggerRunsRequest{UserPoolID: pool}
			in.MaxResults, _ = cmd.Flags().GetInt("limit")
			if len(args) > 0 {
				in.Name = args[0]
			}
			var out cognito.ListTriggerRunsResponse
			if err := c.house(cmd.Context(), "ListTriggerRuns", in, &out); err != nil {
				return err
			}
			return a.show(cmd, out.Runs, func(w io.Writer) { printRuns(w, out.Runs) })
		}),
	}
	cmd.Flags().Int("limit", 20, "at most this many, the newest; 0 is all: the last 100 of each trigger")
	return reading(cmd)
}

// printRuns prints the newest last, as logs are read.
func printRuns(w io.Writer, runs []cognito.TriggerRun) {
	if len(runs) == 0 {
		fmt.Fprintln(w, "No trigger has run.")
	}
	for i := len(runs) - 1; i >= 0; i-- {
		run := runs[i]
		test := ""
		if run.Test {
			test = "  (test)"
		}
		fmt.Fprintf(w, "%s  %s  %d ms  %s  %s%s\n", created(run.At), run.Source, run.Milliseconds, tries(run.Tries), printable(said(run)), test)
		for _, line := range run.Console {
			fmt.Fprintln(w, "  | "+printable(line))
		}
	}
}
