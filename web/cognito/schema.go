package cognito

import (
	"slices"
	"strconv"
	"strings"

	"poolhouse.dev/identity"
)

// attribute reads a member of a pool's schema. A custom attribute is given
// without its prefix, or with it.
func (a *SchemaAttribute) attribute(custom bool) (identity.Attribute, error) {
	out := identity.Attribute{Name: a.Name, DataType: a.AttributeDataType, Mutable: a.Mutable, Required: a.Required}
	if custom && !strings.HasPrefix(a.Name, "custom:") {
		out.Name = "custom:" + a.Name
	}
	if a.DeveloperOnlyAttribute {
		return out, invalid("Schema", "cannot hold developer-only attributes; WriteAttributes of a client says what it may write: "+a.Name)
	}
	var err error
	if s := a.StringConstraints; s != nil {
		out.StringRule = &identity.StringConstraints{}
		if out.StringRule.MinLength, err = wholeOf(s.MinLength); err == nil {
			out.StringRule.MaxLength, err = wholeOf(s.MaxLength)
		}
	}
	if n := a.NumberConstraints; n != nil && err == nil {
		out.NumberRule = &identity.NumberConstraints{}
		if out.NumberRule.MinValue, err = numberOf(n.MinValue); err == nil {
			out.NumberRule.MaxValue, err = numberOf(n.MaxValue)
		}
	}
	if err != nil {
		return out, invalid("Schema", "has a bound of "+a.Name+" that is no number")
	}
	return out, nil
}

func wholeOf(text string) (*int, error) {
	if text == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	return &n, err
}

func numberOf(text string) (*float64, error) {
	if text == "" {
		return nil, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	return &n, err
}

func schemaOf(in []SchemaAttribute, custom bool) ([]identity.Attribute, error) {
	var out []identity.Attribute
	for i := range in {
		one, err := in[i].attribute(custom)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// schemaAttributes answers the whole schema of a pool, as Cognito has it: the
// standard attributes with their own bounds, then the custom ones.
func schemaAttributes(p *identity.Pool, federated bool) []SchemaAttribute {
	var out []SchemaAttribute
	names := append(identity.StandardAttributes(), "sub", "email_verified", "phone_number_verified")
	slices.Sort(names)
	if federated {
		names = append(names, "identities")
	}
	for _, name := range names {
		out = append(out, shownAttribute(p, standardAttribute(name)))
	}
	for i := range p.Schema {
		if !slices.Contains(names, p.Schema[i].Name) {
			out = append(out, shownAttribute(p, SchemaAttribute{Name: p.Schema[i].Name, AttributeDataType: "String", Mutable: truth(true)}))
		}
	}
	return out
}

func truth(is bool) *bool { return &is }

// standardAttribute answers an attribute with Cognito's bounds.
func standardAttribute(name string) SchemaAttribute {
	a := SchemaAttribute{Name: name, AttributeDataType: "String", Mutable: truth(true), StringConstraints: &StringConstraints{"0", "2048"}}
	switch name {
	case "sub":
		a.Mutable, a.Required, a.StringConstraints = truth(false), true, &StringConstraints{"1", "2048"}
	case "birthdate":
		a.StringConstraints = &StringConstraints{"10", "10"}
	case "updated_at":
		a.AttributeDataType, a.StringConstraints, a.NumberConstraints = "Number", nil, &NumberConstraints{MinValue: "0"}
	case "email_verified", "phone_number_verified":
		a.AttributeDataType, a.StringConstraints = "Boolean", nil
	case "identities":
		a.StringConstraints = &StringConstraints{}
	}
	return a
}

// shownAttribute puts what the pool says of an attribute over its defaults.
func shownAttribute(p *identity.Pool, a SchemaAttribute) SchemaAttribute {
	at := slices.IndexFunc(p.Schema, func(own identity.Attribute) bool { return own.Name == a.Name })
	if at < 0 {
		return a
	}
	own := &p.Schema[at]
	if own.DataType != "" {
		a.AttributeDataType = own.DataType
	}
	if own.Mutable != nil {
		a.Mutable = own.Mutable
	}
	a.Required = own.Required
	if own.StringRule != nil {
		a.StringConstraints = &StringConstraints{wholeText(own.StringRule.MinLength), wholeText(own.StringRule.MaxLength)}
	}
	if own.NumberRule != nil {
		a.NumberConstraints = &NumberConstraints{numberText(own.NumberRule.MinValue), numberText(own.NumberRule.MaxValue)}
	}
	return a
}

func wholeText(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func numberText(n *float64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(*n, 'f', -1, 64)
}
