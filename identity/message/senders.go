package message

import (
	netmail "net/mail"
	"slices"
	"strings"
)

// Senders are the addresses that mails of pools may come from. Whoever may change a
// pool must not write in anybody's name: only what the server's own configuration
// opens counts.
type Senders struct {
	domains   []string
	addresses []string
}

// NewSenders opens the domain of the server's own sender, and what allowed names:
// addresses and domains, "help@acme.test" and "acme.test".
func NewSenders(own string, allowed []string) Senders {
	var s Senders
	if a, err := netmail.ParseAddress(own); err == nil {
		s.domains = append(s.domains, domainOf(a.Address))
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

// Allow says that a mail may come from an address, with or without a name. A domain
// opens nothing above or below it.
func (s Senders) Allow(from string) bool {
	a, err := netmail.ParseAddress(from)
	if err != nil || hasControl(from) {
		return false
	}
	return slices.Contains(s.addresses, strings.ToLower(a.Address)) || slices.Contains(s.domains, domainOf(a.Address))
}

func domainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}
