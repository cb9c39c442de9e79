package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxNodes bounds what a file may unfold to: aliases can multiply a small one
// a thousandfold. Depth needs no bound, as the settings nest so deep and no deeper.
const maxNodes = 100000

// decoder fills structs from YAML nodes and remembers the line of every key.
type decoder struct {
	name     string
	env      func(string) (string, bool)
	problems Problems
	lines    map[string]int
	nodes    int
}

func (d *decoder) fail(n *yaml.Node, fix, format string, args ...any) {
	d.problems = append(d.problems, Problem{File: d.name, Line: n.Line, Text: fmt.Sprintf(format, args...), Fix: fix})
}

// value decodes one node into v, which is settable.
func (d *decoder) value(n *yaml.Node, v reflect.Value, path string) {
	if d.nodes++; d.nodes > maxNodes {
		d.tooMuch(n)
		return
	}
	if n.Kind == yaml.AliasNode {
		d.value(n.Alias, v, path)
		return
	}
	d.lines[path] = n.Line
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), path)
	case reflect.Struct:
		d.mapping(n, v, path)
	case reflect.Slice:
		d.sequence(n, v, path)
	case reflect.Map:
		d.texts(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

func (d *decoder) tooMuch(n *yaml.Node) {
	if d.nodes == maxNodes+1 {
		d.fail(n, "write the values out instead of using aliases", "the file unfolds to too much")
	}
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "write keys and values, one a line", "%s must hold keys, not %s", label(path), kindOf(n))
		return
	}
	known, seen := fields(v.Type()), map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !d.first(key, seen, path) {
			continue
		}
		f, ok := find(known, key.Value)
		if !ok {
			d.unknown(key, known, path)
			continue
		}
		d.value(value, v.FieldByIndex(f.index), join(path, key.Value))
		d.lines[join(path, key.Value)] = key.Line
	}
}

// first refuses a key that stands there already: the second would win silently.
func (d *decoder) first(key *yaml.Node, seen map[string]int, path string) bool {
	if line, twice := seen[key.Value]; twice {
		d.fail(key, "remove one of them", "%q is set twice in %s, first on line %d", key.Value, label(path), line)
		return false
	}
	seen[key.Value] = key.Line
	return true
}

func (d *decoder) unknown(key *yaml.Node, known []field, path string) {
	if kept[key.Value] {
		d.fail(key, "remove the line", "%q in %s is kept by the server", key.Value, label(path))
		return
	}
	if key.Value == "<<" {
		d.fail(key, "write the values out, or give an anchor to a whole value", "merge keys are not supported")
		return
	}
	d.fail(key, suggest(known, key.Value), "unknown key %q in %s", key.Value, label(path))
}

func (d *decoder) sequence(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, fmt.Sprintf("write %s: [%s]", last(path), n.Value), "%s must be a list, not %s", label(path), kindOf(n))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		d.value(item, out.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
	v.Set(out)
}

func (d *decoder) texts(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "write keys and values, one a line", "%s must hold keys, not %s", label(path), kindOf(n))
		return
	}
	out, seen := reflect.MakeMap(v.Type()), map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !d.first(n.Content[i], seen, path) {
			continue
		}
		value := reflect.New(v.Type().Elem()).Elem()
		d.value(n.Content[i+1], value, join(path, n.Content[i].Value))
		out.SetMapIndex(reflect.ValueOf(n.Content[i].Value).Convert(v.Type().Key()), value)
	}
	v.Set(out)
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode {
		d.fail(n, "write a single value", "%s must be %s, not %s", label(path), wanted(v), kindOf(n))
		return
	}
	if n.Tag == "!!null" {
		d.fail(n, "give it a value or remove the line", "%s is empty", label(path))
		return
	}
	text, err := expand(n.Value, d.env)
	if err != nil {
		d.fail(n, expandFix(err), "%s: %v", label(path), err)
		return
	}
	if err := set(v, text); err != nil {
		d.fail(n, "", "%s must be %s, not %s", label(path), wanted(v), quote(text, n.Value != text))
	}
}

func expandFix(err error) string {
	if name, ok := err.(unsetError); ok {
		return "set it before starting, for example " + string(name) + "=... poolhouse serve"
	}
	return "write ${NAME}, or $${ for a literal ${"
}

// quote hides what came from the environment: it may be a secret.
func quote(text string, substituted bool) string {
	if substituted {
		return "what the environment gives"
	}
	return strconv.Quote(text)
}

func set(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
		return nil
	case reflect.Bool:
		b, err := truth(text)
		v.SetBool(b)
		return err
	case reflect.Int:
		i, err := strconv.Atoi(text)
		v.SetInt(int64(i))
		return err
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		v.SetFloat(f)
		return err
	}
	return fmt.Errorf("%s is no kind of setting", v.Type())
}

func truth(text string) (bool, error) {
	switch text {
	case "true", "on":
		return true, nil
	case "false", "off":
		return false, nil
	}
	return false, fmt.Errorf("neither true nor false")
}

func wanted(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	}
	return "text"
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return "nothing"
		}
		return "a single value"
	}
	return "an alias"
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func last(path string) string { return path[strings.LastIndex(path, ".")+1:] }

func label(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}
