package web

import (
	"errors"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/password"
	"poolhouse.dev/views/form"
	"poolhouse.dev/views/layout"
)

// Complaints turns a refusal that belongs on the form into messages beside its
// fields. fields says which field of this form a code is about, where the
// refusal does not say so itself. Any other error comes back as it is.
func (r *Request) Complaints(err error, fields map[identity.Code]string) ([]layout.FieldError, error) {
	var e *identity.Error
	if !errors.As(err, &e) || statuses[e.Code] != Unprocessable {
		return nil, err
	}
	field := e.Field
	if named, ok := fields[e.Code]; ok {
		field = named
	}
	if e.Reason != "" {
		return []layout.FieldError{{Field: field, Text: r.T("invalid." + e.Reason)}}, nil
	}
	if e.Bounds != nil && field == e.Field {
		return []layout.FieldError{{Field: field, Text: r.outside(e.Bounds)}}, nil
	}
	if e.Code != identity.PasswordRefused || len(e.Violations) == 0 {
		return []layout.FieldError{{Field: field, Text: r.complaint(e.Code, field)}}, nil
	}
	var all []layout.FieldError
	for _, v := range e.Violations {
		all = append(all, layout.FieldError{Field: field, Text: r.violation(v)})
	}
	return all, nil
}

// Required complains of empty fields. It asks in the order of names.
func (r *Request) Required(names ...string) []layout.FieldError {
	var all []layout.FieldError
	for _, name := range names {
		if r.Form.Get(name) == "" {
			all = append(all, layout.FieldError{Field: name, Text: r.missing(name)})
		}
	}
	return all
}

// violation says in words how a password breaks the policy.
func (r *Request) violation(v string) string {
	if v == string(password.TooShort) {
		return r.T("password."+v, "Count", r.Rules().MinLength)
	}
	return r.T("password." + v)
}

// complaint says what is wrong with a field, by what the field is: nobody
// finds "this field" in a list of errors.
func (r *Request) complaint(code identity.Code, field string) string {
	switch {
	case field == "":
	case code == identity.AttributeRequired:
		return r.missing(field)
	case code == identity.AttributeRefused, code == identity.InvalidParameter, code == identity.InvalidUsername:
		return r.about("invalid", field)
	}
	return r.T("error." + string(code))
}

// outside says which values an attribute takes, where that is a matter of bounds.
func (r *Request) outside(a *identity.Attribute) string {
	kind, low, high := a.Range()
	if kind == "" || r.T("invalid."+a.Name) != "invalid."+a.Name {
		return r.about("invalid", a.Name)
	}
	name := form.Label(layout.Page{T: r.T}, a.Name)
	switch {
	case low == "" && high == "":
		kind += "_any"
	case low == "":
		kind += "_most"
	case high == "":
		kind += "_least"
	}
	return r.T("invalid."+kind, "Name", name, "Low", low, "High", high)
}

// missing asks for an empty field by what it is.
func (r *Request) missing(field string) string { return r.about("required", field) }

// about answers the message of a group that is about a field, or the one that
// gives the field its name.
func (r *Request) about(group, field string) string {
	if only := r.Pool.UsernameAttributes; field == "username" && len(only) == 1 {
		field = only[0]
	}
	id := group + "." + field
	if text := r.T(id); text != id {
		return text
	}
	return r.T(group+".field", "Name", form.Label(layout.Page{T: r.T}, field))
}

// Rules answers the pool's password policy as pages show it.
func (r *Request) Rules() form.Rules {
	p := r.Pool.Policies.PasswordPolicy
	return form.Rules{
		MinLength: p.MinLength(), MaxLength: password.MaxRunes,
		Lowercase: p.RequireLowercase, Uppercase: p.RequireUppercase, Numbers: p.RequireNumbers, Symbols: p.RequireSymbols,
	}
}
