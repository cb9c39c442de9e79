package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// Ceilings of length. The aim is a file under 400 lines and a function of
// about ten; these are where a reader gives up. Generated files are exempt.
const (
	maxFile     = 400
	maxTestFile = 600
	maxFunction = 60
)

// CheckLength answers every file and function above its ceiling.
func CheckLength(files []File) []string {
	var bad []string
	for _, f := range files {
		if f.Generated {
			continue
		}
		if limit := fileLimit(f); f.Lines > limit {
			bad = append(bad, fmt.Sprintf("%s has %d lines, more than %d", f.Path, f.Lines, limit))
		}
		if !f.Test() {
			bad = append(bad, longFunctions(f)...)
		}
	}
	return bad
}

func fileLimit(f File) int {
	if f.Test() {
		return maxTestFile
	}
	return maxFile
}

func longFunctions(f File) []string {
	var bad []string
	for _, d := range f.AST.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		lines := f.Set.Position(fn.End()).Line - f.Set.Position(fn.Pos()).Line + 1
		if lines > maxFunction {
			bad = append(bad, fmt.Sprintf("%s: %s has %d lines, more than %d", f.At(fn), fn.Name.Name, lines, maxFunction))
		}
	}
	return bad
}

// CheckNoSkip answers every test that may skip itself: what is not run is not shown.
func CheckNoSkip(files []File) []string {
	var bad []string
	for _, f := range files {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && skips(call) {
				bad = append(bad, f.At(call)+": a test skips itself")
			}
			return true
		})
	}
	return bad
}

func skips(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) {
		return false
	}
	on, ok := sel.X.(*ast.Ident)
	return ok && slices.Contains([]string{"t", "b", "f", "tb"}, on.Name)
}

var unfinished = regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b`)

// CheckFinished answers every comment that promises work instead of doing it.
func CheckFinished(files []File) []string {
	var bad []string
	for _, f := range files {
		for _, group := range f.AST.Comments {
			if word := unfinished.FindString(group.Text()); word != "" {
				bad = append(bad, fmt.Sprintf("%s: a comment says %s", f.At(group), word))
			}
		}
	}
	return bad
}

// CheckDocumented answers every package without a comment and every exported
// name without one. Test files are exempt, and so are methods whose meaning an
// interface of the standard library gives.
func CheckDocumented(files []File) []string {
	var bad []string
	documented := map[string]bool{}
	for _, f := range files {
		dir := f.Path[:max(strings.LastIndex(f.Path, "/"), 0)]
		if f.Test() {
			continue
		}
		documented[dir] = documented[dir] || f.AST.Doc != nil
		if !f.Generated {
			bad = append(bad, undocumented(f)...)
		}
	}
	for dir, ok := range documented {
		if !ok {
			bad = append(bad, dir+": the package has no comment")
		}
	}
	slices.Sort(bad)
	return bad
}

func undocumented(f File) []string {
	var bad []string
	for _, d := range f.AST.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) && !known(d.Name.Name) {
				bad = append(bad, f.At(d)+": "+d.Name.Name+" has no comment")
			}
		case *ast.GenDecl:
			bad = append(bad, undocumentedSpecs(f, d)...)
		}
	}
	return bad
}

// known are methods that mean what the standard library says they mean.
func known(name string) bool {
	return slices.Contains([]string{"Error", "Unwrap", "String", "LogValue", "MarshalJSON", "UnmarshalJSON",
		"MarshalText", "UnmarshalText", "Len", "Less", "Swap", "ServeHTTP", "Read", "Write", "Close"}, name)
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

func undocumentedSpecs(f File, d *ast.GenDecl) []string {
	if d.Doc != nil || d.Tok == token.IMPORT {
		return nil // one comment may stand over a group
	}
	var bad []string
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && s.Doc == nil {
				bad = append(bad, f.At(s)+": "+s.Name.Name+" has no comment")
			}
		case *ast.ValueSpec:
			if s.Names[0].IsExported() && s.Doc == nil && s.Comment == nil {
				bad = append(bad, f.At(s)+": "+s.Names[0].Name+" has no comment")
			}
		}
	}
	return bad
}
