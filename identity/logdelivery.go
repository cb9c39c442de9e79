package identity

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/risk"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// The sources of a pool's log delivery (Cognito EventSourceName), and what entries
// call them.
const (
	sourceSignIns  = "userAuthEvents"
	sourceMessages = "userNotification"
)

// LogDeliveries is the member of what stands beside a pool's settings that says
// where its entries go: a list of LogConfigurationType.
const LogDeliveries = "LogConfigurations"

type logConfiguration struct {
	Source string `json:"EventSource"`
	Group  struct {
		ARN string `json:"LogGroupArn"`
	} `json:"CloudWatchLogsConfiguration"`
	Bucket struct {
		ARN string `json:"BucketArn"`
	} `json:"S3Configuration"`
	Stream struct {
		ARN string `json:"StreamArn"`
	} `json:"FirehoseConfiguration"`
}

// logsTo answers the ARNs of a source that lead somewhere. Cognito takes bounds and
// levels from the model: the member was held against it.
func (c *Core) logsTo(p *Pool, source string) (arns []string) {
	if c.LogLeads == nil || p.Beside == nil {
		return nil
	}
	for _, one := range logConfigurations(p.Beside.Given(LogDeliveries)) {
		for _, arn := range one.arns() {
			if one.Source == source && c.LogLeads(string(p.ID), arn, slices.Contains(p.Beside.Logs, arn)) {
				arns = append(arns, arn)
			}
		}
	}
	return arns
}

func logConfigurations(raw json.RawMessage) (all []logConfiguration) {
	if raw == nil || json.Unmarshal(raw, &all) != nil {
		return nil
	}
	return all
}

func (l *logConfiguration) arns() []string {
	return slices.DeleteFunc([]string{l.Group.ARN, l.Bucket.ARN, l.Stream.ARN}, func(arn string) bool { return arn == "" })
}

// SetLogDeliveries says where a pool's entries go. Any ARN is taken, and given back: a
// key for one pool does not learn which of them stand for something. An ARN that the
// file binds to no pool leads somewhere where somebody named it who may change every
// pool, and stays so while it is named.
func (s *Settings) SetLogDeliveries(ctx context.Context, pool PoolID, raw json.RawMessage) (Pool, error) {
	return s.ChangePool(ctx, pool, func(p *Pool) error {
		var may, before []string
		if p.Beside != nil {
			before = p.Beside.Logs
		}
		for _, one := range logConfigurations(raw) {
			for _, arn := range one.arns() {
				if trigger.Everywhere(ctx) || slices.Contains(before, arn) {
					may = append(may, arn)
				}
			}
		}
		p.Beside = p.Beside.Keep(map[string]json.RawMessage{LogDeliveries: raw})
		p.Beside.Logs = may
		return nil
	})
}

// logEntry is what AWS calls a log of a user pool. All it says is text.
type logEntry struct {
	Timestamp string `json:"eventTimestamp"` // milliseconds since 1970
	Source    string `json:"eventSource"`    // USER_ACTIVITY, USER_NOTIFICATION
	Level     string `json:"logLevel"`
	Message   any    `json:"message"`
	Origin    struct {
		Pool PoolID `json:"userPoolId"`
	} `json:"logSourceId"`
}

// signInEntry is the message of an entry about a sign-in.
type signInEntry struct {
	Version     string            `json:"version"`
	ID          string            `json:"eventId"`
	Type        string            `json:"eventType"`
	Sub         UserID            `json:"userSub"`
	Username    string            `json:"userName"`
	Pool        PoolID            `json:"userPoolId"`
	Client      ClientID          `json:"clientId"`
	Created     string            `json:"creationDate"`
	Response    string            `json:"eventResponse"`
	RiskLevel   string            `json:"riskLevel"`
	Decision    string            `json:"riskDecision"`
	Challenges  []ChallengeResult `json:"challenges"`
	Device      string            `json:"deviceName"`
	Address     string            `json:"ipAddress"`
	Request     string            `json:"requestId"`
	Provider    string            `json:"idpName"`
	Compromised string            `json:"compromisedCredentialDetected"`
	City        string            `json:"city"`
	Country     string            `json:"country"`
	Feedback    string            `json:"eventFeedbackValue"`
	FeedbackAt  string            `json:"eventFeedbackDate"`
	FeedbackBy  string            `json:"eventFeedbackProvider"`
	Context     string            `json:"hasContextData"`
}

