package house

import (
	"fmt"
	"path"
	"strings"
)

// arrow allows packages that match from to import packages of ours that match
// one of to. The first arrow that matches a package decides. A pattern is a
// path, or "dir/*" for everything below a folder.
type arrow struct {
	from string
	to   []string
}

// arrows is DESIGN's plan: imports run one way.
//
//	cmd → web/* → views, assets
//	            → oauth, federation/* → identity → identity/* → storage
//	cmd → storage/bolt, storage/postgres
var arrows = []arrow{
	{"cmd/*", []string{"cmd/*", "web", "web/*", "views/*", "assets", "oauth", "oauth/*", "federation", "federation/*", "identity", "identity/*", "storage", "storage/*"}},
	{"web", []string{"views/*", "assets", "oauth", "oauth/*", "federation", "federation/*", "identity", "identity/*", "storage"}},
	{"web/cognito", []string{"web", "web/cognito/*", "views/*", "assets", "oauth", "oauth/*", "federation", "federation/*", "identity", "identity/*", "storage"}},
	{"web/cognito/*", []string{"web/cognito", "web/cognito/*"}},
	// Front ends do not import one another; what two need moves to web.
	{"web/*", []string{"web", "views/*", "assets", "oauth", "oauth/*", "federation", "federation/*", "identity", "identity/*", "storage"}},
	// A page renders without a server and without the domain.
	{"views/*", []string{"views/*"}},
	{"assets", nil},
	{"oauth", []string{"oauth/*", "identity", "identity/*", "storage"}},
	{"oauth/*", []string{"oauth/jws", "identity", "identity/*", "storage"}},
	{"federation", []string{"federation/*", "identity", "identity/*", "storage"}},
	{"federation/*", []string{"federation", "identity", "identity/*", "storage"}},
	{"identity", []string{"identity/*", "storage"}},
	{"identity/*", []string{"identity/*", "storage"}},
	{"storage", nil},
	{"storage/*", []string{"storage", "storage/internal/*"}},
	// Tests of the whole drive the built program.
	{"test/*", []string{"test/*"}},
}

// engines are named by main and by tests only.
var engines = []string{"storage/bolt", "storage/postgres", "storage/memory"}

// owners says which packages of ours may import a package of somebody else's:
// what is hard to replace stands in one place.
var owners = []struct {
	module string
	by     []string
}{
	{"github.com/labstack/echo", []string{"web", "web/*", "cmd/*"}},
	{"go.etcd.io/bbolt", []string{"storage/bolt"}},
	{"github.com/jackc/pgx", []string{"storage/postgres", "storage/postgres/*"}},
	// The pretend provider of `poolhouse dev` is the other side of what
	// federation/saml guards: it makes responses and believes none.
	{"github.com/crewjam/saml", []string{"federation/saml", "cmd/poolhouse/dev/pretend"}},
	{"github.com/russellhaering/goxmldsig", []string{"federation/saml"}},
	{"github.com/beevik/etree", []string{"federation/saml"}},
	{"github.com/mattermost/xml-roundtrip-validator", []string{"federation/saml"}},
	{"github.com/go-webauthn/webauthn", []string{"identity/passkey"}},
	{"github.com/oschwald/maxminddb-golang", []string{"identity/risk", "identity/risk/*"}},
	{"github.com/dop251/goja", []string{"identity/trigger/script"}},
	{"github.com/dlclark/regexp2", []string{"identity/trigger/script"}},
	{"github.com/evanw/esbuild", []string{"identity/trigger/script"}},
	{"github.com/FastFilter/xorfilter", []string{"identity/password"}},
	{"rsc.io/qr", []string{"views/qr"}},
	{"github.com/a-h/templ", []string{"views/*", "web", "web/*", "cmd/*"}},
	{"github.com/spf13/cobra", []string{"cmd/*"}},
	// Providers of messages and identities are asked over HTTP; rules are not.
	{"net/http", []string{"cmd/*", "web", "web/*", "assets", "federation", "federation/*", "identity/export", "identity/fetch", "identity/message", "identity/trigger/*", "test/*"}},
}

// forbidden are packages that nobody imports.
var forbidden = map[string]string{
	"github.com/crewjam/saml/samlsp": "saml.ServiceProvider alone: samlsp brings its own sessions and an old JWT library",
	"math/rand":                      "crypto/rand decides secrets; math/rand/v2 jitters waits",
	"io/ioutil":                      "os and io have it",
}

// CheckArrows answers a sentence for every import that runs against the plan.
func CheckArrows(packages []Package) []string {
	var bad []string
	for _, p := range packages {
		for _, i := range p.Imports {
			if reason := against(p.Path, i); reason != "" {
				bad = append(bad, fmt.Sprintf("%s imports %s: %s", p.Path, strings.TrimPrefix(i, "our:"), reason))
			}
		}
		for _, i := range p.Tests {
			if reason := testAgainst(p.Path, i); reason != "" {
				bad = append(bad, fmt.Sprintf("a test of %s imports %s: %s", p.Path, strings.TrimPrefix(i, "our:"), reason))
			}
		}
	}
	return bad
}

// testKit says that the package serves tests: storagetest, webtest, pgtest.
func testKit(p string) bool { return strings.HasSuffix(p, "test") && p != "test" }

// against says why from must not import what, or "".
func against(from, what string) string {
	to, ours := strings.CutPrefix(what, "our:")
	if !ours && testKit(from) {
		return ""
	}
	if !ours {
		return foreign(from, what)
	}
	if testKit(from) {
		return "" // built into tests alone: the next rule sees to that
	}
	if testKit(to) {
		return "only tests import a test kit"
	}
	if match(to, engines...) && !match(from, "cmd/*") {
		return "only main and tests name an engine"
	}
	for _, a := range arrows {
		if match(from, a.from) {
			if match(to, a.to...) {
				return ""
			}
			return "no arrow leads there"
		}
	}
	return "the package stands outside the plan"
}

func foreign(from, what string) string {
	if reason := forbidden[what]; reason != "" {
		return reason
	}
	for _, o := range owners {
		if (what == o.module || strings.HasPrefix(what, o.module+"/")) && !match(from, o.by...) && path.Base(what) != "httptest" {
			return "only " + strings.Join(o.by, ", ") + " may"
		}
	}
	return ""
}

// testAgainst holds for tests: they may name engines and stand beside anything
// that their package could import, but a test of the whole imports nothing of ours.
func testAgainst(from, what string) string {
	to, ours := strings.CutPrefix(what, "our:")
	if !ours || !match(from, "test/*") || match(to, "test/*") {
		return ""
	}
	return "test/ drives the built program"
}

func match(p string, patterns ...string) bool {
	for _, pattern := range patterns {
		if dir, below := strings.CutSuffix(pattern, "/*"); below && strings.HasPrefix(p, dir+"/") || p == pattern {
			return true
		}
	}
	return false
}
