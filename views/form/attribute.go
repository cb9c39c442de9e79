package form

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"poolhouse.dev/views/layout"
)

// standard says how each of OIDC's standard attributes is typed (OpenID
// Connect Core 1.0 §5.1) and filled (WCAG 2.2 §1.3.5).
var standard = map[string]input{
	"name":               {autocomplete: "name"},
	"given_name":         {autocomplete: "given-name"},
	"family_name":        {autocomplete: "family-name"},
	"middle_name":        {autocomplete: "additional-name"},
	"nickname":           {autocomplete: "nickname"},
	"preferred_username": {autocomplete: "nickname", plain: true},
	"email":              {typ: "email", mode: "email", autocomplete: "email", plain: true, ltr: true},
	"phone_number":       {typ: "tel", mode: "tel", autocomplete: "tel", plain: true, ltr: true, hint: "hint.phone_number"},
	"address":            {autocomplete: "street-address"},
	"birthdate":          {typ: "date", autocomplete: "bday"},
	"gender":             {autocomplete: "sex"},
	"website":            {typ: "url", mode: "url", autocomplete: "url", plain: true, ltr: true},
	"profile":            {typ: "url", mode: "url", plain: true, ltr: true},
	"picture":            {typ: "url", mode: "url", autocomplete: "photo", plain: true, ltr: true},
	"locale":             {autocomplete: "language", plain: true, ltr: true, hint: "hint.locale"},
	"zoneinfo":           {plain: true, ltr: true, hint: "hint.zoneinfo"},
}

// Label answers what an attribute is called on a page.
func Label(p layout.Page, attribute string) string {
	if _, ok := standard[attribute]; ok {
		return p.T("attribute." + attribute)
	}
	words := strings.ReplaceAll(strings.TrimPrefix(attribute, "custom:"), "_", " ")
	if words == "" {
		return attribute
	}
	first, size := utf8.DecodeRuneInString(words)
	return string(unicode.ToUpper(first)) + words[size:]
}

// input answers how the attribute is typed.
func (a Attribute) input(p layout.Page) input {
	i := standard[a.Name]
	i.name, i.label, i.value = a.Name, Label(p, a.Name), a.Value
	i.required, i.optional, i.readonly = a.Required, !a.Required && !a.ReadOnly, a.ReadOnly
	i.min, i.max = a.MinLength, a.MaxLength
	if i.hint != "" {
		i.hint = p.T(i.hint)
	}
	switch a.Type {
	case "Number":
		i.mode, i.ltr = "decimal", true
	case "DateTime":
		i.typ = "date"
	}
	return i
}
