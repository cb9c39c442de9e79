// Package house holds the tests of the building itself: which way imports
// run, which versions are the least, what no function may do. It reads source
// and the go command's lists, and imports nothing of the program.
package house

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// Module is the path that every import of ours begins with.
const Module = "poolhouse.dev"

// Package is what `go list -json` says of a package of ours. Paths of ours are
// shortened: "storage/bolt", not "poolhouse.dev/storage/bolt".
type Package struct {
	Path    string
	Dir     string
	Imports []string // of the program; tests left out
	Tests   []string // of its tests, inside and outside the package
}

// listed is the part of `go list -json` that is read.
type listed struct {
	ImportPath   string
	Dir          string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// Packages lists every package of the module below root.
func Packages(root string) ([]Package, error) {
	out, err := goCommand(root, "list", "-e", "-json=ImportPath,Dir,Imports,TestImports,XTestImports", "./...")
	if err != nil {
		return nil, err
	}
	var all []Package
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := d.Decode(&l); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, l.short())
	}
}

func (l listed) short() Package {
	return Package{
		Path: shorten(l.ImportPath), Dir: l.Dir,
		Imports: shortenAll(l.Imports),
		Tests:   shortenAll(append(l.TestImports, l.XTestImports...)),
	}
}

func shorten(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, Module+"/"), Module)
}

func shortenAll(paths []string) []string {
	var out []string
	for _, p := range paths {
		if p == Module || strings.HasPrefix(p, Module+"/") {
			p = "our:" + shorten(p)
		}
		out = append(out, p)
	}
	return out
}

func goCommand(root string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return out, nil
}

// File is one parsed Go file of ours.
type File struct {
	Path      string // below the root, with slashes
	AST       *ast.File
	Set       *token.FileSet
	Lines     int
	Generated bool
}

// Test says that the file is compiled for tests only.
func (f File) Test() bool { return strings.HasSuffix(f.Path, "_test.go") }

// At says where a node stands, as path:line.
func (f File) At(n ast.Node) string {
	return fmt.Sprintf("%s:%d", f.Path, f.Set.Position(n.Pos()).Line)
}

// Files parses every Go file of the packages.
func Files(root string, packages []Package) ([]File, error) {
	var all []File
	for _, p := range packages {
		paths, err := filepath.Glob(filepath.Join(p.Dir, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			f, err := parse(root, path, nil)
			if err != nil {
				return nil, err
			}
			all = append(all, f)
		}
	}
	return all, nil
}

func parse(root, path string, source any) (File, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, path, source, parser.ParseComments)
	if err != nil {
		return File{}, err
	}
	short, err := filepath.Rel(root, path)
	if err != nil {
		short = path
	}
	return File{
		Path: filepath.ToSlash(short), AST: tree, Set: set,
		Lines:     set.File(tree.Pos()).LineCount(),
		Generated: ast.IsGenerated(tree),
	}, nil
}
