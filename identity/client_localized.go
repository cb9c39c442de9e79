package identity

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// localizable are the members that a client may say in several languages (RFC 7591
// §2.2, OpenID Connect Registration §2.1), as client_name#de.
var localizable = []string{"client_name", "client_uri", "policy_uri", "tos_uri"}

// Localizable says that name is a member in a language, as client_name#de.
func Localizable(name string) bool {
	member, tag, found := strings.Cut(name, "#")
	_, err := language.Parse(tag)
	return found && err == nil && slices.Contains(localizable, member)
}

// Said answers a member of localizable in the language of the reader, else in the
// language's base, else as it stands without one.
// The documents of CreateTerms stand before both.
func (c *Client) Said(member string, reader language.Tag) string {
	if link := c.saidInTerms(member, reader); link != "" {
		return link
	}
	plain := map[string]string{"client_name": c.Name, "client_uri": c.ClientURI, "policy_uri": c.PolicyURI, "tos_uri": c.TermsURI}[member]
	base, _ := reader.Base()
	for _, wanted := range []string{reader.String(), base.String()} {
		for name, value := range c.Localized {
			of, text, _ := strings.Cut(name, "#")
			if tag, err := language.Parse(text); of == member && err == nil && tag.String() == wanted {
				return value
			}
		}
	}
	return plain
}

func localizedRules(c *Client) []setting {
	rules := []setting{{"localized", len(c.Localized) <= maxListed, "at most 50"}}
	for name, value := range c.Localized {
		holds := Localizable(name)
		if strings.HasPrefix(name, "client_name#") {
			holds = holds && isPlainText(value, 128)
		} else {
			holds = holds && isFetchable(value)
		}
		rules = append(rules, setting{"localized", holds, "takes client_name, client_uri, policy_uri and tos_uri with a language, as client_name#de"})
	}
	return rules
}
