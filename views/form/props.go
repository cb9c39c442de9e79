// Package form holds the inputs pages are made of: labels above, hint and
// error before the input, autofill tokens set.
package form

// Names says what a person may type as their name when they sign in.
type Names struct {
	Username bool
	Email    bool
	Phone    bool
}

// Rules is the pool's password policy, as far as a page shows it.
type Rules struct {
	MinLength int
	MaxLength int // 0 is 256
	Lowercase bool
	Uppercase bool
	Numbers   bool
	Symbols   bool
}

// Attribute is one attribute of a user on a form. Label, input type, keyboard
// and autofill token of OIDC's standard attributes are known here; custom
// attributes are shown by their name.
type Attribute struct {
	Name      string // name of the form field: "given_name", "custom:team"
	Value     string
	Required  bool
	ReadOnly  bool
	Type      string // Cognito attribute_data_type: String, Number, Boolean, DateTime; "" is String
	MinLength int
	MaxLength int // 0 is unbounded
}

// Hidden is one hidden field.
type Hidden struct {
	Name, Value string
}
