package kit

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jhillyerd/enmime/v2"
)

// Mail is one message as its receiver sees it.
type Mail struct {
	File    string
	To      string
	From    string
	ReplyTo string
	Subject string
	Text    string
	HTML    string
}

// ParseMail reads a message with a MIME parser that is not ours.
func ParseMail(raw string) (Mail, error) {
	e, err := enmime.ReadEnvelope(strings.NewReader(raw))
	if err != nil {
		return Mail{}, err
	}
	return Mail{To: e.GetHeader("To"), From: e.GetHeader("From"), ReplyTo: e.GetHeader("Reply-To"), Subject: e.GetHeader("Subject"), Text: e.Text, HTML: e.HTML}, nil
}

var sixDigits = regexp.MustCompile(`(?m)(?:^|[^0-9])([0-9]{3} ?[0-9]{3})(?:[^0-9]|$)`)

// Code answers the one-time code in the mail's text part.
func (m Mail) Code(t testing.TB) string {
	t.Helper()
	found := sixDigits.FindStringSubmatch(m.Text)
	if found == nil {
		t.Fatalf("no code in the mail:\n%s", m.Text)
	}
	return strings.ReplaceAll(found[1], " ", "")
}

var anyLink = regexp.MustCompile(`https?://[^\s<>"]+`)

// Link answers the first link in the mail's text part.
func (m Mail) Link(t testing.TB) string {
	t.Helper()
	link := anyLink.FindString(m.Text)
	if link == "" {
		t.Fatalf("no link in the mail:\n%s", m.Text)
	}
	return link
}

// Mails answers what was sent to an address so far, oldest first.
func (s *Server) Mails(t testing.TB, to string) []Mail {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.Folder, "mail", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	sort.Slice(files, func(i, j int) bool { return older(files[i], files[j]) })
	var all []Mail
	for _, file := range files {
		m, err := s.mail.open(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.ToLower(m.To), strings.ToLower(to)) {
			all = append(all, m)
		}
	}
	return all
}

// mailbox remembers the mails that were read: those who wait ask for all of them,
// many times a second.
type mailbox struct{ read sync.Map } // by file

// kept is a mail of a file as it was then; files are replaced whole.
type kept struct {
	Mail
	written time.Time
}

func (b *mailbox) open(file string) (Mail, error) {
	now, err := os.Stat(file)
	if err != nil {
		return Mail{}, err
	}
	if was, ok := b.read.Load(file); ok && was.(kept).written.Equal(now.ModTime()) {
		return was.(kept).Mail, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return Mail{}, err
	}
	m, err := ParseMail(string(raw))
	m.File = file
	if err == nil {
		b.read.Store(file, kept{m, now.ModTime()})
	}
	return m, err
}

func older(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	if errX != nil || errY != nil || x.ModTime().Equal(y.ModTime()) {
		return a < b
	}
	return x.ModTime().Before(y.ModTime())
}

// Mail waits until n mails have come to an address and answers the n-th.
func (s *Server) Mail(t testing.TB, to string, n int) Mail {
	t.Helper()
	var all []Mail
	Eventually(t, "mail to "+to, func() bool {
		all = s.Mails(t, to)
		return len(all) >= n
	})
	return all[n-1]
}

// MailAbout waits for the n-th mail to an address whose subject holds the phrase.
func (s *Server) MailAbout(t testing.TB, to, phrase string, n int) Mail {
	t.Helper()
	var all []Mail
	Eventually(t, fmt.Sprintf("mail %d to %s about %q", n, to, phrase), func() bool {
		all = nil
		for _, m := range s.Mails(t, to) {
			if strings.Contains(m.Subject, phrase) {
				all = append(all, m)
			}
		}
		return len(all) >= n
	})
	return all[n-1]
}

// SMS is one text message.
type SMS struct {
	To   string `json:"to"`
	Text string `json:"text"`
}

// Code answers the one-time code in the message.
func (m SMS) Code(t testing.TB) string {
	t.Helper()
	return Mail{Text: m.Text}.Code(t)
}

// Messages answers the text messages to a number so far, oldest first.
func (s *Server) Messages(t testing.TB, to string) []SMS {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.Folder, "sms", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	sort.Slice(files, func(i, j int) bool { return older(files[i], files[j]) })
	var all []SMS
	for _, file := range files {
		var m SMS
		if raw, err := os.ReadFile(file); err != nil || json.Unmarshal(raw, &m) != nil {
			t.Fatalf("%s is no message: %v", file, err)
		}
		if m.To == to {
			all = append(all, m)
		}
	}
	return all
}

// SMS waits until n text messages have come to a number and answers the n-th.
func (s *Server) SMS(t testing.TB, to string, n int) SMS {
	t.Helper()
	var all []SMS
	Eventually(t, "a text message to "+to, func() bool {
		all = s.Messages(t, to)
		return len(all) >= n
	})
	return all[n-1]
}
