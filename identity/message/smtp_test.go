package message

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	netmail "net/mail"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/wneessen/go-mail"
)

func TestAMailArrivesWithBothParts(t *testing.T) {
	server := startMail(t, nil)
	transport := openTo(t, server.dsn("smtp", ""), nil)
	c := letter("ann@example.test")
	c.ID, c.Subject, c.Text = "m1", "Grüße, dein Code", "Dein Code für Acme: 123456 ☺\n"
	if err := transport.Send(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	got := server.received()
	if len(got) != 1 || got[0].to != "ann@example.test" {
		t.Fatalf("%+v", got)
	}
	eml, err := mail.EMLToMsgFromString(string(got[0].raw))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := eml.GetParts()[0].GetContent()
	html, _ := eml.GetParts()[1].GetContent()
	if strings.TrimSpace(string(text)) != strings.TrimSpace(c.Text) || !strings.Contains(string(html), "<b>123456</b>") {
		t.Errorf("parts: %q, %q", text, html)
	}
	parsed, _ := netmail.ReadMessage(strings.NewReader(string(got[0].raw)))
	for header, want := range map[string]string{
		"From": `"Acme" <login@acme.test>`, "To": "<ann@example.test>", "Message-Id": "<m1@acme.test>",
		"Auto-Submitted": "auto-generated", "Mime-Version": "1.0", "X-Mailer": "", "User-Agent": "",
	} {
		if got := parsed.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if !strings.HasPrefix(parsed.Header.Get("Content-Type"), "multipart/alternative") {
		t.Errorf("Content-Type: %s", parsed.Header.Get("Content-Type"))
	}
	if _, err := parsed.Header.Date(); err != nil {
		t.Errorf("Date: %v", err)
	}
}

func TestManyMailsGoOverOneConnection(t *testing.T) {
	server := startMail(t, nil)
	transport := openTo(t, server.dsn("smtp", ""), nil)
	for i := range smtpMails {
		if err := transport.Send(t.Context(), letter(ann(i))); err != nil {
			t.Fatal(err)
		}
	}
	if n := server.count(); n != 1 || len(server.received()) != smtpMails {
		t.Errorf("%d connections for %d mails", n, len(server.received()))
	}
	if err := transport.Send(t.Context(), letter(ann(0))); err != nil || server.count() != 2 {
		t.Errorf("past what one connection carries: %v, %d connections", err, server.count())
	}
}

func TestADeadConnectionIsReplaced(t *testing.T) {
	server := startMail(t, nil)
	transport := openTo(t, server.dsn("smtp", ""), nil)
	for i := range 5 {
		if err := transport.Send(t.Context(), letter(ann(i))); err != nil {
			t.Fatal(err)
		}
		server.cut()
	}
	seen := map[string]int{}
	for _, got := range server.received() {
		seen[got.to]++
	}
	for i := range 5 {
		if seen[ann(i)] != 1 {
			t.Errorf("%s: %d mails", ann(i), seen[ann(i)])
		}
	}
}

func TestAClosedTransportDialsAnew(t *testing.T) {
	server := startMail(t, nil)
	transport := openTo(t, server.dsn("smtp", ""), nil)
	for range 2 {
		if err := transport.Send(t.Context(), letter("ann@example.test")); err != nil {
			t.Fatal(err)
		}
		if err := transport.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if server.count() != 2 {
		t.Errorf("%d connections", server.count())
	}
}

func TestPasswordsAndMailsGoThroughTLS(t *testing.T) {
	serverTLS, clientTLS := certificate(t)
	server := startMail(t, func(s *mailServer) { s.tls, s.user = serverTLS, "acme@mail" })
	u := server.dsn("smtp", "?starttls=mandatory")
	u.User = url.UserPassword("acme@mail", "p@ss word")
	if err := openTo(t, u, clientTLS).Send(t.Context(), letter("ann@example.test")); err != nil {
		t.Fatal(err)
	}
	if got := server.received(); len(got) != 1 || !got[0].secure || got[0].user != "acme@mail" {
		t.Errorf("%+v", got)
	}
}

func TestTLSFromTheFirstByte(t *testing.T) {
	serverTLS, clientTLS := certificate(t)
	server := &mailServer{t: t, address: "127.0.0.1:0", tls: serverTLS, user: "acme"}
	server.start(true)
	t.Cleanup(server.stop)
	u := server.dsn("smtps", "")
	u.User = url.UserPassword("acme", "p@ss word")
	if err := openTo(t, u, clientTLS).Send(t.Context(), letter("ann@example.test")); err != nil {
		t.Fatal(err)
	}
	if got := server.received(); len(got) != 1 || got[0].user != "acme" {
		t.Errorf("%+v", got)
	}
}

func TestAServerThatCannotBeTrustedGetsNothing(t *testing.T) {
	serverTLS, clientTLS := certificate(t)
	for name, c := range map[string]struct {
		change func(*mailServer)
		rest   string
		user   *url.Userinfo
		trust  bool
	}{
		"no STARTTLS offered":   {nil, "?starttls=mandatory", nil, true},
		"unknown certificate":   {func(s *mailServer) { s.tls = serverTLS }, "?starttls=mandatory", nil, false},
		"opportunistic, too":    {func(s *mailServer) { s.tls = serverTLS }, "?starttls=opportunistic", nil, false},
		"wrong password":        {func(s *mailServer) { s.tls, s.user = serverTLS, "acme" }, "?starttls=mandatory", url.UserPassword("acme", "x"), true},
		"no sign-in is offered": {nil, "", url.UserPassword("acme", "p@ss word"), true},
	} {
		server := startMail(t, c.change)
		u := server.dsn("smtp", c.rest)
		u.User = c.user
		trust := clientTLS
		if !c.trust {
			trust = nil
		}
		err := openTo(t, u, trust).Send(t.Context(), letter("ann@example.test"))
		var down *UnavailableError
		if !errors.As(err, &down) || len(server.received()) != 0 {
			t.Errorf("%s: %v, %d mails", name, err, len(server.received()))
		}
		if err != nil && strings.Contains(err.Error(), "p@ss") {
			t.Errorf("%s: the password is in %v", name, err)
		}
	}
}

func TestRefusalsAreTheMailsFaultOrNot(t *testing.T) {
	server := startMail(t, func(s *mailServer) {
		s.refuse = map[string]*smtp.SMTPError{
			"gone@example.test": {Code: 550, Message: "no such mailbox"},
			"full@example.test": {Code: 452, Message: "mailbox full"},
		}
	})
	transport := openTo(t, server.dsn("smtp", ""), nil)
	var final *PermanentError
	var down *UnavailableError
	if err := transport.Send(t.Context(), letter("gone@example.test")); !errors.As(err, &final) {
		t.Errorf("550: %v", err)
	}
	if err := transport.Send(t.Context(), letter("full@example.test")); err == nil || errors.As(err, &final) || errors.As(err, &down) {
		t.Errorf("452: %v", err)
	}
	if err := transport.Send(t.Context(), letter("ann@example.test")); err != nil || server.count() != 1 {
		t.Errorf("after refusals: %v, %d connections", err, server.count())
	}
	server.stop()
	if err := transport.Send(t.Context(), letter("ann@example.test")); !errors.As(err, &down) {
		t.Errorf("nobody there: %v", err)
	}
}

// script serves one connection: after each line that begins with a key, it
// says the value; an empty value hangs up, a missing one says 250.
func script(t *testing.T, says map[string]string, silent func(line string)) *url.URL {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		io.WriteString(conn, "220 hello\r\n")
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			verb, _, _ := strings.Cut(lines.Text(), " ")
			answer, ok := says[verb]
			switch {
			case !ok && (verb == strings.ToUpper(verb) && len(verb) == 4):
				io.WriteString(conn, "250 ok\r\n")
			case ok && answer == "":
				return
			case ok && answer == "silence":
				silent(verb)
			case ok:
				io.WriteString(conn, answer+"\r\n")
			}
		}
	}()
	u, _ := url.Parse("smtp://" + listener.Addr().String())
	return u
}

func TestASilentServerIsLeftWithTheContext(t *testing.T) {
	for verb, want := range map[string]string{"EHLO": "down", "DATA": "later"} {
		ctx, cancel := context.WithCancel(t.Context())
		u := script(t, map[string]string{verb: "silence"}, func(string) { cancel() })
		begin := time.Now()
		if err := openTo(t, u, nil).Send(ctx, letter("ann@example.test")); outcome(err) != want {
			t.Errorf("%s: %v", verb, err)
		}
		if waited := time.Since(begin); waited > smtpTime/2 {
			t.Errorf("%s: left after %v", verb, waited)
		}
	}
}

func TestAMailThatWasTakenIsNotSentAgainForABadGoodbye(t *testing.T) {
	u := script(t, map[string]string{"DATA": "354 go on", ".": "250 taken", "NOOP": "250 ok", "RSET": ""}, nil)
	if err := openTo(t, u, nil).Send(t.Context(), letter("ann@example.test")); err != nil {
		t.Errorf("%v", err)
	}
}

func TestAServerThatIsFullForTodayIsDialledAnew(t *testing.T) {
	u := script(t, map[string]string{"MAIL": "421 too much today"}, nil)
	transport := openTo(t, u, nil)
	if err := transport.Send(t.Context(), letter("ann@example.test")); outcome(err) != "later" {
		t.Errorf("%v", err)
	}
	if transport.conn != nil {
		t.Error("the connection is kept")
	}
}

func TestSettingsOfSMTPAreCheckedAtOnce(t *testing.T) {
	for dsn, want := range map[string]string{
		"smtp://h?starttls=maybe": "starttls=maybe", "smtps://h?starttls=off": "leave starttls out",
		"smtp://h?startls=off": "unknown setting", "smtp://": "HOST", "smtp://h/path": "HOST", "mailto:x": "smtp://",
		"smtp://u:secret@h:port": "smtp://", "": "smtp://",
	} {
		if _, err := OpenEmail(dsn, "login@acme.test"); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", dsn, err)
		}
	}
	for _, from := range []string{"", "Acme", "a@b\r\nBcc: c@d", "a@b, c@d"} {
		if _, err := OpenEmail("log", from); err == nil {
			t.Errorf("from %q is taken", from)
		}
	}
}

