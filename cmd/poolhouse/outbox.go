package main

import (
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/cognito"
)

func (a *app) outboxCommand() *cobra.Command {
	return group("outbox", "Messages that wait or are stuck: list, retry", a.outboxList(), a.outboxRetry())
}

func (a *app) outboxList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List messages that are not sent yet, and why", Args: none, Example: "poolhouse outbox list",
		RunE: a.within(func(cmd *cobra.Command, c *caller, _ identity.PoolID, _ []string) error {
			var in cognito.ListMessagesRequest
			in.State, _ = cmd.Flags().GetString("state")
			var out cognito.ListMessagesResponse
			if err := c.house(cmd.Context(), "ListMessages", in, &out); err != nil {
				return err
			}
			return a.show(cmd, out.Messages, func(w io.Writer) { printMessages(w, out.Messages) })
		}),
	}
	cmd.Flags().String("state", "", "only `STATE`: waiting, stuck, sent (default waiting and stuck)")
	return reading(cmd)
}

func printMessages(w io.Writer, all []cognito.Message) {
	var rows [][]string
	for _, m := range all {
		rows = append(rows, []string{m.ID, m.Kind, m.To, m.State, strconv.Itoa(m.Attempts), nextTry(m), m.LastError})
	}
	table(w, "Nothing waits.", []string{"MESSAGE", "KIND", "TO", "STATE", "TRIES", "NEXT", "LAST ERROR"}, rows)
}

// nextTry is "soon" for what is due: while the other side cannot be reached, one
// message asks for all of them.
func nextTry(m cognito.Message) string {
	switch {
	case m.State != "waiting":
		return ""
	case m.NextTry == nil || time.Time(*m.NextTry).Before(time.Now()):
		return "soon"
	}
	return created(m.NextTry)
}

func (a *app) outboxRetry() *cobra.Command {
	return writing(&cobra.Command{
		Use: "retry MESSAGE", Short: "Try a message again now", Args: exactly("MESSAGE"), Example: "poolhouse outbox retry MESSAGE",
		RunE: a.within(func(cmd *cobra.Command, c *caller, _ identity.PoolID, args []string) error {
			if isSet(cmd, "dry-run") {
				return a.would(cmd, "try %s again", args[0])
			}
			if err := c.house(cmd.Context(), "RetryMessage", cognito.RetryMessageRequest{ID: args[0]}, nil); err != nil {
				return err
			}
			if c.running {
				return a.did(cmd, "Trying %s again", args[0])
			}
			return a.did(cmd, "%s is tried again when the server runs", args[0])
		}),
	})
}
