package identity

import (
	"slices"
	"strings"
	"unicode/utf8"
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

// masked hides most of the address; "" for none.
func (a address) masked() string {
	if a.Value == "" {
		return ""
	}
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
// stuck with a password that somebody else chose. may rules addresses out.
func recoveryAddress(p *Pool, u *User, may func(attribute string) bool) (address, bool) {
	if u.Disabled || u.Status == ExternalProvider {
		return address{}, false
	}
	if u.Status == Unconfirmed {
		return signUpAddress(p, u)
	}
	for _, attribute := range p.recoveryOrder() {
		if verified(u, attribute) && may(attribute) {
			return addressOf(u, attribute)
		}
	}
	return address{}, false
}

// recoveryAddressTyped prefers the proven address that was typed: nobody who
// knows a number learns the e-mail address behind it.
func recoveryAddressTyped(p *Pool, u *User, typed string, may func(attribute string) bool) (address, bool) {
	first, ok := recoveryAddress(p, u, may)
	if !ok || u.Status == Unconfirmed {
		return first, ok
	}
	name := looseName(p, typed)
	for _, attribute := range p.recoveryOrder() {
		a, _ := addressOf(u, attribute)
		if spelled, err := canonicalName(p, a.Value); err == nil && spelled == name && verified(u, attribute) && may(attribute) {
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
