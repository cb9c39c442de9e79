package message

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAHeaderCannotBeSmuggledIn(t *testing.T) {
	for name, c := range map[string]Content{
		"recipient":       {To: "ann@example.test\r\nBcc: eve@example.test"},
		"recipient, LF":   {To: "ann@example.test\nBcc: eve@example.test"},
		"command":         {To: "a@x>\r\nRCPT TO:<b@y"},
		"two recipients":  {To: "ann@example.test, eve@example.test"},
		"a display name":  {To: "Eve <eve@example.test>"},
		"no address":      {To: "ann"},
		"nobody":          {To: ""},
		"sender":          {To: "ann@example.test", From: "Acme\r\nBcc: eve@example.test <login@acme.test>"},
		"sender, no mail": {To: "ann@example.test", From: "Acme"},
		"answers":         {To: "ann@example.test", ReplyTo: "help@acme.test\r\nBcc: eve@example.test"},
		"answers, none":   {To: "ann@example.test", ReplyTo: "help"},
		"subject":         {To: "ann@example.test", Subject: "Hi\r\nBcc: eve@example.test"},
		"subject, LF":     {To: "ann@example.test", Subject: "Hi\n\nbody"},
		"subject, NUL":    {To: "ann@example.test", Subject: "Hi\x00"},
	} {
		raw, err := encode(acme, c)
		var final *PermanentError
		if !errors.As(err, &final) || raw != nil {
			t.Errorf("%s: %v\n%s", name, err, raw)
		}
		if err != nil && strings.Contains(err.Error(), "eve@") {
			t.Errorf("%s: repeats the attempt: %v", name, err)
		}
	}
}

func TestAnIDFromElsewhereIsNoHeader(t *testing.T) {
	for _, id := range []string{"x>\r\nBcc: eve@example.test", strings.Repeat("x", 129)} {
		raw, err := encode(acme, Content{ID: id, To: "ann@example.test", Text: "Hello"})
		if err != nil || bytes.Contains(raw, []byte("Bcc")) || bytes.Contains(raw, []byte("xxx")) {
			t.Errorf("%v\n%s", err, raw)
		}
	}
}

func TestASenderOfTheContentWins(t *testing.T) {
	raw, err := encode(acme, Content{To: "ann@example.test", From: "Büro <hello@buero.test>", ReplyTo: "help@buero.test", Text: "x"})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	from, err := parsed.Header.AddressList("From")
	if err != nil || len(from) != 1 || *from[0] != (netmail.Address{Name: "Büro", Address: "hello@buero.test"}) {
		t.Errorf("%v, %v", from, err)
	}
	if to := parsed.Header.Get("Reply-To"); to != "<help@buero.test>" {
		t.Errorf("answers go to %q", to)
	}
	if !strings.HasSuffix(parsed.Header.Get("Message-Id"), "@buero.test>") || strings.Contains(parsed.Header.Get("Content-Type"), "multipart") {
		t.Errorf("%v", parsed.Header)
	}
}

func TestMailsLieInAFolderWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mail")
	transport, err := OpenEmail("file:"+dir, "Acme <login@acme.test>")
	if err != nil {
		t.Fatal(err)
	}
	c := letter("ann@example.test")
	c.ID = "m1"
	for range 2 { // a second try lies over the first
		if err := transport.Send(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, ".*"))
	if len(names) != 1 || filepath.Base(names[0]) != "m1.eml" || len(hidden) != 0 {
		t.Fatalf("%v %v", names, hidden)
	}
	info, _ := os.Stat(names[0])
	folder, _ := os.Stat(dir)
	if info.Mode().Perm() != 0o600 || folder.Mode().Perm() != 0o700 {
		t.Errorf("modes %v %v", info.Mode(), folder.Mode())
	}
	raw, _ := os.ReadFile(names[0])
	if parsed, err := netmail.ReadMessage(bytes.NewReader(raw)); err != nil || parsed.Header.Get("Subject") != "Your code" {
		t.Errorf("%v\n%s", err, raw)
	}
	var final *PermanentError
	if err := transport.Send(t.Context(), Content{To: "x\r\n@y"}); !errors.As(err, &final) {
		t.Errorf("%v", err)
	}
	if transport.String() != "file:"+dir || transport.Close() != nil {
		t.Error(transport)
	}
}

func TestAnIDIsNoPath(t *testing.T) {
	dir := t.TempDir()
	transport, _ := OpenEmail("file:"+filepath.Join(dir, "mail"), "login@acme.test")
	c := letter("ann@example.test")
	c.ID = "../escaped"
	if err := transport.Send(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if inside, _ := filepath.Glob(filepath.Join(dir, "mail", "*.eml")); len(inside) != 1 {
		t.Errorf("%v", inside)
	}
}

func TestAFolderThatCannotBeWrittenIsAnOutage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mail")
	transport, _ := OpenEmail("file:"+dir, "login@acme.test")
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	var down *UnavailableError
	if err := transport.Send(t.Context(), letter("ann@example.test")); !errors.As(err, &down) {
		t.Errorf("%v", err)
	}
	if _, err := OpenEmail("file:", "login@acme.test"); err == nil {
		t.Error("a folder without a name is opened")
	}
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o600)
	if _, err := OpenEmail("file:"+file, "login@acme.test"); err == nil {
		t.Error("a file is opened as a folder")
	}
}

func TestTheLogShowsTextsOnlyWhenAsked(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	for dsn, shown := range map[string]bool{"log": false, "log:body": true} {
		log.Reset()
		mail, err := OpenEmail(dsn, "login@acme.test")
		if err != nil {
			t.Fatal(err)
		}
		sms, err := OpenSMS(dsn)
		if err != nil {
			t.Fatal(err)
		}
		for _, transport := range []Transport{mail, sms} {
			if err := transport.Send(context.Background(), letter("ann@example.test")); err != nil {
				t.Error(err)
			}
		}
		if got := strings.Count(log.String(), "123456"); got != map[bool]int{true: 2}[shown] || !strings.Contains(log.String(), "ann@example.test") {
			t.Errorf("%s:\n%s", dsn, log.String())
		}
	}
}

func TestContentInALogHidesItsText(t *testing.T) {
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "content", letter("ann@example.test"))
	if strings.Contains(log.String(), "123456") {
		t.Error(log.String())
	}
}

// A mail that is built reads back as one recipient, one subject and no header
// that was not set.
func FuzzBuild(f *testing.F) {
	f.Add("ann@example.test", "Your code", "id1", "text")
	f.Add("a@x>\r\nRCPT TO:<b@y", "Hi\r\nBcc: x@y", "../x", "\r\n.\r\n")
	f.Add("\"a b\"@example.test", "=?utf-8?q?=0d=0aBcc:?=", "", "é")
	f.Fuzz(func(t *testing.T, to, subject, id, text string) {
		raw, err := encode(acme, Content{ID: id, To: to, Subject: subject, Text: text, HTML: text})
		if err != nil {
			return
		}
		parsed, err := netmail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		for header := range parsed.Header {
			if !strings.Contains(" Date From To Subject Message-Id Auto-Submitted Mime-Version Content-Type Content-Transfer-Encoding ", " "+header+" ") {
				t.Errorf("header %q\n%s", header, raw)
			}
		}
		if list, err := parsed.Header.AddressList("To"); err != nil || len(list) != 1 || list[0].Address != to {
			t.Errorf("To %q: %v %v\n%s", to, list, err, raw)
		}
	})
}