func TestTLSIsOptionalOnLoopbackOnly(t *testing.T) {
	for dsn, want := range map[string]mail.TLSPolicy{
		"smtp://mail.example.test": mail.TLSMandatory, "smtp://127.0.0.1.example.test": mail.TLSMandatory,
		"smtp://192.0.2.1": mail.TLSMandatory, "smtp://mail.example.test?starttls=opportunistic": mail.TLSOpportunistic,
		"smtp://mail.example.test?starttls=off": mail.NoTLS, "smtp://localhost": mail.NoTLS, "smtp://127.0.0.1": mail.NoTLS,
		"smtp://[::1]": mail.NoTLS, "smtp://localhost?starttls=mandatory": mail.TLSMandatory,
	} {
		u, _ := url.Parse(dsn)
		if got, err := smtpPolicy(u); got != want || err != nil {
			t.Errorf("%s: %v, %v", dsn, got, err)
		}
	}
	for dsn, want := range map[string]string{
		"smtp://u:secret@mail.example.test":  "smtp://mail.example.test:587",
		"smtps://u:secret@mail.example.test": "smtps://mail.example.test:465",
		"smtp://mail.example.test:2525":      "smtp://mail.example.test:2525",
	} {
		transport, err := OpenEmail(dsn, "login@acme.test")
		if err != nil || transport.String() != want {
			t.Errorf("%s: %v, %v", dsn, transport, err)
		}
	}
}
