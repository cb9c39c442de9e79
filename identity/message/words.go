package message

import (
	"cmp"
	"html"
	"regexp"
	"strings"
)

// Words are a message as an administrator or a trigger has written it, in place of
// ours. Body is HTML in a mail. Placeholders are Cognito's: {####} stands for the
// code or the temporary password, {username} for the name to sign in with, and
// {##TEXT##} for a link with that text.
type Words struct {
	Subject string `json:"subject,omitempty"`
	Body    string `json:"body"`
}

// Placeholders of Words.
const (
	CodePlaceholder = "{####}"
	NamePlaceholder = "{username}"
)

var linkPlaceholder = regexp.MustCompile(`\{##([^#{}]{1,200})##\}`)

// Leads says that the words hold a link or a code.
func (w *Words) Leads() bool {
	return strings.Contains(w.Body, CodePlaceholder) || linkPlaceholder.MatchString(w.Body)
}

// CodeIn answers what of a message's secrets its reader types: the code, or the
// temporary password; "" when there is neither.
func CodeIn(secrets map[string]string) string { return cmp.Or(secrets["code"], secrets["password"]) }

// content fills the placeholders. What is filled in cannot become markup.
func (w *Words) content(m Message, secrets map[string]string) Content {
	code := CodeIn(secrets)
	if m.Channel != Email {
		return Content{To: m.To, Text: w.fill(w.Body, code, m.Data["username"], func(text string) string { return secrets["link"] })}
	}
	page := w.fill(w.Body, html.EscapeString(code), html.EscapeString(m.Data["username"]), func(text string) string {
		return `<a href="` + html.EscapeString(secrets["link"]) + `">` + html.EscapeString(text) + `</a>`
	})
	plain := w.fill(w.Body, code, m.Data["username"], func(text string) string { return text + ": " + secrets["link"] })
	return Content{To: m.To, Subject: oneLine(w.Subject), HTML: page, Text: readable(plain)}
}

func (w *Words) fill(body, code, name string, link func(text string) string) string {
	linked := linkPlaceholder.ReplaceAllStringFunc(body, func(found string) string {
		return link(linkPlaceholder.FindStringSubmatch(found)[1])
	})
	return strings.NewReplacer(CodePlaceholder, code, NamePlaceholder, name).Replace(linked)
}

var (
	breaks = regexp.MustCompile(`(?i)<(?:br|/p|/div|/tr|/h[1-6]|/li)\b[^>]*>`)
	tags   = regexp.MustCompile(`<[^>]*>`)
)

// readable is an HTML body for who reads mails as text.
func readable(body string) string {
	return strings.TrimSpace(html.UnescapeString(tags.ReplaceAllString(breaks.ReplaceAllString(body, "\n"), "")))
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
