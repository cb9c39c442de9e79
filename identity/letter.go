package identity

import (
	"cmp"
	"errors"
	"strconv"
	"time"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// letter is one message to one person.
type letter struct {
	Kind    string
	Cause   string // of the triggers that may write or send it; "" is none of their business
	Client  ClientID
	To      address
	Locale  string
	Origin  Origin // of the request that caused it, for triggers
	Base    string // of that request, where its origin is no trigger's business
	Data    map[string]string
	Secrets map[string]string // code, link, password: sealed
}

// tell puts a letter into the outbox, in the caller's transaction.
func (c *Core) tell(w storage.Writer, u *User, l letter) error {
	m := message.New(c.Now(), l.Kind)
	m.Cause, m.Pool, m.Client, m.User, m.To = l.Cause, string(u.PoolID), string(l.Client), string(u.ID), l.To.Value
	m.Channel, m.Locale, m.Data, m.Base = message.Email, l.Locale, l.Data, cmp.Or(l.Base, l.Origin.Base)
	if l.To.Attribute == attrPhone {
		m.Channel = message.SMS
	}
	if m.Locale == "" {
		m.Locale = u.Locale
	}
	p, err := pools.Get(w, string(u.PoolID))
	gone := errors.Is(err, storage.ErrNotFound)
	if err != nil && !gone {
		return err
	}
	if !gone {
		if err := c.otherWords(w, &p, u, &l, &m); err != nil {
			return err
		}
	}
	outbox := message.Outbox{Store: c.Store, Sealer: c.Sealer}
	if len(l.Secrets) > 0 {
		if err := outbox.SealSecrets(&m, l.Secrets); err != nil {
			return err
		}
	}
	if err := outbox.Put(w, m); err != nil || gone {
		return err
	}
	return c.spendMessage(w, &p, l.To.medium())
}

// otherWords lets triggers of the pool have their part in a letter.
func (c *Core) otherWords(w storage.Writer, p *Pool, u *User, l *letter, m *message.Message) (err error) {
	if c.triggered(p, trigger.CustomEmailSender) || c.triggered(p, trigger.CustomSMSSender) {
		m.Told = l.Origin.Told.Client
	}
	m.Words, err = c.askWords(w, p, u, l)
	return err
}

// notify tells the user what happened, if there is any address.
func (c *Core) notify(w storage.Writer, u *User, kind string, o Origin) error {
	to, ok := noticeAddress(u)
	if !ok {
		return nil
	}
	return c.notifyAt(w, u, kind, to, o, nil)
}

// notifyAt tells somebody at an address of the caller's choice.
func (c *Core) notifyAt(w storage.Writer, u *User, kind string, to address, o Origin, more map[string]string) error {
	data := map[string]string{"at": c.Now().UTC().Format(time.RFC3339), "user_agent": o.UserAgent}
	for name, value := range more {
		data[name] = value
	}
	return c.tell(w, u, letter{Kind: kind, To: to, Data: data, Base: o.Base})
}

func minutes(d time.Duration) string { return strconv.Itoa(int(d / time.Minute)) }

// wake tells the outbox, once the transaction is through, that there is work.
func (c *Core) wake() {
	if c.Wake != nil {
		c.Wake()
	}
}
