package message

import (
	netmail "net/mail"
	"slices"
	"strings"
	"unicode"
)

// Senders are the addresses that mails of pools may come from. Whoever may change a
// pool must not write in anybody's name: only what the server's own configuration
// opens counts, and other addresses of its own domain are people and their pay slips.
type Senders struct {
	domains   []string
	addresses []string
}

// NewSenders opens the address of the server's own sender, and what allowed names:
// addresses, "help@acme.test", and whole domains, "acme.test".
func NewSenders(own string, allowed []string) Senders {
	var s Senders
	if a, err := netmail.ParseAddress(own); err == nil {
		s.addresses = append(s.addresses, strings.ToLower(a.Address))
	}
	for _, one := range allowed {
		if one = strings.ToLower(one); strings.Contains(one, "@") {
			s.addresses = append(s.addresses, one)
		} else {
			s.domains = append(s.domains, one)
		}
	}
	return s
}

// Allow says that a mail may come from an address, with or without a name (PlainName).
// A domain opens nothing above or below it.
func (s Senders) Allow(from string) bool {
	a, err := netmail.ParseAddress(from)
	if err != nil || !PlainName(from) {
		return false
	}
	return slices.Contains(s.addresses, strings.ToLower(a.Address)) || slices.Contains(s.domains, domainOf(a.Address))
}

// PlainName says that the name beside an address is no second address: programs show
// the name alone, and "ceo@acme.test" <login@acme.test> is from neither. What moves
// or ends the text is refused with it. What is no address has no name.
func PlainName(from string) bool {
	a, err := netmail.ParseAddress(from)
	if err != nil {
		return true
	}
	return !hasControl(from) && !strings.ContainsFunc(a.Name, func(r rune) bool {
		return strings.ContainsRune("@\uFE6B\uFF20", r) || unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
	})
}

func domainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}
