package federation

import (
	"strings"
)

// Type is one kind of provider.
type Type struct {
	// Check answers Problems, or nil, without asking anybody.
	Check func(Settings) error
	// Open makes a provider ready. It asks nobody; settings that Check refuses
	// are an *Error with the code Misconfigured.
	Open func(Settings, Deps) (Provider, error)
}

// Types are the kinds of providers that a program knows, by name.
type Types map[string]Type

// Check answers what is wrong with s: Problems, or nil.
func (t Types) Check(s Settings) error {
	kind, ok := t[s.Type]
	if !ok {
		return Problems{{Field: "provider_type", Text: "is no type of provider known here"}}
	}
	return kind.Check(s)
}

// Open makes the provider of s ready; see Type.
func (t Types) Open(s Settings, d Deps) (Provider, error) {
	if err := t.Check(s); err != nil {
		return nil, &Error{Code: Misconfigured, Provider: s.Name, Err: err}
	}
	return t[s.Type].Open(s, d.WithDefaults())
}

// Problem is one thing wrong with a setting, or with a claim to be mapped.
type Problem struct {
	Field string // the key in provider_details or attribute_mapping
	Text  string // a phrase that goes on from the field: "must be an https address"
}

// Problems are what is wrong with settings.
type Problems []Problem

func (p Problems) Error() string {
	texts := make([]string, len(p))
	for i, one := range p {
		texts[i] = one.Field + " " + one.Text
	}
	return strings.Join(texts, "; ")
}

// Found answers p as an error, nil when there is none.
func (p Problems) Found() error {
	if len(p) == 0 {
		return nil
	}
	return p
}
