package house

import (
	"go/ast"
	"strings"
)

// CheckTransactions answers every function that takes a storage.Reader or
// storage.Writer and opens a transaction all the same: inside an engine's
// Update that waits for itself for ever. Function literals count too, so that a
// View inside an Update's closure is found where it stands.
func CheckTransactions(files []File) []string {
	var bad []string
	for _, f := range files {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if takesTransaction(f, n) {
				for _, call := range opens(body(n)) {
					bad = append(bad, f.At(call)+": a transaction is opened inside another")
				}
				return false
			}
			return true
		})
	}
	return bad
}

func body(n ast.Node) *ast.BlockStmt {
	switch n := n.(type) {
	case *ast.FuncDecl:
		return n.Body
	case *ast.FuncLit:
		return n.Body
	}
	return nil
}

func takesTransaction(f File, n ast.Node) bool {
	var signature *ast.FuncType
	switch n := n.(type) {
	case *ast.FuncDecl:
		signature = n.Type
	case *ast.FuncLit:
		signature = n.Type
	default:
		return false
	}
	for _, p := range signature.Params.List {
		if transaction(f, p.Type) {
			return true
		}
	}
	return false
}

// transaction says that the type is storage.Reader or storage.Writer.
func transaction(f File, t ast.Expr) bool {
	switch t := t.(type) {
	case *ast.SelectorExpr:
		pkg, ok := t.X.(*ast.Ident)
		return ok && pkg.Name == "storage" && (t.Sel.Name == "Reader" || t.Sel.Name == "Writer")
	case *ast.Ident:
		return f.AST.Name.Name == "storage" && (t.Name == "Reader" || t.Name == "Writer")
	}
	return false
}

// opens finds calls of View and Update on anything that is a store: by their
// names and the closure they are given.
func opens(block *ast.BlockStmt) []*ast.CallExpr {
	var calls []*ast.CallExpr
	if block == nil {
		return nil
	}
	ast.Inspect(block, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && (sel.Sel.Name == "View" || sel.Sel.Name == "Update") && aContext(call) {
			calls = append(calls, call)
		}
		return true
	})
	return calls
}

// aContext says that the first argument is a context, as Store's methods take.
func aContext(call *ast.CallExpr) bool {
	if len(call.Args) < 2 {
		return false
	}
	switch a := call.Args[0].(type) {
	case *ast.Ident:
		return strings.Contains(strings.ToLower(a.Name), "ctx")
	case *ast.CallExpr:
		sel, ok := a.Fun.(*ast.SelectorExpr)
		return ok && (sel.Sel.Name == "Background" || sel.Sel.Name == "Context" || sel.Sel.Name == "TODO" || sel.Sel.Name == "WithoutCancel")
	}
	return false
}
