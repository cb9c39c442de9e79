package identity

import (
	"errors"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"poolhouse.dev/storage"
)

// Attributes that the house itself works with.
const (
	attrSub               = "sub"
	attrEmail             = "email"
	attrPhone             = "phone_number"
	attrPreferredUsername = "preferred_username"
	attrEmailVerified     = "email_verified"
	attrPhoneVerified     = "phone_number_verified"

	verifiedSuffix = "_verified"
	customPrefix   = "custom:"

	maxAttributeValue = 2048 // bytes (Cognito)
)

// The 17 standard attributes (OpenID Connect Core 1.0 §5.1 without the verified flags).
var standardAttributes = []string{
	"address", "birthdate", attrEmail, "family_name", "gender", "given_name", "locale", "middle_name", "name", "nickname",
	attrPhone, "picture", attrPreferredUsername, "profile", "updated_at", "website", "zoneinfo",
}

// StandardAttributes answers the names of the standard attributes, sorted.
func StandardAttributes() []string { return slices.Clone(standardAttributes) }

// writer says on whose behalf attributes are written.
type writer int

const (
	bySignUp writer = iota
	bySelf
	byAdministrator
)

// attributeOf answers the pool's rule for an attribute. A standard attribute
// the schema does not mention is optional, mutable text.
func (p *Pool) attributeOf(name string) (Attribute, bool) {
	for _, a := range p.Schema {
		if a.Name == name || customPrefix+a.Name == name && !slices.Contains(standardAttributes, a.Name) {
			a.Name = name
			return a, true
		}
	}
	return Attribute{Name: name}, slices.Contains(standardAttributes, name)
}

func (a *Attribute) mutable() bool { return a.Mutable == nil || *a.Mutable }

// checkAttributes answers the attributes in the spelling they are kept in, or
// the refusal of the first that may not be written so. The empty value clears
// an attribute. old are the values before, nil for a new user.
func checkAttributes(op string, p *Pool, c *Client, by writer, given, old map[string]string) (map[string]string, *Error) {
	kept := make(map[string]string, len(given))
	for _, name := range slices.Sorted(maps.Keys(given)) {
		value, failed := checkAttribute(p, c, by, name, given[name], old)
		if failed != nil {
			failed.Op, failed.Field = op, name
			return nil, failed
		}
		kept[name] = value
	}
	return kept, nil
}

// refusedAttribute says why an attribute is not written; the caller adds where.
func refusedAttribute(why string) *Error {
	return &Error{Code: AttributeRefused, Err: errors.New(why)}
}

// withheld refuses an attribute that is not the person's to write, whatever the value.
func withheld(why string) *Error {
	e := refusedAttribute(why)
	e.Reason = ReasonWithheld
	return e
}

func checkAttribute(p *Pool, c *Client, by writer, name, value string, old map[string]string) (string, *Error) {
	if name == attrEmailVerified || name == attrPhoneVerified {
		return value, checkVerifiedFlag(by, value)
	}
	if name == "sub" && by != byAdministrator {
		return "", withheld("nobody writes it")
	}
	rule, known := p.attributeOf(name)
	switch {
	case !known:
		return "", refusedAttribute("the pool's schema has no such attribute")
	case by != byAdministrator && !writable(c, name):
		return "", withheld("the client may not write it")
	case value == "":
		return "", checkClearing(p, &rule, old)
	}
	value, ok := formatAttribute(&rule, value)
	if !ok {
		return "", &Error{Code: AttributeRefused, Bounds: &rule, Err: errors.New("it " + rule.wants())}
	}
	if name == attrPreferredUsername && looksLikeAlias(p, value) {
		return "", refusedAttribute("it looks like an address or a number")
	}
	// Cognito: an immutable attribute is set when the user is made, never after.
	if old != nil && !rule.mutable() && old[name] != value {
		return "", refusedAttribute(whyFixed)
	}
	return value, nil
}

const whyFixed = "it is immutable and cannot change once the user is made"

// checkVerifiedFlag: only administrators say that an address is verified
// without a code.
func checkVerifiedFlag(by writer, value string) *Error {
	switch {
	case by != byAdministrator:
		return withheld("only an administrator writes it")
	case value != "true" && value != "false":
		return refusedAttribute("it must be true or false")
	}
	return nil
}

// checkClearing: what is required, immutable or the last name of a user stays.
func checkClearing(p *Pool, rule *Attribute, old map[string]string) *Error {
	switch {
	case old == nil || old[rule.Name] == "":
		return nil
	case rule.Required:
		return &Error{Code: AttributeRequired}
	case !rule.mutable():
		return refusedAttribute(whyFixed)
	case slices.Contains(p.UsernameAttributes, rule.Name) && !hasOtherAddress(p, old, rule.Name):
		return &Error{Code: AttributeRequired}
	}
	return nil
}

func hasOtherAddress(p *Pool, values map[string]string, but string) bool {
	return slices.ContainsFunc(p.UsernameAttributes, func(name string) bool {
		return name != but && values[name] != ""
	})
}

// writable holds an attribute against the client's write_attributes. An empty
// list permits all (Cognito's default).
func writable(c *Client, name string) bool {
	return c == nil || len(c.WriteAttributes) == 0 || slices.Contains(c.WriteAttributes, name)
}

