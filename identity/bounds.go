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

func (a *Attribute) length() string {
	r := a.StringRule
	if r == nil || r.MinLength == nil && r.MaxLength == nil {
		return " of at most 2048 bytes"
	}
	return " of " + span(decimal(r.MinLength), decimal(r.MaxLength)) + " characters"
}

func (a *Attribute) size() string {
	r := a.NumberRule
	if r == nil || r.MinValue == nil && r.MaxValue == nil {
		return ""
	}
	return " of " + span(decimal(r.MinValue), decimal(r.MaxValue))
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
