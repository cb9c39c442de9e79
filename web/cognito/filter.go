package cognito

import (
	"regexp"
	"slices"
	"strings"

	"poolhouse.dev/identity"
)

// filterPattern is the whole language of ListUsers: one attribute, = or ^=,
// and a value in double quotes, in which \" stands for a quote.
var filterPattern = regexp.MustCompile(`^\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$`)

var unescape = strings.NewReplacer(`\"`, `"`, `\\`, `\`)

// parseFilter reads a filter; nil is everybody.
func parseFilter(text string) (*identity.UserFilter, error) {
	if text == "" {
		return nil, nil
	}
	parts := filterPattern.FindStringSubmatch(text)
	if parts == nil {
		return nil, invalid("Filter", `is written as email ^= "ann"`)
	}
	by := parts[1]
	if all := identity.Searchable(); !slices.Contains(all, by) {
		return nil, invalid("Filter", "searches by "+strings.Join(all, ", "))
	}
	return &identity.UserFilter{By: by, Value: unescape.Replace(parts[3]), Prefix: parts[2] == "^="}, nil
}
