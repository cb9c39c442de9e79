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

// searchable are the attributes that Cognito searches by.
var searchable = []string{
	"username", "email", "phone_number", "name", "given_name", "family_name", "preferred_username",
	"cognito:user_status", "status", "sub",
}

var unescape = strings.NewReplacer(`\"`, `"`, `\\`, `\`)

// parseFilter answers whether a user is meant; an empty filter means everybody.
func parseFilter(text string) (func(*identity.User) bool, error) {
	if text == "" {
		return func(*identity.User) bool { return true }, nil
	}
	parts := filterPattern.FindStringSubmatch(text)
	if parts == nil || len(text) > 256 {
		return nil, invalid("Filter", `is written as email ^= "ann"`)
	}
	name, value := parts[1], unescape.Replace(parts[3])
	if !slices.Contains(searchable, name) {
		return nil, invalid("Filter", "searches by "+strings.Join(searchable, ", "))
	}
	if parts[2] == "=" {
		return func(u *identity.User) bool { return searched(u, name) == value }, nil
	}
	return func(u *identity.User) bool { return strings.HasPrefix(searched(u, name), value) }, nil
}

func searched(u *identity.User, name string) string {
	switch name {
	case "username":
		return u.Username
	case "sub":
		return string(u.ID)
	case "cognito:user_status":
		return string(u.Status)
	case "status":
		if u.Disabled {
			return "Disabled"
		}
		return "Enabled"
	}
	return u.Attributes[name]
}
