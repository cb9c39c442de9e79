package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// back sends the forms on which a SAML response travels: the provider's, and
// ours that posts it once more from our own site.
func (v *visitor) back() {
	v.Helper()
	for v.page.Find(`input[name="SAMLResponse"]`).Length() > 0 {
		v.send(nil)
	}
}

// goes chooses a person, or "cancel" or "error", at a pretend provider.
func (v *visitor) goes(demo, provider, field, value string) {
	v.Helper()
	v.open(demo + "/start")
	v.follow(provider)
	v.sees("anybody can be anybody")
	v.send(map[string]string{field: value})
	v.back()
}

func TestPretendProvidersSignIn(t *testing.T) {
	demo := startDev(t)
	for _, provider := range []string{pretendOIDC, pretendSAML} {
		bob := newVisitor(t)
		bob.goes(demo, provider, "answer", "cancel")
		bob.sees("You came back from " + provider + " without signing in")
		bob.goes(demo, provider, "answer", "error")
		bob.sees("Signing in with " + provider + " did not work")
		cleo := newVisitor(t)
		cleo.goes(demo, provider, "person", "100000000000000000003")
		cleo.sees("Cleo Example")
		if got := cleo.claim("ID token", "identities"); !strings.Contains(got, `"providerName":"`+provider+`"`) || !strings.Contains(got, "100000000000000000003") {
			t.Errorf("identities is %s", got)
		}
		if got := cleo.claim("ID token", "email"); got != "" {
			t.Errorf("email is %s", got)
		}
	}
	ann := newVisitor(t)
	ann.goes(demo, pretendOIDC, "person", "100000000000000000001")
	ann.sees(demoUser)
	if ann.at.Path == "/" {
		t.Error("a known address was signed in to at once")
	}
}

// TestPretendProvidersBelongToDev reads the program: one file alone knows of the
// providers, and what it makes is asked for by `poolhouse dev` alone.
func TestPretendProvidersBelongToDev(t *testing.T) {
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	doors := []string{"servePretend", "pretendProviders"}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			if strings.Contains(i.Path.Value, "/dev/pretend") && path != "dev_pretend.go" {
				t.Errorf("%s imports the pretend providers", path)
			}
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				name, ok := n.(*ast.Ident)
				if ok && name != fn.Name && slices.Contains(doors, name.Name) && !slices.Contains([]string{"runDev", "devPools"}, fn.Name.Name) {
					t.Errorf("%s: %s asks for %s", path, fn.Name.Name, name.Name)
				}
				if ok && name != fn.Name && slices.Contains([]string{"runDev", "devPools"}, name.Name) && !slices.Contains([]string{"runDev", "devCommand"}, fn.Name.Name) {
					t.Errorf("%s: %s asks for %s", path, fn.Name.Name, name.Name)
				}
				return true
			})
		}
	}
}
