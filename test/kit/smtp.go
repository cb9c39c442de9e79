package kit

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// Postbox is a real SMTP server that keeps what it receives. It can go away and
// come back at the same address.
type Postbox struct {
	Address string

	mu     sync.Mutex
	raw    []string
	server *smtp.Server
	refuse error
	turned int // how many messages were refused
}

// NewPostbox starts an SMTP server on a free port.
func NewPostbox(t testing.TB) *Postbox {
	t.Helper()
	p := &Postbox{Address: FreeAddress(t)}
	p.Open(t)
	t.Cleanup(p.Close)
	return p
}

// Open listens again after Close.
func (p *Postbox) Open(t testing.TB) {
	t.Helper()
	listener, err := net.Listen("tcp", p.Address)
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(p)
	server.Domain, server.AllowInsecureAuth = "mail.acme.test", true
	p.mu.Lock()
	p.server = server
	p.mu.Unlock()
	go func() { _ = server.Serve(listener) }()
}

// Close makes the server unreachable: connections are refused and open ones end.
func (p *Postbox) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server != nil {
		_ = p.server.Close()
		p.server = nil
	}
}

// Refuse makes every message be answered with a 4xx reply until it is called with false.
func (p *Postbox) Refuse(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = nil
	if on {
		p.refuse = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again later"}
	}
}

// Turned answers how many messages were refused so far.
func (p *Postbox) Turned() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.turned
}

// Mails answers what was received, parsed.
func (p *Postbox) Mails(t testing.TB) []Mail {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []Mail
	for _, raw := range p.raw {
		m, err := ParseMail(raw)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// NewSession implements smtp.Backend.
func (p *Postbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{box: p}, nil }

// delivery is one SMTP session.
type delivery struct {
	box *Postbox
	to  []string
}

func (d *delivery) Mail(string, *smtp.MailOptions) error { d.to = nil; return nil }

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	d.to = append(d.to, to)
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if len(d.to) == 0 {
		return errors.New("a message to nobody")
	}
	d.box.mu.Lock()
	defer d.box.mu.Unlock()
	if d.box.refuse != nil {
		d.box.turned++
		return d.box.refuse
	}
	d.box.raw = append(d.box.raw, string(raw))
	return nil
}

func (d *delivery) Reset()        { d.to = nil }
func (d *delivery) Logout() error { return nil }
