package web

import (
	"cmp"
	"strings"

	"github.com/mileusna/useragent"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/provider"
)

// NameOf answers what a page calls a person: an address before a username,
// which may be a bare number of letters. Who came from a provider without an
// address goes by their name there, or by the provider's: their username is its
// key for them.
func NameOf(u *identity.User) string {
	if name := TypedName(u); name != "" {
		return name
	}
	from, _, _ := strings.Cut(u.Username, "_")
	return cmp.Or(u.Attributes["name"], u.Attributes["given_name"], provider.Shown(from, from))
}

// TypedName answers what a person types to sign in; "" for one who comes from a
// provider and has nothing to type.
func TypedName(u *identity.User) string {
	for _, attribute := range []string{"email", "phone_number", "preferred_username"} {
		if value := u.Attributes[attribute]; value != "" {
			return value
		}
	}
	if u.Status == identity.ExternalProvider {
		return ""
	}
	return u.Username
}

// AttributeOf answers the pool's rule for an attribute.
func AttributeOf(p *identity.Pool, name string) identity.Attribute {
	for _, a := range p.Schema {
		if a.Name == name || strings.TrimPrefix(name, "custom:") == a.Name {
			a.Name = name
			return a
		}
	}
	return identity.Attribute{Name: name}
}

// FormAttribute answers an attribute as a form field with a value.
func FormAttribute(a identity.Attribute, value string) form.Attribute {
	field := form.Attribute{Name: a.Name, Value: value, Required: a.Required, Type: a.DataType}
	field.ReadOnly = a.Mutable != nil && !*a.Mutable
	if rule := a.StringRule; rule != nil {
		if rule.MinLength != nil {
			field.MinLength = *rule.MinLength
		}
		if rule.MaxLength != nil {
			field.MaxLength = *rule.MaxLength
		}
	}
	return field
}

// Device names a browser for people: "Firefox on Linux"; "" when nothing is
// known. t answers messages in their language.
func Device(t func(id string, data ...any) string, userAgent string) string {
	ua := useragent.Parse(userAgent)
	if ua.Name == "" || ua.OS == "" {
		return ua.Name
	}
	return t("device.on", "Browser", ua.Name, "System", ua.OS)
}
