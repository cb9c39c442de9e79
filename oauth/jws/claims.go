package jws

import (
	"math"
	"time"

	"github.com/go-jose/go-jose/v4/json"
)

// Claims are the registered claims of a JWT (RFC 7519 §4.1). Embed them.
type Claims struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  Audience `json:"aud"`
	Expires   Date     `json:"exp"`
	NotBefore Date     `json:"nbf"`
	IssuedAt  Date     `json:"iat"`
	ID        string   `json:"jti"`
}

// Audience is aud: one text, or a list.
type Audience struct {
	Values []string
	Listed bool // written as a list, which FAPI 2.0 §5.3.2.1 does not take
}

// UnmarshalJSON reads both forms.
func (a *Audience) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*a = Audience{Values: []string{one}}
		return nil
	}
	*a = Audience{Listed: true}
	return json.Unmarshal(raw, &a.Values)
}

// Date is a NumericDate (RFC 7519 §2): seconds, perhaps with a fraction.
type Date struct {
	time.Time
	Set bool // the claim is there
}

// latest is far beyond every date that is meant: the year 5138.
const latest = 1e11

// UnmarshalJSON reads a number of seconds since 1970.
func (d *Date) UnmarshalJSON(raw []byte) error {
	var seconds float64
	if err := json.Unmarshal(raw, &seconds); err != nil {
		return err
	}
	if string(raw) == "null" || math.IsNaN(seconds) || seconds < 0 || seconds > latest {
		return invalid("a date is out of range")
	}
	whole, part := math.Modf(seconds)
	*d = Date{Time: time.Unix(int64(whole), int64(part*1e9)).UTC(), Set: true}
	return nil
}

// decode reads JSON that a stranger wrote: case matters, and a member that stands
// there twice is a mistake. Package encoding/json minds neither.
func decode(payload []byte, claims any) error {
	if json.Unmarshal(payload, claims) != nil {
		return invalid("its claims cannot be read")
	}
	return nil
}
