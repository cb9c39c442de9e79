// Package webhook asks triggers by HTTP: the event is posted as JSON, signed as
// the Standard Webhooks specification 1.0.0 has it, and the answer is the event
// back. Addresses are the operator's, but asked under guard (package fetch): no
// private network that was not opened, no redirect, 256 KiB.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/identity/trigger"
)

// Client asks webhooks (trigger.Invoker). Client and Now are required.
type Client struct {
	client *fetch.Client
	now    func() time.Time
}

// New answers a Client that asks under the guard of client.
func New(client *fetch.Client, now func() time.Time) *Client {
	return &Client{client: client.Narrow(trigger.MaxAnswer), now: now}
}

// secretPrefix begins a secret (Standard Webhooks, "Signature scheme").
const secretPrefix = "whsec_"

// ReadSecret answers the key that a secret stands for: whsec_ and 24 to 64 bytes
// as base64.
func ReadSecret(text string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(text, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("a secret is whsec_ and 24 to 64 random bytes as base64")
	}
	return key, nil
}

// Sign answers webhook-signature: v1 and the MAC of id, time and body.
func Sign(key []byte, id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Post is a signed request that posts JSON. Its error is about the secret or the URL:
// posting again mends neither.
func Post(address, secret, id string, at time.Time, body []byte) (*http.Request, error) {
	key, err := ReadSecret(secret)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the URL cannot be read")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("webhook-id", id)
	request.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	request.Header.Set("webhook-signature", Sign(key, id, at, body))
	return request, nil
}

// Invoke posts the event once. Every try has the same webhook-id and a timestamp
// of its own.
func (c *Client) Invoke(ctx context.Context, fn trigger.Function, ask trigger.Ask) (trigger.Answer, error) {
	request, err := Post(fn.URL, fn.Secret, ask.ID, c.now(), ask.Body)
	if err != nil {
		return trigger.Answer{}, trigger.Failure(false, err)
	}
	request.Header.Set("Accept", "application/json")
	answer, err := c.client.Do(ctx, request)
	if err != nil {
		return trigger.Answer{}, Unanswered(err)
	}
	return Read(answer)
}

// Unanswered is the failure of a request that no answer came to.
func Unanswered(err error) *trigger.Error {
	if errors.Is(err, fetch.ErrTooLarge) {
		return trigger.Malformation(errors.New("the answer is larger than 256 KiB"))
	}
	return trigger.Failure(!errors.Is(err, fetch.ErrForbidden), err)
}

// Read takes an answer: 2xx is the event, 4xx refuses in the words of message or
// errorMessage, 429 and 5xx are asked again. A redirect is not followed.
func Read(answer fetch.Response) (trigger.Answer, error) {
	switch status := answer.Status; {
	case status >= 200 && status < 300:
		return trigger.Answer{Body: answer.Body}, nil
	case status == http.StatusTooManyRequests || status >= 500:
		return trigger.Answer{}, trigger.Failure(true, fmt.Errorf("it answered HTTP %d", status))
	case status >= 400 && refusal(answer.Body) != "":
		return trigger.Answer{}, trigger.Refusal(refusal(answer.Body))
	}
	return trigger.Answer{}, trigger.Failure(false, fmt.Errorf("it answered HTTP %d", answer.Status))
}

// refusal answers what a body says for its refusal; "" is none, but the fault of
// something on the way, such as a proxy.
func refusal(body []byte) string {
	var said map[string]any
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	for _, name := range []string{"message", "errorMessage"} {
		if text, ok := said[name].(string); ok {
			return text
		}
	}
	return ""
}
