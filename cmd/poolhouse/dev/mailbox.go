// Package dev is what `poolhouse dev` runs beside the server: a mailbox that
// catches every message, and a demo app, which is a relying party like any
// other and knows nothing of the server but its issuer.
package dev

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/mailbox"
	"poolhouse.dev/web"
)

// most is how many messages are kept; the oldest go first.
const most = 200

// Mailbox keeps messages in memory instead of sending them.
type Mailbox struct {
	// URL is where its page is; HomeURL is the demo app's.
	URL, HomeURL string

	mu   sync.Mutex
	last int
	all  []caught
}

// caught is one message and when it came.
type caught struct {
	message.Content
	number int
	sms    bool
	at     time.Time
}

// transport puts messages of one channel into the mailbox.
type transport struct {
	box *Mailbox
	sms bool
}

// Email answers the transport for e-mail.
func (m *Mailbox) Email() message.Transport { return transport{box: m} }

// SMS answers the transport for text messages.
func (m *Mailbox) SMS() message.Transport { return transport{box: m, sms: true} }

func (t transport) Send(_ context.Context, c message.Content) error {
	t.box.put(c, t.sms)
	return nil
}

func (transport) Close() error { return nil }

func (t transport) String() string { return t.box.URL }

func (m *Mailbox) put(c message.Content, sms bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last++
	m.all = append(m.all, caught{Content: c, number: m.last, sms: sms, at: time.Now()})
	if len(m.all) > most {
		m.all = slices.Delete(m.all, 0, len(m.all)-most)
	}
}

// newest answers all messages, newest first.
func (m *Mailbox) newest() []caught {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := slices.Clone(m.all)
	slices.Reverse(list)
	return list
}

func (m *Mailbox) find(number string) (caught, bool) {
	for _, c := range m.newest() {
		if strconv.Itoa(c.number) == number {
			return c, true
		}
	}
	return caught{}, false
}

var (
	codePattern = regexp.MustCompile(`\b\d{6}\b`)
	linkPattern = regexp.MustCompile(`https?://[^\s<>"]+`)
)

func (c caught) code() string {
	return codePattern.FindString(linkPattern.ReplaceAllString(c.Text, ""))
}

func (c caught) link() string { return strings.TrimRight(linkPattern.FindString(c.Text), ".,;)") }

func (c caught) subject() string {
	if c.sms {
		words, _, _ := strings.Cut(c.Text, "\n")
		return words
	}
	return c.Subject
}

// Routes lists the mailbox's pages.
func (m *Mailbox) Routes() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: "/mailbox", Handle: m.list},
		{Method: http.MethodGet, Path: "/mailbox/message", Handle: m.message},
	}
}

func (m *Mailbox) list(r *web.Request) error {
	props := mailbox.ListProps{Page: r.Layout(), HomeURL: m.HomeURL}
	for _, c := range m.newest() {
		props.Messages = append(props.Messages, mailbox.Summary{
			URL: fmt.Sprintf("/mailbox/message?n=%d", c.number), SMS: c.sms, To: c.To, Subject: c.subject(), Code: c.code(), At: moment(c.at),
		})
	}
	return r.HTML(http.StatusOK, mailbox.List(props))
}

func (m *Mailbox) message(r *web.Request) error {
	c, ok := m.find(r.Arg("n"))
	if !ok {
		return r.See("/mailbox")
	}
	props := mailbox.MessageProps{
		Page: r.Layout(), SMS: c.sms, From: c.From, To: c.To, Subject: c.Subject, At: moment(c.at),
		Code: c.code(), Link: c.link(), Text: c.Text, ListURL: "/mailbox",
	}
	if c.HTML != "" {
		props.HTMLURL = fmt.Sprintf("/mailbox/html?n=%d", c.number)
	}
	return r.HTML(http.StatusOK, mailbox.Message(props))
}

// HTML answers the HTML part of a mail as the page a mail program would show:
// with its own styles, without script, and in an origin of its own.
func (m *Mailbox) HTML(w http.ResponseWriter, req *http.Request) {
	c, ok := m.find(req.URL.Query().Get("n"))
	if !ok {
		http.Redirect(w, req, "/mailbox", http.StatusSeeOther)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "sandbox allow-popups allow-top-navigation-by-user-activation; default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	// Without an icon of its own the browser would ask for one, and be refused.
	_, _ = w.Write([]byte(strings.Replace(c.Content.HTML, "</title>", `</title><link rel="icon" href="data:,">`, 1)))
}

func moment(at time.Time) layout.Moment {
	return layout.Moment{Machine: at.UTC().Format(time.RFC3339), Words: at.Local().Format("15:04:05")}
}
