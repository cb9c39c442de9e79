package message

import (
	"context"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// OpenEmail answers the transport that dsn names; from is the sender when the
// content has none, as "Acme <login@acme.test>".
//
//	smtp://user:password@host:587    STARTTLS is required, unless host is loopback
//	smtps://user:password@host:465   TLS from the first byte
//	file:DIR                         one .eml file a mail
//	log                              a line in the log; log:body shows the text too
//
// smtp takes ?starttls=mandatory, opportunistic or off, and both take
// ?helo=NAME. Names in user and password are percent-encoded.
func OpenEmail(dsn, from string) (Transport, error) {
	sender, err := netmail.ParseAddress(from)
	if err != nil || hasControl(from) {
		return nil, fmt.Errorf("email from %q: not an address like \"Acme <login@acme.test>\"", from)
	}
	if dir, ok := strings.CutPrefix(dsn, "file:"); ok {
		return openFolder(dir, ".eml", func(c Content) ([]byte, error) { return encode(sender, c) })
	}
	if dsn == "log" || dsn == "log:body" {
		return logTransport{what: "e-mail", body: dsn == "log:body"}, nil
	}
	if u, err := url.Parse(dsn); err == nil && (u.Scheme == "smtp" || u.Scheme == "smtps") {
		return openSMTP(u, sender, nil)
	}
	// The text is not repeated: it may hold a password.
	return nil, fmt.Errorf("email transport: write smtp://USER:PASSWORD@HOST:PORT, smtps://…, file:DIR or log")
}

// encode answers the mail as RFC 5322 text.
func encode(sender *netmail.Address, c Content) ([]byte, error) {
	m, err := build(sender, c, time.Now())
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	_, err = m.WriteTo(&text)
	return []byte(text.String()), err
}

var plainText = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// plainID says that an id can stand in a header and in a file's name.
func plainID(id string) bool { return len(id) <= 128 && plainText.MatchString(id) }

// build makes the mail. What cannot be a header is refused, never repaired: a
// line break in an address or subject is somebody's try at a header of their own.
func build(sender *netmail.Address, c Content, now time.Time) (*mail.Msg, error) {
	from, to, err := addresses(sender, c)
	if err != nil {
		return nil, err
	}
	if hasControl(c.Subject) {
		return nil, permanent("control character in the subject")
	}
	if !plainID(c.ID) {
		c.ID = newID(now)
	}
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	m.FromMailAddress(from)
	m.ToMailAddress(to)
	if c.ReplyTo != "" {
		if err := m.ReplyTo(c.ReplyTo); err != nil || hasControl(c.ReplyTo) {
			return nil, permanent("the address to answer to is no address")
		}
	}
	m.Subject(c.Subject)
	m.SetDateWithValue(now)
	// The same at every try, so that a mail that arrives twice can be told.
	m.SetMessageIDWithValue(c.ID + from.Address[strings.LastIndexByte(from.Address, '@'):])
	// RFC 3834 §5: no vacation notes in answer.
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetBodyString(mail.TypeTextPlain, c.Text)
	if c.HTML != "" {
		m.AddAlternativeString(mail.TypeTextHTML, c.HTML)
	}
	return m, nil
}

func addresses(sender *netmail.Address, c Content) (from, to *netmail.Address, err error) {
	if hasControl(c.From) || hasControl(c.To) {
		return nil, nil, permanent("control character in an address")
	}
	from = sender
	if c.From != "" {
		if from, err = netmail.ParseAddress(c.From); err != nil {
			return nil, nil, permanent("the sender is no address")
		}
	}
	// A bare address: "a@x, b@y" and "Name <a@x>" are not what somebody signed up with.
	to, err = netmail.ParseAddress(c.To)
	if err != nil || to.Address != c.To {
		return nil, nil, permanent("the recipient is no address")
	}
	return from, to, nil
}

// logTransport writes to the program's log.
type logTransport struct {
	what string
	body bool // codes become readable: for development
}

func (t logTransport) Send(ctx context.Context, c Content) error {
	text := []any{"id", c.ID, "to", c.To, "subject", c.Subject}
	if t.body {
		text = append(text, "text", c.Text)
	}
	slog.InfoContext(ctx, t.what+" (not sent: the transport is the log)", text...)
	return nil
}

func (logTransport) Close() error   { return nil }
func (logTransport) String() string { return "log" }