// clientOrOwnPages answers the client, or what stands in its place on the
// account pages, which belong to none: people may write there what at least one
// client lets them. Else whoever leaves the client out of a URL could write what
// every client withholds.
func clientOrOwnPages(r storage.Reader, pool PoolID, id ClientID) (Client, error) {
	c, err := clients.Get(r, string(pool), string(id))
	if !errors.Is(err, storage.ErrNotFound) {
		return c, err
	}
	all, err := clients.List(r, storage.Page{Prefix: []any{string(pool)}})
	var own Client
	for _, c := range all {
		if !c.forPeople() {
			continue
		}
		if len(c.WriteAttributes) == 0 {
			return Client{}, err
		}
		own.WriteAttributes = append(own.WriteAttributes, c.WriteAttributes...)
	}
	return own, err
}

// forPeople says that people sign in to the client, or may.
func (c *Client) forPeople() bool {
	return len(c.AllowedOAuthFlows) == 0 || slices.Contains(c.AllowedOAuthFlows, "code") || len(c.ExplicitAuthFlows) > 0
}

// missingRequired answers the required attributes that have no value, in the schema's order.
func missingRequired(p *Pool, u *User) []string {
	var missing []string
	for _, a := range p.Schema {
		if a.Required && u.Attributes[a.Name] == "" {
			missing = append(missing, a.Name)
		}
	}
	return missing
}

// applyAttributes writes checked attributes into the user. A new address is
// not verified unless the same change says so.
func applyAttributes(u *User, checked map[string]string) {
	next := maps.Clone(u.Attributes)
	if next == nil {
		next = map[string]string{}
	}
	for name, value := range checked {
		if value == "" {
			delete(next, name)
		} else {
			next[name] = value
		}
	}
	for _, name := range []string{attrEmail, attrPhone} {
		flag := name + verifiedSuffix
		switch {
		case next[name] == "":
			delete(next, flag)
		case checked[flag] != "":
		case next[name] != u.Attributes[name] || next[flag] == "":
			next[flag] = "false"
		}
	}
	u.Attributes = next
}

// ReadableBy answers the attributes the client may read, sub always among them.
// An empty read_attributes permits all (Cognito's default); nil is no client.
func (u *User) ReadableBy(c *Client) map[string]string {
	readable := map[string]string{attrSub: string(u.ID)}
	for name, value := range u.Attributes {
		if c == nil || len(c.ReadAttributes) == 0 || slices.Contains(c.ReadAttributes, name) {
			readable[name] = value
		}
	}
	return readable
}

var (
	numberPattern = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,15})?$`)
	secondPattern = regexp.MustCompile(`^[0-9]{1,15}$`)
	schemePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)
)

// formatAttribute answers the value as it is kept, and whether its type,
// format and bounds allow it.
func formatAttribute(rule *Attribute, value string) (string, bool) {
	if len(value) > maxAttributeValue || !utf8.ValidString(value) || strings.ContainsFunc(value, unprintable) {
		return "", false
	}
	switch rule.Name {
	case attrEmail:
		email, err := storedEmail(strings.TrimSpace(value))
		return email, err == nil
	case attrPhone:
		return phoneOf(value)
	case "birthdate":
		return value, isDate(value)
	case "updated_at":
		return value, secondPattern.MatchString(value)
	case "picture", "profile", "website":
		return value, isWebReference(value) && withinString(rule, value)
	}
	return value, withinType(rule, value)
}

// unprintable: control characters but line breaks, and the marks that turn the
// direction of a text around (a name could pass for another one in a mail).
func unprintable(r rune) bool {
	if r == '\n' || r == '\r' || r == '\t' {
		return false
	}
	return unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// isDate: Cognito takes YYYY-MM-DD; OpenID Connect Core §5.1 allows the year 0000 for "not said".
func isDate(value string) bool {
	if rest, ok := strings.CutPrefix(value, "0000-"); ok {
		value = "2000-" + rest
	}
	_, err := time.Parse(time.DateOnly, value)
	return err == nil
}

// isWebReference lets paths and keys through, as Cognito does, but of the
// schemes only http and https: pages and apps show these values as links.
func isWebReference(value string) bool {
	at, err := url.Parse(value)
	if err != nil {
		return false
	}
	return !schemePattern.MatchString(value) || at.Scheme == "https" || at.Scheme == "http"
}

func withinType(rule *Attribute, value string) bool {
	switch rule.DataType {
	case "Number":
		return withinNumber(rule, value)
	case "Boolean":
		return value == "true" || value == "false"
	case "DateTime":
		_, err := time.Parse(time.RFC3339, value)
		return err == nil || isDate(value)
	}
	return withinString(rule, value)
}

func withinString(rule *Attribute, value string) bool {
	n := utf8.RuneCountInString(value)
	bounds := rule.StringRule
	return bounds == nil || (bounds.MinLength == nil || n >= *bounds.MinLength) && (bounds.MaxLength == nil || n <= *bounds.MaxLength)
}

func withinNumber(rule *Attribute, value string) bool {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || !numberPattern.MatchString(value) {
		return false
	}
	bounds := rule.NumberRule
	return bounds == nil || (bounds.MinValue == nil || n >= *bounds.MinValue) && (bounds.MaxValue == nil || n <= *bounds.MaxValue)
}

// printable says that a text can stand on one line of a page.
func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unprintable(r) })
}
