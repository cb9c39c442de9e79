package message

import (
	"html"
	"regexp"
	"strings"
)

var (
	// What no reader of a page sees.
	unseen = regexp.MustCompile(`(?is)<!--.*?-->|<head\b.*?</head\s*>|<style\b.*?</style\s*>|<script\b.*?</script\s*>`)
	// In HTML a line break is a space.
	spaces  = regexp.MustCompile(`\s+`)
	anchors = regexp.MustCompile(`(?is)<a\b[^>]*?\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))[^>]*>(.*?)</a\s*>`)
	items   = regexp.MustCompile(`(?i)<li\b[^>]*>`)
	breaks  = regexp.MustCompile(`(?i)<(?:br|hr|/p|/div|/tr|/h[1-6]|/ul|/ol|/table|/pre|/blockquote)\b[^>]*>`)
	cells   = regexp.MustCompile(`(?i)</t[dh]\b[^>]*>`)
	tags    = regexp.MustCompile(`<[^>]*>`)
	gaps    = regexp.MustCompile(`\n{3,}`)
)

// readable is a body in HTML for who reads mails as text: its words, a line for each
// block, and behind the text of each link where it leads.
func readable(body string) string {
	body = spaces.ReplaceAllString(unseen.ReplaceAllString(body, ""), " ")
	body = anchors.ReplaceAllStringFunc(body, func(found string) string {
		parts := anchors.FindStringSubmatch(found)
		return leads(parts[4], parts[1]+parts[2]+parts[3])
	})
	body = cells.ReplaceAllString(breaks.ReplaceAllString(items.ReplaceAllString(body, "\n- "), "\n"), " ")
	var lines []string
	for line := range strings.SplitSeq(html.UnescapeString(tags.ReplaceAllString(body, "")), "\n") {
		lines = append(lines, strings.TrimSpace(line))
	}
	return strings.TrimSpace(gaps.ReplaceAllString(strings.Join(lines, "\n"), "\n\n"))
}

// leads writes a link as text. A link that is its own text, or leads to no page,
// stands there once.
func leads(text, link string) string {
	shown := strings.TrimSpace(tags.ReplaceAllString(text, ""))
	if shown == link || !strings.HasPrefix(link, "http") {
		return text
	}
	return strings.TrimSpace(shown + ": " + link)
}
