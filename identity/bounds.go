package identity

import (
	"fmt"
	"strconv"
)

// wants says in words what a value of the attribute must be. Front ends with
// words of their own read the rule itself.
func (a *Attribute) wants() string {
	switch a.Name {
	case attrEmail:
		return "must be an e-mail address"
	case attrPhone:
		return "must be a phone number such as +4915112345678"
	case "birthdate":
		return "must be a date such as 2001-12-31"
	case "updated_at":
		return "must be seconds since 1970"
	case "picture", "profile", "website":
		return "must be an http or https URL" + a.length()
	}
	switch a.DataType {
	case "Number":
		return "must be a number" + a.size()
	case "Boolean":
		return "must be true or false"
	case "DateTime":
		return "must be a time such as 2026-01-31T12:00:00Z"
	}
	return "must be printable text" + a.length()
}

// Range answers the bounds of the attribute's values, "" where it is open, and
// what they bound: "length" in characters, or the value of a "number". The kind
// is "" where values are not a matter of bounds.
func (a *Attribute) Range() (kind, low, high string) {
	if r := a.NumberRule; a.DataType == "Number" {
		if r == nil {
			r = &NumberConstraints{}
		}
		return "number", decimal(r.MinValue), decimal(r.MaxValue)
	}
	r := a.StringRule
	if r == nil || r.MinLength == nil && r.MaxLength == nil || a.DataType != "" && a.DataType != "String" {
		return "", "", ""
	}
	return "length", decimal(r.MinLength), decimal(r.MaxLength)
}

func (a *Attribute) length() string {
	kind, low, high := a.Range()
	if kind != "length" {
		return " of at most 2048 bytes"
	}
	return " of " + span(low, high) + " characters"
}

func (a *Attribute) size() string {
	_, low, high := a.Range()
	if low == "" && high == "" {
		return ""
	}
	return " of " + span(low, high)
}

// span names a range that is open where a bound is "".
func span(low, high string) string {
	switch {
	case high == "":
		return "at least " + low
	case low == "":
		return "at most " + high
	}
	return fmt.Sprintf("%s to %s", low, high)
}

func decimal[N int | float64](bound *N) string {
	if bound == nil {
		return ""
	}
	return strconv.FormatFloat(float64(*bound), 'f', -1, 64)
}
