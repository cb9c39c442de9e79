// Package docs holds the documentation against the program: examples are valid,
// every key has its line, links lead somewhere.
package docs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

// pages answers every page of documentation, by its path below the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	root := kit.Root(t)
	all := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			short, err := filepath.Rel(root, path)
			if err != nil {
				t.Fatal(err)
			}
			all[filepath.ToSlash(short)] = string(text)
		}
	}
	return all
}

var block = regexp.MustCompile("(?s)```yaml\n(.*?)```")

func TestExamplesAreValid(t *testing.T) {
	examples := 0
	for path, text := range pages(t) {
		for i, found := range block.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(found[1], "pools:") {
				continue
			}
			examples++
			t.Run(path+" "+strconv.Itoa(i+1), func(t *testing.T) {
				folder := t.TempDir()
				beside(t, folder, found[1])
				if err := os.WriteFile(filepath.Join(folder, "poolhouse.yaml"), []byte(found[1]), 0o600); err != nil {
					t.Fatal(err)
				}
				out, code := kit.Command(t, folder, variables(found[1]), "config", "validate", "--config", "poolhouse.yaml")
				if code != 0 {
					t.Errorf("the example is refused with code %d:\n%s\n%s", code, out, found[1])
				}
			})
		}
	}
	if examples < 4 {
		t.Errorf("only %d examples were found", examples)
	}
}

var variable = regexp.MustCompile(`\$\{([A-Z_]+)\}`)

// variables are the environment that an example takes its secrets from.
func variables(example string) (env []string) {
	for _, found := range variable.FindAllStringSubmatch(example, -1) {
		value := "0123456789abcdef0123456789abcdef"
		if regexp.MustCompile(`\bsecret: "?\$\{` + found[1] + `\}`).MatchString(example) {
			value = "whsec_" + value // base64 of 24 bytes
		}
		env = append(env, found[1]+"="+value)
	}
	return env
}

var (
	named   = regexp.MustCompile(`"@([^"]+)"`)
	handler = regexp.MustCompile(`\./[\w/]+\.js\b|\./triggers\b`)
)

// beside writes the files that an example names: handlers, and as "@path" a key or
// metadata.
func beside(t *testing.T, folder, example string) {
	t.Helper()
	for _, path := range handler.FindAllString(example, -1) {
		if filepath.Ext(path) == "" {
			path += "/index.js"
		}
		path = filepath.Join(folder, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("exports.handler = async (event) => event;"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for _, found := range named.FindAllStringSubmatch(example, -1) {
		text, err := os.ReadFile(filepath.Join(kit.Root(t), "federation/saml/testdata/metadata/one-key.xml"))
		if strings.HasSuffix(found[1], ".p8") {
			text, err = appleKey()
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, found[1]), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// appleKey makes a key of the kind that Apple hands out.
func appleKey() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), err
}

// settings are the files whose exported structs' json names are keys of poolhouse.yaml.
var settings = []string{
	"cmd/poolhouse/config/file.go", "identity/pool.go", "identity/client.go", "identity/client_api.go", "identity/factor_settings.go",
	"identity/password/policy.go", "web/cognito/settings_types.go", "web/cognito/settings_provider.go",
}

// kept are written by the server; a file cannot set them.
var kept = map[string]bool{"user_pool_id": true, "creation_date": true, "last_modified_date": true, "registered_by": true, "logo_file": true, "beside": true, "domains": true}

func TestEveryKeyIsDocumented(t *testing.T) {
	all := pages(t)
	text := all["docs/configure.md"] + all["docs/customise.md"]
	found := 0
	for _, path := range settings {
		for _, key := range keys(t, filepath.Join(kit.Root(t), path)) {
			found++
			if !kept[key] && !regexp.MustCompile("`(?:[a-z_]+\\.)*"+regexp.QuoteMeta(key)+"(?:`|\\.)").MatchString(text) {
				t.Errorf("%s: the key %s has no line in docs/configure.md", path, key)
			}
		}
	}
	if found < 80 {
		t.Errorf("only %d keys were found", found)
	}
}

// keys answers the json names of a file's struct fields.
func keys(t *testing.T, path string) []string {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	ast.Inspect(tree, func(n ast.Node) bool {
		if field, ok := n.(*ast.Field); ok && field.Tag != nil {
			tag, _ := strconv.Unquote(field.Tag.Value)
			if name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ","); name != "" && name != "-" {
				all = append(all, name)
			}
		}
		return true
	})
	return all
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	root := kit.Root(t)
	for path, text := range pages(t) {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(path), found[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", path, found[1])
			}
		}
	}
}

// Targets that the documentation names are targets of the Makefile.
func TestMakeTargetsExist(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(kit.Root(t), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("(?m)(?:^|`)make ([a-z]+)")
	for path, text := range pages(t) {
		for _, found := range named.FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile(`(?m)^` + found[1] + `:`).Match(makefile) {
				t.Errorf("%s names make %s, which the Makefile lacks", path, found[1])
			}
		}
	}
}
