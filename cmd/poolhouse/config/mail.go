package config

import (
	"fmt"
	"net/mail"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
)

// senders checks who mails come from: the server's own, and what pools may name
// beside it.
func (c *checker) senders(f *File) {
	if _, err := mail.ParseAddress(f.Email.From); f.Email.From != "" && err != nil {
		c.fail("email.from", "write it as Acme <login@acme.test>", "%q is no e-mail address", f.Email.From)
	}
	for i, one := range f.Email.AllowedSenders {
		name, host, isAddress := strings.Cut(one, "@")
		if !isAddress {
			host = one
		}
		if isAddress && name == "" || host == "" || strings.ContainsAny(one, " <>,*\t\r\n") || strings.Contains(host, "@") {
			c.fail(fmt.Sprintf("email.allowed_senders[%d]", i), "write help@acme.test, or acme.test for all addresses of it", "%q is no address and no domain", one)
		}
	}
	allowed := message.NewSenders(f.Email.From, f.Email.AllowedSenders)
	for i := range f.Pools {
		p, path := &f.Pools[i], fmt.Sprintf("pools[%d]", i)
		c.sender(allowed, path+".email_configuration.from", p.Email.From)
		c.notices(allowed, path, &p.Risk)
		for n := range p.Clients {
			if risk := p.Clients[n].Risk; risk != nil {
				c.notices(allowed, fmt.Sprintf("%s.clients[%d]", path, n), risk)
			}
		}
	}
}

func (c *checker) notices(allowed message.Senders, path string, risk *identity.RiskConfiguration) {
	c.sender(allowed, path+".risk_configuration.account_takeover_risk_configuration.notify_configuration.from", risk.AccountTakeover.Notify.From)
}

// sender wants what a pool of the file names to be opened by the file: over the API
// mails then come from the server's own sender.
func (c *checker) sender(allowed message.Senders, path, from string) {
	if from == "" || allowed.Allow(from) {
		return
	}
	c.fail(path, "add it or its domain to email.allowed_senders", "mails may not come from %s", from)
}
