package message

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

const (
	// smtpTime bounds dialling with its greeting and sign-in, and then each mail.
	smtpTime = 20 * time.Second
	// smtpIdle is how long a connection is kept for the next mail; servers keep
	// theirs for minutes (RFC 5321 §4.5.3.2.7).
	smtpIdle = 30 * time.Second
	// smtpMails is how many mails go over one connection; servers have such limits.
	smtpMails = 100
)

// smtpTransport keeps a connection between mails.
type smtpTransport struct {
	name     string
	sender   *netmail.Address
	client   *mail.Client // settings; the connection is conn
	implicit *tls.Config  // nil: not TLS from the first byte

	mu    sync.Mutex
	raw   net.Conn // beneath conn
	conn  *smtp.Client
	mails int // over conn
	idle  *time.Timer
}

// openSMTP reads the settings; nothing is dialled before the first mail. A nil
// trust is the system's.
func openSMTP(u *url.URL, sender *netmail.Address, trust *tls.Config) (*smtpTransport, error) {
	port, err := smtpPort(u)
	if err != nil {
		return nil, err
	}
	t := &smtpTransport{sender: sender, name: u.Scheme + "://" + net.JoinHostPort(u.Hostname(), strconv.Itoa(port))}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname()}
	if trust != nil {
		config.RootCAs = trust.RootCAs
	}
	options, err := smtpOptions(u)
	if err != nil {
		return nil, err
	}
	if u.Scheme == "smtps" {
		t.implicit = config
	}
	options = append(options, mail.WithPort(port), mail.WithTimeout(smtpTime), mail.WithTLSConfig(config),
		mail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) { return t.raw, nil }))
	t.client, err = mail.NewClient(u.Hostname(), options...)
	return t, err
}

func smtpPort(u *url.URL) (int, error) {
	if u.Hostname() == "" || u.Path != "" && u.Path != "/" {
		return 0, errors.New("email transport: write smtp://USER:PASSWORD@HOST:PORT")
	}
	switch {
	case u.Port() != "":
		return strconv.Atoi(u.Port())
	case u.Scheme == "smtps":
		return 465, nil // RFC 8314 §7.3
	}
	return 587, nil // RFC 6409 §3.1
}

func smtpOptions(u *url.URL) ([]mail.Option, error) {
	for name := range u.Query() {
		if name != "starttls" && name != "helo" {
			return nil, fmt.Errorf("email transport: unknown setting %q; there are starttls and helo", name)
		}
	}
	policy, err := smtpPolicy(u)
	if err != nil {
		return nil, err
	}
	options := []mail.Option{mail.WithTLSPolicy(policy)}
	if helo := u.Query().Get("helo"); helo != "" {
		options = append(options, mail.WithHELO(helo))
	}
	if u.Scheme == "smtps" {
		options = append(options, mail.WithSSL())
	}
	if u.User != nil {
		password, _ := u.User.Password()
		// PLAIN and LOGIN refuse to run without TLS, except on loopback.
		options = append(options, mail.WithUsername(u.User.Username()), mail.WithPassword(password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthSCRAMSHA1, mail.SMTPAuthPlain,
				mail.SMTPAuthLogin, mail.SMTPAuthCramMD5))
	}
	return options, nil
}

// smtpPolicy: RFC 8314 §3. Without STARTTLS required, anybody on the way can
// strike the offer out and read the codes.
func smtpPolicy(u *url.URL) (mail.TLSPolicy, error) {
	wish := u.Query().Get("starttls")
	switch {
	case u.Scheme == "smtps" && wish != "":
		return 0, errors.New("email transport: smtps:// has TLS from the start; leave starttls out")
	case u.Scheme == "smtps", wish == "off", wish == "" && loopback(u.Hostname()):
		return mail.NoTLS, nil
	case wish == "", wish == "mandatory":
		return mail.TLSMandatory, nil
	case wish == "opportunistic":
		return mail.TLSOpportunistic, nil
	}
	return 0, fmt.Errorf("email transport: starttls=%s; write mandatory, opportunistic or off", wish)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// dial keeps the bare connection, so that it can be closed when the library
// gives up half way or the context ends before its time.
func (t *smtpTransport) dial(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, smtpTime)
	defer cancel()
	plain, address := &net.Dialer{}, t.client.ServerAddr()
	if t.implicit != nil {
		t.raw, err = (&tls.Dialer{NetDialer: plain, Config: t.implicit}).DialContext(ctx, "tcp", address)
	} else {
		t.raw, err = plain.DialContext(ctx, "tcp", address)
	}
	if err != nil {
		t.raw = nil // not an interface around a nil pointer
	}
	return err
}

