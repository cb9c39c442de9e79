package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"poolhouse.dev/storage"
)

// Content is a message in words. A text message has Text alone; a call to an app
// has it as its body.
type Content struct {
	ID      string // the Message's, the same each time it is tried
	From    string // "" is the transport's own
	ReplyTo string // "" is From
	To      string
	Subject string
	Text    string
	HTML    string
	Header  map[string]string // of the request, for a call to an app
}

// LogValue leaves out what may hold a code.
func (c Content) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", c.ID), slog.String("to", c.To))
}

// Composer puts a message into words. It is called outside of transactions.
type Composer interface {
	Compose(ctx context.Context, m Message, secrets map[string]string) (Content, error)
}

// Transport hands content over. Send answers nil when the other side took it;
// an error is temporary unless it is a *PermanentError or an *UnavailableError.
type Transport interface {
	Send(context.Context, Content) error
	Close() error
	// String names the transport without its credentials.
	String() string
}

// PermanentError says that this message will not be taken however often it is tried.
type PermanentError struct{ Err error }

func (e *PermanentError) Error() string { return e.Err.Error() }

// Unwrap answers the cause.
func (e *PermanentError) Unwrap() error { return e.Err }

// UnavailableError says that the other side cannot be spoken to at all, which
// is not the message's fault.
type UnavailableError struct{ Err error }

func (e *UnavailableError) Error() string { return e.Err.Error() }

// Unwrap answers the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

func permanent(text string) error { return &PermanentError{errors.New("message: " + text)} }

func sealSecrets(sealer *storage.Sealer, id string, secrets map[string]string) (storage.Sealed, error) {
	plain, err := json.Marshal(secrets)
	if err != nil {
		return nil, err
	}
	return sealer.Seal(plain, "message", id), nil
}

func openSecrets(sealer *storage.Sealer, m Message) (map[string]string, error) {
	if len(m.Secret) == 0 {
		return nil, nil
	}
	plain, err := sealer.Open(m.Secret, "message", m.ID)
	if err != nil {
		return nil, err
	}
	var secrets map[string]string
	err = json.Unmarshal(plain, &secrets)
	return secrets, err
}

// words composes. A panic over one message must not stop all others at every start.
func (l *lane) words(ctx context.Context, m Message, secrets map[string]string) (c Content, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("message: composing: %v", fault)
		}
	}()
	c, err = l.compose.Compose(ctx, m, secrets)
	c.ID = m.ID
	if c.To == "" {
		c.To = m.To
	}
	return c, err
}
