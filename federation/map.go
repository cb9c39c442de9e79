package federation

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a mapping. 2,048 characters are what an attribute may hold in Cognito.
const (
	maxMapping = 100
	maxPath    = 512
	maxDepth   = 8
	maxValues  = 100
	maxValue   = 2048
)

// Map answers our attributes as mapping finds them in claims, by name, and what
// could not be mapped. It asks nothing, and answers the same for the same.
//
// A mapping's value says where the attribute is found:
//
//	email              the claim of that name, spelled exactly so
//	address.country    a claim within a claim; .0 or [0] picks from a list
//	=staff             no claim: the text after the sign
//
// A claim whose whole name is the path goes before a path. Several values become
// one text as in Cognito: joined by commas, each percent-encoded as a form is, so
// that a comma within one is no boundary. A claim that is missing, null or empty
// leaves its attribute out.
//
// email_verified and phone_number_verified become "true" for true and "true",
// and "false" for all else; whether the provider is to be believed is said by
// Answer.EmailVerified. What belongs to this server is never written: sub,
// identities, and names that begin with "cognito:".
func Map(claims map[string]any, mapping map[string]string) (map[string]string, []Problem) {
	out, problems := map[string]string{}, []Problem(nil)
	for i, name := range slices.Sorted(maps.Keys(mapping)) {
		if i == maxMapping {
			return out, append(problems, Problem{Field: Plain(name, 64), Text: "is one attribute too many"})
		}
		value, fault := mapped(claims, name, mapping[name])
		if fault != "" {
			problems = append(problems, Problem{Field: Plain(name, 64), Text: fault})
		} else if value != "" {
			out[name] = value
		}
	}
	return out, problems
}

// CheckMapping answers what is wrong with a mapping before any claims are there:
// Problems, or nil.
func CheckMapping(mapping map[string]string) error {
	var all Problems
	if len(mapping) > maxMapping {
		all = append(all, Problem{Field: "attribute_mapping", Text: "has more than 100 attributes"})
	}
	for _, name := range slices.Sorted(maps.Keys(mapping)) {
		if fault := checkEntry(name, mapping[name]); fault != "" {
			all = append(all, Problem{Field: "attribute_mapping." + Plain(name, 64), Text: fault})
		}
	}
	return all.Found()
}

func checkEntry(name, path string) string {
	switch {
	case name == "" || len(name) > maxPath || !utf8.ValidString(name):
		return "is no name of an attribute"
	case reserved(name):
		return "belongs to this server and cannot be mapped"
	case path == "" || len(path) > maxPath || !printable(path):
		return "must name a claim, a path or =text, of at most 512 bytes"
	}
	return ""
}

func reserved(name string) bool {
	return name == "sub" || name == "identities" || strings.HasPrefix(name, "cognito:")
}

// mapped answers the attribute's text, or what is wrong.
func mapped(claims map[string]any, name, path string) (text, fault string) {
	if fault := checkEntry(name, path); fault != "" {
		return "", fault
	}
	value, found := any(nil), true
	if constant, ok := strings.CutPrefix(path, "="); ok {
		value = constant
	} else {
		value, found = find(claims, path)
	}
	if name == "email_verified" || name == "phone_number_verified" {
		return strconv.FormatBool(Vouched(value)), ""
	}
	if !found || value == nil {
		return "", ""
	}
	text, ok := flat(value)
	switch {
	case !ok:
		return "", "is neither text nor a list of texts there"
	case utf8.RuneCountInString(text) > maxValue:
		return "", "is longer than 2,048 characters there"
	case !printable(text):
		return "", "holds characters there that are no text"
	}
	return text, ""
}

// Vouched reads email_verified: true and "true" are yes, and nothing else is
// (Apple and Amazon's Cognito send the text).
func Vouched(value any) bool {
	if one, ok := value.([]string); ok && len(one) == 1 {
		return one[0] == "true" // SAML knows lists of text alone
	}
	return value == true || value == "true"
}

// find follows path into claims. An exact name goes first: claims are also
// called https://example.com/roles.
func find(claims map[string]any, path string) (any, bool) {
	if value, ok := claims[path]; ok {
		return value, true
	}
	steps := strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
	if len(steps) == 0 || len(steps) > maxDepth {
		return nil, false
	}
	value := any(claims)
	for _, step := range steps {
		var ok bool
		if value, ok = within(value, step); !ok {
			return nil, false
		}
	}
	return value, true
}

func within(value any, step string) (any, bool) {
	switch v := value.(type) {
	case map[string]any:
		inner, ok := v[step]
		return inner, ok
	case []any:
		i, ok := index(step, len(v))
		if !ok {
			return nil, false
		}
		return v[i], true
	case []string:
		i, ok := index(step, len(v))
		if !ok {
			return nil, false
		}
		return v[i], true
	}
	return nil, false
}

func index(step string, size int) (int, bool) {
	i, err := strconv.Atoi(step)
	return i, err == nil && i >= 0 && i < size
}

// flat answers a value as one text; false for what is no text.
func flat(value any) (string, bool) {
	switch v := value.(type) {
	case []string:
		all := make([]any, len(v))
		for i, one := range v {
			all[i] = one
		}
		return joined(all)
	case []any:
		return joined(v)
	}
	return scalar(value)
}

func scalar(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case json.Number:
		return v.String(), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}

func joined(values []any) (string, bool) {
	if len(values) > maxValues {
		return "", false
	}
	texts := make([]string, 0, len(values))
	for _, value := range values {
		text, ok := scalar(value)
		if !ok {
			return "", false
		}
		if len(values) > 1 {
			text = url.QueryEscape(text)
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ","), true
}

// printable takes the breaks of a postal address (OpenID Connect Core §5.1.1)
// and refuses other control characters.
func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
}
