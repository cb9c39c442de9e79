package message

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"poolhouse.dev/storage"
	"poolhouse.dev/storage/memory"
)

// mailServer is a real SMTP server that keeps what it is given.
type mailServer struct {
	t       *testing.T
	address string
	tls     *tls.Config // nil: no STARTTLS
	user    string      // "": nobody signs in
	refuse  map[string]*smtp.SMTPError

	mu          sync.Mutex
	server      *smtp.Server
	listener    net.Listener
	mails       []received
	connections int
	open        []*smtp.Conn
}

type received struct {
	to     string
	raw    []byte
	secure bool
	user   string
}

func startMail(t *testing.T, change func(*mailServer)) *mailServer {
	t.Helper()
	s := &mailServer{t: t, address: "127.0.0.1:0"}
	if change != nil {
		change(s)
	}
	s.start(false)
	t.Cleanup(s.stop)
	return s
}

// start listens, at the same address again after a stop.
func (s *mailServer) start(implicit bool) {
	s.t.Helper()
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.address = listener.Addr().String()
	server := smtp.NewServer(s)
	server.Domain, server.TLSConfig, server.AllowInsecureAuth = "mail.example.test", s.tls, true
	server.ErrorLog = silent{}
	if implicit {
		listener, server.TLSConfig = tls.NewListener(listener, s.tls), nil
	}
	s.mu.Lock()
	s.server, s.listener = server, listener
	s.mu.Unlock()
	go server.Serve(listener)
}

func (s *mailServer) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listener.Close() // the server may not have it yet
	s.server.Close()
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// cut closes every connection without a word.
func (s *mailServer) cut() {
	s.mu.Lock()
	open := s.open
	s.open = nil
	s.mu.Unlock()
	for _, c := range open {
		c.Close()
	}
}

func (s *mailServer) dsn(scheme, rest string) *url.URL {
	u, err := url.Parse(scheme + "://" + s.address + rest)
	if err != nil {
		s.t.Fatal(err)
	}
	return u
}

func (s *mailServer) received() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.mails...)
}

func (s *mailServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

// The rest is what go-smtp asks.

func (s *mailServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connections++
	s.open = append(s.open, c)
	return &mailSession{s: s, conn: c}, nil
}

type mailSession struct {
	s        *mailServer
	conn     *smtp.Conn
	user, to string
}

func (m *mailSession) AuthMechanisms() []string {
	if m.s.user == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (m *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != m.s.user || password != "p@ss word" {
			return errors.New("invalid credentials")
		}
		m.user = user
		return nil
	}), nil
}

func (m *mailSession) Mail(string, *smtp.MailOptions) error {
	if m.s.user != "" && m.user == "" {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (m *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	m.to = to
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	if refusal, ok := m.s.refuse[to]; ok {
		return refusal
	}
	return nil
}

func (m *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	_, secure := m.conn.TLSConnectionState()
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	m.s.mails = append(m.s.mails, received{to: m.to, raw: raw, secure: secure, user: m.user})
	return nil
}

func (*mailSession) Reset()        {}
func (*mailSession) Logout() error { return nil }

// certificate answers a server's and a client's configuration that trust each other.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	host := httptest.NewTLSServer(nil)
	defer host.Close()
	roots := x509.NewCertPool()
	roots.AddCert(host.Certificate())
	return &tls.Config{Certificates: host.TLS.Certificates}, &tls.Config{RootCAs: roots}
}

var acme = &netmail.Address{Name: "Acme", Address: "login@acme.test"}

func openTo(t *testing.T, u *url.URL, trust *tls.Config) *smtpTransport {
	t.Helper()
	transport, err := openSMTP(u, acme, trust)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { transport.Close() })
	return transport
}

// letter is a content that says where it goes.
func letter(to string) Content {
	return Content{To: to, Subject: "Your code", Text: "Your code is 123456.\n", HTML: "<p>Your code is <b>123456</b>.</p>"}
}

// office is a store with a Sender over it.
type office struct {
	t      *testing.T
	store  storage.Store
	sealer *storage.Sealer
	log    *bytes.Buffer
	logMu  sync.Mutex
	now    func() time.Time
}

func newOffice(t *testing.T) *office {
	sealer, err := storage.NewSealer(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return &office{t: t, store: memory.Open(), sealer: sealer, log: &bytes.Buffer{}, now: time.Now}
}

func (o *office) Write(p []byte) (int, error) {
	o.logMu.Lock()
	defer o.logMu.Unlock()
	return o.log.Write(p)
}

func (o *office) logged() string {
	o.logMu.Lock()
	defer o.logMu.Unlock()
	return o.log.String()
}

func (o *office) sender(email, sms Transport) *Sender {
	return &Sender{
		Store: o.store, Sealer: o.sealer, Compose: plainWords{}, Email: email, SMS: sms, Now: o.now,
		Log: slog.New(slog.NewTextHandler(o, nil)), first: 10 * time.Millisecond,
	}
}

// plainWords composes what a test can read.
type plainWords struct{}

func (plainWords) Compose(_ context.Context, m Message, secrets map[string]string) (Content, error) {
	if m.Locale == "panic" {
		panic("no such locale")
	}
	return Content{Subject: m.Kind, Text: "code " + secrets["code"] + " name " + m.Data["name"], HTML: "<p>" + secrets["code"] + "</p>"}, nil
}

// put puts a message with a code into the outbox.
func (o *office) put(to string, change func(*Message)) string {
	o.t.Helper()
	m := New(o.now(), SignUp)
	m.To, m.Data = to, map[string]string{"name": "Ann"}
	box := Outbox{Store: o.store, Sealer: o.sealer}
	if err := box.SealSecrets(&m, map[string]string{"code": "424242"}); err != nil {
		o.t.Fatal(err)
	}
	if change != nil {
		change(&m)
	}
	if err := o.store.Update(o.t.Context(), func(w storage.Writer) error { return box.Put(w, m) }); err != nil {
		o.t.Fatal(err)
	}
	return m.ID
}

func (o *office) get(id string) Message {
	o.t.Helper()
	var m Message
	err := o.store.View(o.t.Context(), func(r storage.Reader) (err error) {
		m, err = messages.Get(r, id)
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return m
}

// run runs the Sender until the answer is called, or the test ends.
func (o *office) run(s *Sender) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			o.t.Error(err)
		}
	})
	o.t.Cleanup(stop)
	return stop
}

// until waits for something that happens on its own.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// hand is a transport that a test answers for.
type hand struct {
	mu   sync.Mutex
	got  []Content
	ctx  context.Context // of the last try
	give func(Content) error
}

func (h *hand) Send(ctx context.Context, c Content) error {
	h.mu.Lock()
	h.ctx = ctx
	h.got = append(h.got, c)
	h.mu.Unlock()
	return h.give(c)
}

func (h *hand) tries() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.got)
}

func (*hand) Close() error   { return nil }
func (*hand) String() string { return "hand" }

func ann(i int) string { return fmt.Sprintf("ann%d@example.test", i) }
