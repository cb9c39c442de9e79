// Package lambda asks functions of AWS Lambda, or of what speaks its API: Invoke
// of 2015-03-31 (AWS itself, the runtime interface emulator), and function URLs.
package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/webhook"
)

// Client asks functions (trigger.Invoker).
type Client struct {
	client *fetch.Client
	now    func() time.Time
}

// New answers a Client that asks under the guard of client.
func New(client *fetch.Client, now func() time.Time) *Client {
	return &Client{client: client.Narrow(trigger.MaxAnswer), now: now}
}

// Invoke asks a function once.
func (c *Client) Invoke(ctx context.Context, fn trigger.Function, ask trigger.Ask) (trigger.Answer, error) {
	address, read := fn.FunctionURL, webhook.Read
	if fn.InvokeURL != "" {
		address, read = invocation(fn), readInvocation
	}
	request, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(ask.Body))
	if err != nil {
		return trigger.Answer{}, trigger.Failure(false, errors.New("the URL cannot be read"))
	}
	request.Header.Set("Content-Type", "application/json")
	if fn.InvokeURL != "" {
		request.Header.Set("X-Amz-Invocation-Type", "RequestResponse")
	}
	if fn.Key.ID != "" {
		sign(request, ask.Body, fn.Key, c.now())
	}
	answer, err := c.client.Do(ctx, request)
	if err != nil {
		return trigger.Answer{}, webhook.Unanswered(err)
	}
	return read(answer)
}

// invocation answers the address of Invoke. The path is escaped once more when
// it is signed, as every service but S3 wants it.
func invocation(fn trigger.Function) string {
	return strings.TrimSuffix(fn.InvokeURL, "/") + "/2015-03-31/functions/" + url.PathEscape(fn.Name) + "/invocations"
}

// functionError is the body of a function that failed.
type functionError struct {
	Message *string         `json:"errorMessage"`
	Type    string          `json:"errorType"`
	Event   json.RawMessage `json:"response"`
}

// readInvocation takes an answer of Invoke. The emulator answers 200 without
// X-Amz-Function-Error for a function that failed, so the body decides; and a
// line of text when one ran out of time.
func readInvocation(answer fetch.Response) (trigger.Answer, error) {
	if answer.Status != http.StatusOK {
		return trigger.Answer{}, trigger.Failure(again(answer.Status), fmt.Errorf("it answered HTTP %d", answer.Status))
	}
	var failed functionError
	isError := json.Unmarshal(answer.Body, &failed) == nil && failed.Message != nil && failed.Event == nil
	switch {
	case strings.HasPrefix(string(answer.Body), "Task timed out"):
		return trigger.Answer{}, trigger.Failure(true, errors.New("the function ran out of time"))
	case isError && ended[failed.Type]:
		return trigger.Answer{}, trigger.Failure(true, errors.New(trigger.Bounded("the function ended: "+*failed.Message, 200)))
	case isError:
		return trigger.Answer{}, trigger.Refusal(*failed.Message)
	case answer.Header.Get("X-Amz-Function-Error") != "":
		return trigger.Answer{}, trigger.Refusal("")
	}
	return trigger.Answer{Body: answer.Body}, nil
}

// ended are types of errors that no handler throws: its runtime was ended, by
// time, memory or a crash.
var ended = map[string]bool{"Sandbox.Timedout": true, "Runtime.ExitError": true, "Runtime.OutOfMemory": true}

// again says that a status may be another at the next try. The emulator answers
// 400 while it runs another event.
func again(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusBadRequest
}
