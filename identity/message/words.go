package message

import (
	"cmp"
	"html"
	"regexp"
	"strings"
)

// Words are a message as an administrator or a trigger has written it, in place of
// ours; what is empty stays ours. Body is HTML in a mail, and Text its plain part,
// which else is made of Body. Placeholders are Cognito's: {####} stands for the code
// or the temporary password, {username} for the name to sign in with, and {##TEXT##}
// for a link with that text. Subjects have none.
type Words struct {
	Subject string `json:"subject,omitempty"`
	Body    string `json:"body"`
	Text    string `json:"text,omitempty"`
}

// Placeholders of Words.
const (
	CodePlaceholder = "{####}"
	NamePlaceholder = "{username}"
)

var linkPlaceholder = regexp.MustCompile(`(?s)\{##([^#].*?)##\}`)

// Leads says that the words hold a link or a code.
func (w *Words) Leads() bool { return strings.Contains(w.Body, CodePlaceholder) || w.Links() }

// Links says that the words hold a link.
func (w *Words) Links() bool { return linkPlaceholder.MatchString(w.Body) }

// CodeIn answers what of a message's secrets its reader types: the code, or the
// temporary password; "" when there is neither.
func CodeIn(secrets map[string]string) string { return cmp.Or(secrets["code"], secrets["password"]) }

// Fill is what placeholders stand for.
type Fill struct {
	Code  string
	Link  string            // "": {##TEXT##} is the text alone
	Named map[string]string // others, each by its whole placeholder; those that are not here stay as they are
}

// SMS answers the words as a text message.
func (w *Words) SMS(f Fill) string { return f.into(w.Body, plainly) }

// Over puts the words in place of what a mail says, as far as they say it.
func (w *Words) Over(c *Content, f Fill) {
	if w.Subject != "" {
		c.Subject = oneLine(w.Subject)
	}
	if w.Body != "" || w.Text != "" {
		c.HTML, c.Text = f.into(w.Body, asHTML), f.into(w.Text, plainly)
	}
	if w.Text == "" && w.Body != "" {
		c.Text = readable(c.HTML)
	}
}

// A form is how values and links stand in a text.
type form struct {
	value func(string) string
	link  func(text, link string) string
}

// In HTML what is filled in cannot become markup. The text of a link is the
// administrator's, and may be.
var (
	asHTML = form{html.EscapeString, func(text, link string) string {
		return `<a href="` + html.EscapeString(link) + `">` + text + `</a>`
	}}
	plainly = form{func(value string) string { return value }, func(text, link string) string { return text + ": " + link }}
)

// into fills a text in one pass, so that nothing which is filled in is filled again.
func (f Fill) into(text string, as form) string {
	var out strings.Builder
	for text != "" {
		at := linkPlaceholder.FindStringSubmatchIndex(text)
		if at == nil {
			at = []int{len(text), len(text), 0, 0}
		}
		out.WriteString(f.values(as).Replace(text[:at[0]]))
		switch words := text[at[2]:at[3]]; {
		case at[0] == at[1]:
		case f.Link == "":
			out.WriteString(words)
		default:
			out.WriteString(as.link(words, f.Link))
		}
		text = text[at[1]:]
	}
	return out.String()
}

func (f Fill) values(as form) *strings.Replacer {
	pairs := []string{CodePlaceholder, as.value(f.Code)}
	for name, value := range f.Named {
		pairs = append(pairs, name, as.value(value))
	}
	return strings.NewReplacer(pairs...)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
