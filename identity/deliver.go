package identity

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"poolhouse.dev/identity/message"
	"poolhouse.dev/storage"
)

// Cognito DeliveryMediumType.
const (
	mediumEmail = "EMAIL"
	mediumSMS   = "SMS"
)

// address is one e-mail address or phone number of a user.
type address struct{ Attribute, Value string }

func (a address) medium() string {
	if a.Attribute == attrPhone {
		return mediumSMS
	}
	return mediumEmail
}

func (a address) masked() string {
	if a.Attribute == attrPhone {
		return maskPhone(a.Value)
	}
	return maskEmail(a.Value)
}

func (a address) delivery() Delivery {
	return Delivery{Destination: a.masked(), Medium: a.medium(), Attribute: a.Attribute}
}

// maskEmail shows a***@e***.test for ann@mail.example.test.
func maskEmail(email string) string {
	local, domain, _ := strings.Cut(email, "@")
	masked := firstRune(local) + "***@" + firstRune(domain) + "***"
	if dot := strings.LastIndexByte(domain, '.'); dot >= 0 {
		masked += domain[dot:]
	}
	return masked
}

// maskPhone shows +49*****67 for +491234567.
func maskPhone(number string) string {
	if len(number) < 6 {
		return strings.Repeat("*", len(number))
	}
	return number[:3] + strings.Repeat("*", len(number)-5) + number[len(number)-2:]
}

func firstRune(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return text[:size]
}

// addressOf answers the user's address in an attribute.
func addressOf(u *User, attribute string) (address, bool) {
	return address{Attribute: attribute, Value: u.Attributes[attribute]}, u.Attributes[attribute] != ""
}

func verified(u *User, attribute string) bool {
	return u.Attributes[attribute] != "" && u.Attributes[attribute+verifiedSuffix] == "true"
}

// signUpAddress is where the sign-up code goes: to the address that is the
// name, else the phone before the e-mail address (Cognito's order).
func signUpAddress(p *Pool, u *User) (address, bool) {
	for _, attribute := range slices.Concat(p.UsernameAttributes, []string{attrPhone, attrEmail}) {
		if a, ok := addressOf(u, attribute); ok && slices.Contains(p.AutoVerifiedAttributes, attribute) {
			return a, true
		}
	}
	return address{}, false
}

// confirmable says that the person can confirm by a code.
func confirmable(p *Pool, u *User) bool {
	_, ok := signUpAddress(p, u)
	return ok
}

// recoveryAddress is where a reset code may go: only to an address that was
// proven, by the pool's priorities. An unconfirmed user's address counts if
// the sign-up code goes there: the reset proves it just as well, and nobody is
// stuck with a password that somebody else chose.
func recoveryAddress(p *Pool, u *User) (address, bool) {
	if u.Disabled || u.Status == ExternalProvider {
		return address{}, false
	}
	if u.Status == Unconfirmed {
		return signUpAddress(p, u)
	}
	for _, attribute := range p.recoveryOrder() {
		if verified(u, attribute) {
			return addressOf(u, attribute)
		}
	}
	return address{}, false
}

// recoveryAddressTyped prefers the proven address that was typed: nobody who
// knows a number learns the e-mail address behind it.
func recoveryAddressTyped(p *Pool, u *User, typed string) (address, bool) {
	first, ok := recoveryAddress(p, u)
	if !ok || u.Status == Unconfirmed {
		return first, ok
	}
	name := looseName(p, typed)
	for _, attribute := range p.recoveryOrder() {
		a, _ := addressOf(u, attribute)
		if spelled, err := canonicalName(p, a.Value); err == nil && spelled == name && verified(u, attribute) {
			return a, true
		}
	}
	return first, true
}

func (p *Pool) recoveryOrder() []string {
	ways := slices.Clone(p.AccountRecovery.RecoveryMechanisms)
	if len(ways) == 0 {
		return []string{attrEmail, attrPhone}
	}
	slices.SortStableFunc(ways, func(a, b RecoveryMechanism) int { return a.Priority - b.Priority })
	var order []string
	for _, way := range ways {
		if attribute, ok := strings.CutPrefix(way.Name, "verified_"); ok {
			order = append(order, attribute)
		}
	}
	return order
}

// noticeAddress is where somebody is told what happened to the account:
// proven addresses first, but an unproven one is better than silence.
func noticeAddress(u *User) (address, bool) {
	for _, attribute := range []string{attrEmail, attrPhone} {
		if verified(u, attribute) {
			return addressOf(u, attribute)
		}
	}
	if a, ok := addressOf(u, attrEmail); ok {
		return a, true
	}
	return addressOf(u, attrPhone)
}

// inventedDelivery is what is shown for somebody who does not exist or cannot
// be written to: the mask of what was typed, or one made up from the name,
// the same each time.
func (c *Core) inventedDelivery(p *Pool, typed string) Delivery {
	typed = strings.TrimSpace(typed)
	if email, err := storedEmail(typed); err == nil {
		return address{Attribute: attrEmail, Value: email}.delivery()
	}
	if phone, ok := phoneOf(typed); ok {
		return address{Attribute: attrPhone, Value: phone}.delivery()
	}
	const letters, hosts = "abcdefghijklmnoprstw", "ggggoohymi"
	mac := c.Sealer.MAC("mask", string(p.ID), looseName(p, typed))
	local, host := letters[int(mac[0])%len(letters)], hosts[int(mac[1])%len(hosts)]
	return Delivery{Destination: string(local) + "***@" + string(host) + "***.com", Medium: mediumEmail, Attribute: attrEmail}
}

// letter is one message to one person.
type letter struct {
	Kind    string
	Client  ClientID
	To      address
	Locale  string
	Data    map[string]string
	Secrets map[string]string // code, link, password: sealed
}

// tell puts a letter into the outbox, in the caller's transaction.
func (c *Core) tell(w storage.Writer, u *User, l letter) error {
	m := message.New(c.Now(), l.Kind)
	m.Pool, m.Client, m.User, m.To = string(u.PoolID), string(l.Client), string(u.ID), l.To.Value
	m.Channel, m.Locale, m.Data = message.Email, l.Locale, l.Data
	if l.To.Attribute == attrPhone {
		m.Channel = message.SMS
	}
	if m.Locale == "" {
		m.Locale = u.Locale
	}
	outbox := message.Outbox{Store: c.Store, Sealer: c.Sealer}
	if len(l.Secrets) > 0 {
		if err := outbox.SealSecrets(&m, l.Secrets); err != nil {
			return err
		}
	}
	return outbox.Put(w, m)
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
	return c.tell(w, u, letter{Kind: kind, To: to, Data: data})
}

func minutes(d time.Duration) string { return strconv.Itoa(int(d / time.Minute)) }

// wake tells the outbox, once the transaction is through, that there is work.
func (c *Core) wake() {
	if c.Wake != nil {
		c.Wake()
	}
}
