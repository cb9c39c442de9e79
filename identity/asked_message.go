package identity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// The bounds of a message (Cognito).
const (
	longestSMS     = 140
	longestMail    = 20000
	longestSubject = 140
)

type messageRequest struct {
	UserAttributes    map[string]string `json:"userAttributes"`
	CodeParameter     string            `json:"codeParameter"`
	LinkParameter     string            `json:"linkParameter"`
	UsernameParameter *string           `json:"usernameParameter"`
	ClientMetadata    map[string]string `json:"clientMetadata"`
}

type messageResponse struct {
	SMSMessage   *string `json:"smsMessage"`
	EmailMessage *string `json:"emailMessage"`
	EmailSubject *string `json:"emailSubject"`
}

// askWords lets the pool's custom message trigger write a letter; nil keeps ours.
// It is shown placeholders, never the code itself.
func (c *Core) askWords(w storage.Writer, p *Pool, u *User, l *letter) (*message.Words, error) {
	if l.Cause == "" || l.Cause == message.CauseTakeover {
		return nil, nil
	}
	request := messageRequest{
		UserAttributes: eventAttributes(u), CodeParameter: message.CodePlaceholder, LinkParameter: "{##Click Here##}",
		ClientMetadata: metadata(l.Origin.Told.Client),
	}
	if l.Cause == message.CauseInvitation {
		name := message.NamePlaceholder
		request.UsernameParameter = &name
	}
	source := "CustomMessage_" + l.Cause
	answer, err := c.ask(w, question{
		pool: p, kind: trigger.CustomMessage, source: source, about: l.To.Value, user: u.Username, client: l.Client, origin: l.Origin,
		request: request, response: messageResponse{},
	})
	if err != nil || answer == nil {
		return nil, err
	}
	var says messageResponse
	if err := json.Unmarshal(answer, &says); err != nil {
		return nil, malformed(source, err)
	}
	words, err := says.words(l)
	if err != nil {
		return nil, malformed(source, err)
	}
	return words, nil
}

// words are what the trigger wrote for the letter's channel, within Cognito's bounds.
func (says *messageResponse) words(l *letter) (*message.Words, error) {
	body, longest := says.EmailMessage, longestMail
	if l.To.Attribute == attrPhone {
		body, longest = says.SMSMessage, longestSMS
	}
	if body == nil || *body == "" {
		return nil, nil
	}
	words := &message.Words{Body: *body}
	if says.EmailSubject != nil {
		words.Subject = *says.EmailSubject
	}
	switch {
	case utf8.RuneCountInString(words.Body) > longest:
		return nil, fmt.Errorf("the message is longer than %d characters", longest)
	case utf8.RuneCountInString(words.Subject) > longestSubject:
		return nil, fmt.Errorf("the subject is longer than %d characters", longestSubject)
	case !words.Leads():
		return nil, errors.New("the message holds neither the code nor the link")
	}
	return words, nil
}

// Senders' events carry the type of their request.
const (
	mailRequest = "customEmailSenderRequestV1"
	textRequest = "customSMSSenderRequestV1"
)

type senderRequest struct {
	Type           string            `json:"type"`
	Code           string            `json:"code,omitempty"`
	UserAttributes map[string]string `json:"userAttributes"`
	ClientMetadata map[string]string `json:"clientMetadata"`
}

// SendByTrigger hands a message that is due to the pool's custom e-mail or SMS
// sender; false when it has none for it, and ours is to send it. The code stands
// in the event as base64 of its text: there is no key service here that could
// encrypt it (Cognito encrypts it with the pool's KMS key).
func (c *Core) SendByTrigger(ctx context.Context, m message.Message, secrets map[string]string) (bool, error) {
	kind, prefix, wanted := trigger.CustomEmailSender, "CustomEmailSender_", mailRequest
	if m.Channel == message.SMS {
		kind, prefix, wanted = trigger.CustomSMSSender, "CustomSMSSender_", textRequest
	}
	none := m.Cause == "" || m.Cause == message.CauseTakeover && m.Channel != message.Email
	if c.Triggers == nil || none || m.Channel == message.App || m.Channel == message.Log {
		return false, nil
	}
	p, u, err := c.addressee(ctx, m)
	if err != nil || p == nil || !c.triggered(p, kind) {
		return false, err
	}
	code := message.CodeIn(secrets)
	request := senderRequest{Type: wanted, UserAttributes: eventAttributes(u), ClientMetadata: metadata(m.Told)}
	if code != "" {
		request.Code = base64.StdEncoding.EncodeToString([]byte(code))
	}
	_, err = c.consult(ctx, question{
		pool: p, kind: kind, source: prefix + m.Cause, user: u.Username, client: ClientID(m.Client), request: request, response: struct{}{},
	})
	return true, err
}

// addressee answers whom a message is for; nil when the pool or they are gone.
func (c *Core) addressee(ctx context.Context, m message.Message) (*Pool, *User, error) {
	var p Pool
	var u User
	err := c.Store.View(ctx, func(r storage.Reader) (err error) {
		if p, err = pools.Get(r, m.Pool); err != nil {
			return err
		}
		u, err = getUser(r, p.ID, UserID(m.User))
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil, nil
	}
	return &p, &u, err
}
