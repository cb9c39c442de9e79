package config

import (
	"fmt"
	"regexp"
	"strings"
)

var variable = regexp.MustCompile(`\$\$\{|\$\{([^}]*)\}|\$\{`)
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand puts environment variables in the place of ${NAME}. It works on
// values after the file was parsed, so that no value can change the structure;
// $${ stands for a literal ${.
func expand(text string, env func(string) (string, bool)) (string, error) {
	if !strings.Contains(text, "${") {
		return text, nil
	}
	var failed error
	out := variable.ReplaceAllStringFunc(text, func(found string) string {
		value, err := substitute(found, env)
		if err != nil && failed == nil {
			failed = err
		}
		return value
	})
	return out, failed
}

// unsetError says that the file names a variable that the environment lacks.
type unsetError string

func (u unsetError) Error() string {
	return fmt.Sprintf("the environment has no %s", string(u))
}

func substitute(found string, env func(string) (string, bool)) (string, error) {
	if found == "$${" {
		return "${", nil
	}
	name := strings.TrimSuffix(strings.TrimPrefix(found, "${"), "}")
	if !variableName.MatchString(name) {
		return "", fmt.Errorf("%q names no environment variable", found)
	}
	value, ok := env(name)
	if !ok {
		return "", unsetError(name)
	}
	return value, nil
}
