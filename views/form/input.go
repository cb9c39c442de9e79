package form

import (
	"strconv"
	"strings"

	"poolhouse.dev/views/layout"
)

// input is one text input with everything around it.
type input struct {
	name         string
	label        string
	hint         string
	typ          string // "" is text
	value        string
	autocomplete string
	mode         string // inputmode
	max          int
	min          int
	required     bool
	optional     bool // say so beside the label
	readonly     bool
	focus        bool
	plain        bool   // no capitals, corrections or spelling: names, addresses
	letters      bool   // a code of letters, shown large and in capitals
	ltr          bool   // left to right in every language: addresses, codes
	extra        string // id of one more describing element
}

func (i input) id() string { return layout.FieldID(i.name) }

func (i input) kind() string {
	if i.typ == "" {
		return "text"
	}
	return i.typ
}

// describedBy lists the hint and the error, so that they are read with the input.
func (i input) describedBy(p layout.Page) string {
	var ids []string
	if p.Error(i.name) != "" {
		ids = append(ids, i.id()+"-error")
	}
	if i.hint != "" {
		ids = append(ids, i.id()+"-hint")
	}
	if i.extra != "" {
		ids = append(ids, i.extra)
	}
	return strings.Join(ids, " ")
}

// identifier is the input for the name a person signs in with.
func identifier(p layout.Page, n Names, value string) input {
	i := input{
		name: "username", label: p.T(n.label()), value: value, autocomplete: "username",
		required: true, plain: true, ltr: true, max: 256,
	}
	switch {
	case n == Names{Email: true}:
		i.typ, i.mode = "email", "email"
	case n == Names{Phone: true}:
		i.typ, i.mode = "tel", "tel"
	case n.Email:
		i.mode = "email"
	}
	return i
}

// label answers the id of the message that names what may be typed.
func (n Names) label() string {
	var kinds []string
	if n.Username || n == (Names{}) {
		kinds = append(kinds, "username")
	}
	if n.Email {
		kinds = append(kinds, "email")
	}
	if n.Phone {
		kinds = append(kinds, "phone")
	}
	return "identifier." + strings.Join(kinds, "_")
}

func (r Rules) max() int {
	if r.MaxLength == 0 {
		return 256
	}
	return r.MaxLength
}

// composition lists the message ids of the rules that are switched on.
func (r Rules) composition() []string {
	var ids []string
	for _, rule := range []struct {
		on bool
		id string
	}{
		{r.Lowercase, "password.rule_lowercase"}, {r.Uppercase, "password.rule_uppercase"},
		{r.Numbers, "password.rule_number"}, {r.Symbols, "password.rule_symbol"},
	} {
		if rule.on {
			ids = append(ids, rule.id)
		}
	}
	return ids
}

// apple spells the policy for password managers (Apple's passwordrules).
func (r Rules) apple() string {
	parts := []string{"minlength: " + strconv.Itoa(r.MinLength), "maxlength: " + strconv.Itoa(r.max())}
	for _, rule := range []struct {
		on bool
		is string
	}{
		{r.Lowercase, "lower"}, {r.Uppercase, "upper"}, {r.Numbers, "digit"}, {r.Symbols, "special"},
	} {
		if rule.on {
			parts = append(parts, "required: "+rule.is)
		}
	}
	return strings.Join(parts, "; ") + ";"
}
