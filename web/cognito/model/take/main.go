// Command take writes shapes.txt from the service model of Amazon Cognito user
// pools, which botocore carries as data/cognito-idp/2016-04-18/service-2.json:
//
//	go run ./web/cognito/model/take service-2.json 'botocore 1.44.5' > web/cognito/model/shapes.txt
//
// Names, types and bounds are taken, of what inputs are made of, and the names of
// the exceptions that an operation declares; documentation is not.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// service is the form of service-2.json, as far as it is taken.
type service struct {
	Operations map[string]struct {
		Input  ref   `json:"input"`
		Errors []ref `json:"errors"`
		// Auth begins with smithy.api#noAuth for what SDKs do not sign.
		Auth     []string `json:"auth"`
		AuthType string   `json:"authtype"`
	} `json:"operations"`
	Shapes map[string]shape `json:"shapes"`
}

type ref struct {
	Shape string `json:"shape"`
}

type shape struct {
	Type             string         `json:"type"`
	Document         bool           `json:"document"`
	Sensitive        bool           `json:"sensitive"`
	Required         []string       `json:"required"`
	Members          map[string]ref `json:"members"`
	Member           ref            `json:"member"`
	Key              ref            `json:"key"`
	Value            ref            `json:"value"`
	Min, Max         *int64
	Pattern          string
	Enum             []string
	Exception, Fault bool
}

func main() {
	if err := take(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func take(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("want: take service-2.json 'NAME OF THE SOURCE'")
	}
	raw, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var s service
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintf(out, "# Made by web/cognito/model/take from %s, data/cognito-idp/2016-04-18/service-2.json (Apache License 2.0).\n", args[1])
	for _, name := range slices.Sorted(maps.Keys(s.Operations)) {
		o := s.Operations[name]
		signed := "signed"
		if o.AuthType == "none" || slices.Contains(o.Auth, "smithy.api#noAuth") {
			signed = "open"
		}
		var declared []string
		for _, e := range o.Errors {
			declared = append(declared, strings.TrimSuffix(e.Shape, "Exception"))
		}
		slices.Sort(declared)
		declared = slices.Compact(declared)
		fmt.Fprintf(out, "operation %s %s %s %s\n", name, signed, o.Input.Shape, strings.Join(declared, ","))
	}
	for _, name := range s.ofInputs() {
		fmt.Fprintln(out, line(name, s.Shapes[name]))
	}
	return out.Flush()
}

// ofInputs answers the shapes that inputs are made of, sorted.
func (s *service) ofInputs() []string {
	seen := map[string]bool{}
	var visit func(string)
	visit = func(name string) {
		if name == "" || seen[name] {
			return
		}
		seen[name] = true
		one := s.Shapes[name]
		for _, m := range one.Members {
			visit(m.Shape)
		}
		visit(one.Member.Shape)
		visit(one.Key.Shape)
		visit(one.Value.Shape)
	}
	for _, o := range s.Operations {
		visit(o.Input.Shape)
	}
	return slices.Sorted(maps.Keys(seen))
}

// line writes a shape: type, name, bounds, and what it is made of. The pattern
// stands last, as it may hold spaces.
func line(name string, s shape) string {
	kind := s.Type
	if s.Document {
		kind = "document"
	}
	parts := []string{kind, name}
	if s.Sensitive {
		parts = append(parts, "sensitive")
	}
	parts = append(parts, bound("min", s.Min)...)
	parts = append(parts, bound("max", s.Max)...)
	switch s.Type {
	case "structure":
		for _, m := range slices.Sorted(maps.Keys(s.Members)) {
			mark := ""
			if slices.Contains(s.Required, m) {
				mark = "!"
			}
			parts = append(parts, m+mark+":"+s.Members[m].Shape)
		}
	case "list":
		parts = append(parts, "of", s.Member.Shape)
	case "map":
		parts = append(parts, "of", s.Key.Shape, s.Value.Shape)
	}
	if len(s.Enum) > 0 {
		parts = append(parts, "enum", strings.Join(s.Enum, ","))
	}
	if s.Pattern != "" {
		parts = append(parts, "pattern", s.Pattern)
	}
	return strings.Join(parts, " ")
}

func bound(name string, n *int64) []string {
	if n == nil {
		return nil
	}
	return []string{name, strconv.FormatInt(*n, 10)}
}