// Send hands one mail over. A kept connection that turns out to be dead is
// replaced once; nothing of the mail has been said on it by then.
func (t *smtpTransport) Send(ctx context.Context, c Content) error {
	m, err := build(t.sender, c, time.Now())
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.rest()
	err = t.send(ctx, m)
	var refused *mail.SendError
	if errors.As(err, &refused) && refused.Reason == mail.ErrConnCheck {
		err = t.send(ctx, m)
	}
	return judge(m, err)
}

func (t *smtpTransport) send(ctx context.Context, m *mail.Msg) error {
	if t.mails >= smtpMails {
		t.hangUp()
	}
	if err := t.connect(ctx); err != nil {
		return err
	}
	defer t.closeWith(ctx)()
	t.mails++
	err := t.client.SendWithSMTPClient(t.conn, m)
	if err != nil && !answered(err) {
		t.drop()
	}
	return err
}

// closeWith closes the connection when the context ends first: the library
// knows deadlines alone.
func (t *smtpTransport) closeWith(ctx context.Context) (stop func() bool) {
	raw := t.raw
	return context.AfterFunc(ctx, func() { raw.Close() })
}

// answered says that the server refused in so many words, after which the
// connection is good for the next mail. 421 closes it (RFC 5321 §3.8).
func answered(err error) bool {
	var refused *mail.SendError
	return errors.As(err, &refused) && refused.ErrorCode() >= 400 && refused.ErrorCode() != 421
}

func (t *smtpTransport) connect(ctx context.Context) error {
	if t.idle != nil {
		t.idle.Stop()
	}
	if t.conn == nil {
		if err := t.greet(ctx); err != nil {
			t.drop()
			return &UnavailableError{fmt.Errorf("%s: %w", t.name, err)}
		}
	}
	// The deadline of the mail before has passed.
	return t.conn.UpdateDeadline(smtpTime)
}

// greet dials, goes through the greeting, starts TLS and signs in.
func (t *smtpTransport) greet(ctx context.Context) (err error) {
	if err := t.dial(ctx); err != nil {
		return err
	}
	defer t.closeWith(ctx)()
	t.conn, err = t.client.DialToSMTPClientWithContext(ctx)
	return err
}

// judge says what a failure means. RFC 5321 §4.2.1: 5yz is final, and it is the
// mail's fault once recipient or content are refused.
func judge(m *mail.Msg, err error) error {
	var refused *mail.SendError
	switch {
	case err == nil, m.IsDelivered():
		// Delivered although the goodbye failed: sending again would double it.
		return nil
	case !errors.As(err, &refused):
		return err
	case refused.Reason == mail.ErrConnCheck:
		return &UnavailableError{err}
	case refused.ErrorCode() >= 500 && refused.Reason != mail.ErrSMTPMailFrom:
		return &PermanentError{err}
	}
	return err
}

// rest keeps the connection for a while.
func (t *smtpTransport) rest() {
	if t.conn != nil {
		t.idle = time.AfterFunc(smtpIdle, func() { t.Close() })
	}
}

// Close says goodbye; the next mail dials anew.
func (t *smtpTransport) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hangUp()
	return nil
}

func (t *smtpTransport) hangUp() {
	if t.conn != nil && t.conn.UpdateDeadline(smtpTime/10) == nil {
		t.conn.Quit()
	}
	t.drop()
}

func (t *smtpTransport) drop() {
	if t.raw != nil {
		t.raw.Close()
	}
	t.raw, t.conn, t.mails = nil, nil, 0
}

func (t *smtpTransport) String() string { return t.name }
