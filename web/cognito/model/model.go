// Package model is what the service model of Amazon Cognito user pools
// (2016-04-18) says of operations: which members their inputs have, of which type,
// which must be there, and within which bounds; and which exceptions they declare.
// shapes.txt holds it in one line an operation and a shape; take/ writes that from
// the model itself. ours.txt holds the few shapes of which Poolhouse takes more.
//
// The text stays as it is in the program. Of it only the shapes of an operation
// that is called are read, once.
package model

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed shapes.txt
var text string

//go:embed ours.txt
var ours string

// Operation is one of the service.
type Operation struct {
	Name   string
	Signed bool // SDKs sign it with the caller's credentials
	input  string
	errors string // declared, without "Exception", divided by commas
}

// Declares says that the operation has an exception of this name.
func (o Operation) Declares(exception string) bool {
	return slices.Contains(strings.Split(o.errors, ","), strings.TrimSuffix(exception, "Exception"))
}

// Operations lists every operation of the model, by name.
func Operations() []Operation {
	var all []Operation
	for _, line := range strings.Split(text, "\n") {
		if rest, ok := strings.CutPrefix(line, "operation "); ok {
			all = append(all, operationOf(rest))
		}
	}
	return all
}

// Of answers an operation by its name.
func Of(name string) (Operation, bool) {
	line, ok := lineOf("operation", name)
	if !ok || strings.ContainsAny(name, " \n") {
		return Operation{}, false
	}
	return operationOf(name + line), true
}

func operationOf(line string) Operation {
	words := strings.Fields(line)
	o := Operation{Name: words[0], Signed: words[1] == "signed", input: words[2]}
	if len(words) > 3 {
		o.errors = words[3]
	}
	return o
}

// lineOf answers what stands behind a kind and a name, ours first.
func lineOf(kind, name string) (string, bool) {
	for _, in := range []string{ours, text} {
		_, rest, ok := strings.Cut(in, "\n"+kind+" "+name)
		if ok && (rest[0] == ' ' || rest[0] == '\n') {
			line, _, _ := strings.Cut(rest, "\n")
			return line, true
		}
	}
	return "", false
}

// shapes are those that were read.
var shapes sync.Map // name → *shape

// shapeOf answers a shape, reading it when it is asked for first.
func shapeOf(name string) *shape {
	if s, ok := shapes.Load(name); ok {
		return s.(*shape)
	}
	s, _ := shapes.LoadOrStore(name, readShape(name))
	return s.(*shape)
}