// putEntry puts what a source has to say into the outbox, for each place it goes to.
func (c *Core) putEntry(w storage.Writer, p *Pool, arns []string, e logEntry) error {
	e.Timestamp, e.Origin.Pool = strconv.FormatInt(c.Now().UnixMilli(), 10), p.ID
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	outbox := message.Outbox{Store: c.Store, Sealer: c.Sealer}
	for _, arn := range arns {
		m := message.New(c.Now(), message.LogEntry)
		m.Pool, m.Channel, m.To, m.Data = string(p.ID), message.Log, arn, map[string]string{message.EntryData: string(text)}
		if err := outbox.Put(w, m); err != nil {
			return err
		}
	}
	return nil
}

// creationForm is how AWS writes the date of such an event.
const creationForm = "Mon Jan 02 15:04:05 UTC 2006"

// exportSignIn says a sign-in as it is kept in the history: the one source of both.
func (c *Core) exportSignIn(w storage.Writer, p *Pool, e *SignInEvent, request string) error {
	arns := c.logsTo(p, sourceSignIns)
	if len(arns) == 0 {
		return nil
	}
	u, err := users.Get(w, string(e.PoolID), string(e.UserID))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	said := signInEntry{
		Version: "1", ID: e.ID, Type: "SignIn", Sub: e.UserID, Username: u.Username, Pool: e.PoolID, Client: e.ClientID,
		Created: e.At.UTC().Format(creationForm), Response: e.Response, Decision: "PASS", Challenges: e.Challenges(),
		Device: e.UserAgent, Address: e.Address, Request: request, Provider: e.Provider, City: e.City, Country: e.Country,
		Compromised: strconv.FormatBool(slices.Contains(e.Risk.Reasons, risk.ReasonBreachedPassword)),
		Feedback:    e.Feedback, FeedbackBy: e.FeedbackBy, Context: strconv.FormatBool(e.Address != "" || e.UserAgent != ""),
	}
	if e.Risk.Level != risk.None.String() {
		said.RiskLevel, said.Decision = e.Risk.Level, "ACCOUNT_TAKEOVER"
	}
	if e.Reason == SignInBlocked {
		said.Decision = "BLOCK"
	}
	if !e.FeedbackAt.IsZero() {
		said.FeedbackAt = e.FeedbackAt.UTC().Format(creationForm)
	}
	return c.putEntry(w, p, arns, logEntry{Source: "USER_ACTIVITY", Level: "INFO", Message: said})
}

// exportTime bounds the note of a message that nobody got.
const exportTime = 10 * time.Second

// ExportUndelivered says, where the message's pool has it said, that a mail or text
// message could not be delivered (message.Sender.Undelivered).
func (c *Core) ExportUndelivered(ctx context.Context, m message.Message, why error) {
	if m.Channel != message.Email && m.Channel != message.SMS {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), exportTime)
	defer cancel()
	_ = c.update(ctx, func(w storage.Writer) (*Error, error) { // the log has the failure, whatever comes of this
		p, err := pools.Get(w, m.Pool)
		if err != nil {
			return nil, err
		}
		text := "the " + m.Channel + " message " + m.ID + " of kind " + m.Kind + " could not be delivered: " + why.Error()
		return nil, c.putEntry(w, &p, c.logsTo(&p, sourceMessages), logEntry{
			Source: "USER_NOTIFICATION", Level: "ERROR", Message: map[string]string{"details": text},
		})
	})
}
