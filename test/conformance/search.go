package main

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// shown is a module that a test does.
type shown struct{ module, test string }

// moduleName is how the suite calls its modules.
var moduleName = regexp.MustCompile(`^(oidcc|fapi2|fapi-ciba)-[A-Za-z0-9_-]+$`)

// declared is one declaration of a package's tests: the modules it names, and what it uses.
type declared struct{ modules, uses []string }

// search answers what the tests below the root show, in order.
func search(root string) (all []shown, err error) {
	files, err := filepath.Glob(filepath.Join(root, "web", "*_test.go"))
	if err != nil {
		return nil, err
	}
	known := map[string]declared{}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			declare(known, d)
		}
	}
	for name := range known {
		if strings.HasPrefix(name, "Test") {
			reach(known, name, map[string]bool{}, func(module string) { all = append(all, shown{module, name}) })
		}
	}
	slices.SortFunc(all, func(a, b shown) int { return cmp.Or(cmp.Compare(a.module, b.module), cmp.Compare(a.test, b.test)) })
	return slices.Compact(all), nil
}

// declare notes functions and variables of the package; methods are not followed.
func declare(known map[string]declared, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			known[d.Name.Name] = contentOf(d.Body)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok {
				for _, name := range v.Names {
					known[name.Name] = contentOf(v)
				}
			}
		}
	}
}

func contentOf(n ast.Node) (d declared) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			d.uses = append(d.uses, n.Name)
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && moduleName.MatchString(text) {
				d.modules = append(d.modules, text)
			}
		}
		return true
	})
	return d
}

// reach tells the modules that a declaration names, itself or through what it uses.
func reach(known map[string]declared, name string, been map[string]bool, tell func(string)) {
	d, ok := known[name]
	if !ok || been[name] {
		return
	}
	been[name] = true
	for _, m := range d.modules {
		tell(m)
	}
	for _, used := range d.uses {
		reach(known, used, been, tell)
	}
}
