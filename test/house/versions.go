package house

import (
	"fmt"
	"strings"

	"golang.org/x/mod/semver"
)

// least names the oldest version of a module that may be built in, and why.
// They are raised by hand where the module that asks for them asks for less.
var least = []struct{ module, version, reason string }{
	{"github.com/russellhaering/goxmldsig", "v1.6.1", "CVE-2026-33487 and the node limit of GHSA-qhrp-hfff-vphr"},
	{"github.com/beevik/etree", "v1.8.1", "the maximum tree depth"},
	{"github.com/labstack/echo/v4", "v4.16.0", "six advisories"},
	{"github.com/go-jose/go-jose/v4", "v4.1.4", "CVE-2026-34986"},
	{"github.com/jackc/pgx/v5", "v5.9.2", "CVE-2026-41889"},
	{"golang.org/x/oauth2", "v0.27.0", "CVE-2025-22868"},
	{"github.com/golang-jwt/jwt/v5", "v5.2.2", "CVE-2025-30204"},
	{"github.com/golang-jwt/jwt/v4", "v4.5.2", "CVE-2025-30204"},
}

// Modules answers the version of every module that the build selects.
func Modules(root string) (map[string]string, error) {
	out, err := goCommand(root, "list", "-m", "-f", "{{.Path}} {{with .Replace}}{{.Version}}{{else}}{{.Version}}{{end}}", "all")
	if err != nil {
		return nil, err
	}
	versions := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		path, version, _ := strings.Cut(line, " ")
		versions[path] = version
	}
	return versions, nil
}

// CheckVersions answers every module that is present and too old.
func CheckVersions(versions map[string]string) []string {
	var bad []string
	for _, l := range least {
		v, present := versions[l.module]
		if present && semver.Compare(v, l.version) < 0 {
			bad = append(bad, fmt.Sprintf("%s is %s, at least %s is needed: %s", l.module, v, l.version, l.reason))
		}
	}
	return bad
}
