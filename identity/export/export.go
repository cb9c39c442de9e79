// Package export hands the entries of pools' log deliveries to what the operator has
// put in place of AWS: the log group, bucket or stream that a pool names is a file
// or an address here.
//
// Documents: Standard Webhooks (signature of what is posted).
package export

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/identity/trigger/webhook"
)

// Target is what an ARN stands for: a file or a URL.
type Target struct {
	Path   string // absolute; one line an entry
	URL    string
	Secret string // signs what is posted: whsec_…
	// Pools are the only ones whose entries go there; none: those for which somebody
	// named it who may change every pool.
	Pools []string
}

// Targets are the ARNs that lead somewhere. It is the message.Transport of entries.
type Targets struct {
	client *fetch.Client
	now    func() time.Time
	mapped atomic.Pointer[map[string]Target]
	files  sync.Mutex // a line is written whole
}

// New answers Targets that post under the guard of client. None leads anywhere
// before Use.
func New(client *fetch.Client, now func() time.Time) *Targets {
	return &Targets{client: client, now: now}
}

// Use takes what ARNs stand for from now on.
func (t *Targets) Use(mapped map[string]Target) { t.mapped.Store(&mapped) }

// Leads says that an ARN stands for something for a pool. everywhere: somebody named it
// for the pool who may change every one. CloudWatch's may end in ":*".
func (t *Targets) Leads(pool, arn string, everywhere bool) bool {
	one, ok := t.of(arn)
	return ok && trigger.IsFor(pool, one.Pools, len(one.Pools) > 0, everywhere)
}

func (t *Targets) of(arn string) (Target, bool) {
	mapped := t.mapped.Load()
	if mapped == nil {
		return Target{}, false
	}
	if one, ok := (*mapped)[arn]; ok {
		return one, true
	}
	one, ok := (*mapped)[strings.TrimSuffix(arn, ":*")]
	return one, ok
}

// Send hands over one entry. An ARN that stands for nothing any more refuses it.
func (t *Targets) Send(ctx context.Context, c message.Content) error {
	one, ok := t.of(c.To)
	switch {
	case !ok:
		return &message.PermanentError{Err: errors.New("log_delivery does not say what this ARN stands for")}
	case one.Path != "":
		return t.append(one.Path, c.Text)
	}
	return t.post(ctx, one, c)
}

// append opens the file anew for each entry: whoever rotates it need tell nobody.
func (t *Targets) append(path, entry string) (err error) {
	t.files.Lock()
	defer t.files.Unlock()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) // addresses and names of people
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = file.WriteString(entry + "\n")
	return err
}

func (t *Targets) post(ctx context.Context, to Target, c message.Content) error {
	request, err := webhook.Post(to.URL, to.Secret, c.ID, t.now(), []byte(c.Text))
	if err != nil {
		return &message.PermanentError{Err: err}
	}
	answer, err := t.client.Do(ctx, request)
	switch {
	case errors.Is(err, fetch.ErrForbidden):
		return &message.PermanentError{Err: err}
	case err != nil:
		return err
	case answer.Status/100 != 2:
		return fmt.Errorf("it answered HTTP %d", answer.Status)
	}
	return nil
}

// Close has nothing to do: files are open for a line alone.
func (t *Targets) Close() error { return nil }

func (t *Targets) String() string { return "log_delivery" }
