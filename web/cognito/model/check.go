package model

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Problems are the bounds that an input breaks, in the words of the service.
type Problems []string

func (p Problems) Error() string {
	if len(p) == 1 {
		return "1 validation error detected: " + p[0]
	}
	return strconv.Itoa(len(p)) + " validation errors detected: " + strings.Join(p, "; ")
}

// Mistyped says that an input is JSON of another type than the model's.
type Mistyped string

func (m Mistyped) Error() string { return string(m) }

// Bounds on an error's text: so many problems, and so much of a value.
const (
	mostProblems = 20
	mostEchoed   = 1024
)

// Check holds an input, as encoding/json reads it with numbers as json.Number,
// against the operation's shape. It answers Problems or Mistyped.
//
// A member that is unknown stays; but one that differs from a known member only
// in case is taken out, as encoding/json would take it for that one. changed says
// whether something was.
func (o Operation) Check(in map[string]any) (changed bool, err error) {
	c := &checker{}
	if err := c.value(shapeOf(o.input), in, "", false); err != nil {
		return c.changed, err
	}
	if len(c.found) > 0 {
		return c.changed, c.found
	}
	return c.changed, nil
}

// checker walks through one input.
type checker struct {
	found   Problems
	changed bool
}

func (c *checker) add(value, at, constraint string) {
	if len(c.found) >= mostProblems {
		return
	}
	if value != "" {
		value = " " + value
	}
	c.found = append(c.found, "Value"+value+" at '"+at+"' failed to satisfy constraint: "+constraint)
}

// breaks notes what a value breaks; one that is sensitive is not repeated.
func (c *checker) breaks(value, at string, hidden bool, constraints []string) {
	shown := ""
	if !hidden {
		shown = "'" + shorten(value) + "'"
	}
	for _, one := range constraints {
		c.add(shown, at, one)
	}
}

func shorten(value string) string {
	if len(value) <= mostEchoed {
		return value
	}
	return strings.ToValidUTF8(value[:mostEchoed], "") + "..."
}

// value checks one value, whose place is at. hidden says that something around
// it is sensitive.
func (c *checker) value(s *shape, v any, at string, hidden bool) error {
	hidden = hidden || s.sensitive
	switch s.kind {
	case "structure":
		return c.structure(s, v, at, hidden)
	case "list":
		return c.list(s, v, at, hidden)
	case "map":
		return c.mapping(s, v, at, hidden)
	case "document":
		return nil
	}
	broken, text, err := s.scalar(v)
	c.breaks(text, at, hidden, broken)
	return err
}

func (c *checker) structure(s *shape, v any, at string, hidden bool) error {
	in, ok := v.(map[string]any)
	if !ok {
		return mistyped(v, "a structure")
	}
	c.takeOut(s, in)
	for _, m := range s.members {
		place := join(at, m.name)
		one, there := in[m.name]
		if !there || one == nil {
			if m.required {
				c.add("null", place, "Member must not be null")
			}
			continue
		}
		if err := c.value(shapeOf(m.shape), one, place, hidden); err != nil {
			return err
		}
	}
	return nil
}

// takeOut removes members that only encoding/json would take for known ones.
func (c *checker) takeOut(s *shape, in map[string]any) {
	for name := range in {
		if !slices.ContainsFunc(s.members, func(m member) bool { return m.name == name }) &&
			slices.ContainsFunc(s.members, func(m member) bool { return strings.EqualFold(m.name, name) }) {
			delete(in, name)
			c.changed = true
		}
	}
}

func join(at, name string) string {
	name = strings.ToLower(name[:1]) + name[1:]
	if at == "" {
		return name
	}
	return at + "." + name
}

func (c *checker) list(s *shape, v any, at string, hidden bool) error {
	all, ok := v.([]any)
	if !ok {
		return mistyped(v, "a list")
	}
	of := shapeOf(s.of[0])
	hidden = hidden || of.sensitive
	var inside []string
	for i, one := range all {
		if one == nil {
			return mistyped(one, "a member of a list")
		}
		if !of.simple() {
			if err := c.value(of, one, at+"."+strconv.Itoa(i+1)+".member", hidden); err != nil {
				return err
			}
			continue
		}
		broken, _, err := of.scalar(one)
		if err != nil {
			return err
		}
		if len(broken) > 0 && inside == nil {
			inside = of.constraints()
		}
	}
	broken := s.length(int64(len(all)))
	if inside != nil {
		broken = append(broken, "Member must satisfy constraint: ["+strings.Join(inside, ", ")+"]")
	}
	if len(broken) > 0 {
		c.breaks(written(all), at, hidden, broken)
	}
	return nil
}

func (c *checker) mapping(s *shape, v any, at string, hidden bool) error {
	all, ok := v.(map[string]any)
	if !ok {
		return mistyped(v, "a map")
	}
	keys, values := shapeOf(s.of[0]), shapeOf(s.of[1])
	hidden = hidden || keys.sensitive || values.sensitive
	badKey, badValue := false, false
	for key, one := range all {
		if one == nil { // as if it were not there
			delete(all, key)
			c.changed = true
			continue
		}
		broken, _, _ := keys.scalar(key)
		badKey = badKey || len(broken) > 0
		if !values.simple() {
			if err := c.value(values, one, at+"."+key+".member", hidden); err != nil {
				return err
			}
			continue
		}
		broken, _, err := values.scalar(one)
		if err != nil {
			return err
		}
		badValue = badValue || len(broken) > 0
	}
	broken := s.length(int64(len(all)))
	if badKey {
		broken = append(broken, "Map keys must satisfy constraint: ["+strings.Join(keys.constraints(), ", ")+"]")
	}
	if badValue {
		broken = append(broken, "Map value must satisfy constraint: ["+strings.Join(values.constraints(), ", ")+"]")
	}
	if len(broken) > 0 {
		c.breaks(written(all), at, hidden, broken)
	}
	return nil
}

// simple says that a value of the shape is neither a structure nor a list or map.
func (s *shape) simple() bool { return len(s.members) == 0 && s.kind != "structure" && s.of == nil }

// scalar checks a value that has no parts. It answers the constraints it breaks,
// and its text.
func (s *shape) scalar(v any) (broken []string, text string, err error) {
	switch s.kind {
	case "string":
		return s.text(v)
	case "integer", "long":
		return s.number(v)
	case "boolean":
		if _, ok := v.(bool); !ok {
			err = mistyped(v, "a Boolean")
		}
	case "timestamp":
		if _, ok := v.(json.Number); !ok {
			err = mistyped(v, "a timestamp, which is a number of seconds")
		}
	case "blob":
		return s.blob(v)
	}
	return nil, "", err
}

func (s *shape) text(v any) (broken []string, text string, err error) {
	text, ok := v.(string)
	if !ok {
		return nil, "", mistyped(v, "a String")
	}
	if !s.listed(text) {
		broken = append(broken, s.enumConstraint())
	}
	if !s.matches(text) {
		broken = append(broken, s.patternConstraint())
	}
	return append(broken, s.length(int64(utf8.RuneCountInString(text)))...), text, nil
}

func (s *shape) number(v any) (broken []string, text string, err error) {
	text = fmt.Sprint(v)
	number, ok := v.(json.Number)
	n, wrong := number.Int64()
	if !ok || wrong != nil || s.kind == "integer" && (n > math.MaxInt32 || n < math.MinInt32) {
		return nil, text, mistyped(v, "an Integer")
	}
	if s.max != nil && n > *s.max {
		broken = append(broken, fmt.Sprintf("Member must have value less than or equal to %d", *s.max))
	}
	if s.min != nil && n < *s.min {
		broken = append(broken, fmt.Sprintf("Member must have value greater than or equal to %d", *s.min))
	}
	return broken, text, nil
}

func (s *shape) blob(v any) (broken []string, text string, err error) {
	text, ok := v.(string)
	if !ok {
		return nil, "", mistyped(v, "a blob, which is a text in base64")
	}
	size := base64.StdEncoding.DecodedLen(len(text)) - strings.Count(text[max(0, len(text)-2):], "=")
	return s.length(int64(size)), "java.nio.HeapByteBuffer", nil
}

// length answers which bounds a length breaks.
func (s *shape) length(n int64) (broken []string) {
	if s.max != nil && n > *s.max {
		broken = append(broken, s.maxConstraint())
	}
	if s.min != nil && n < *s.min {
		broken = append(broken, s.minConstraint())
	}
	return broken
}

func (s *shape) maxConstraint() string {
	return fmt.Sprintf("Member must have length less than or equal to %d", *s.max)
}

func (s *shape) minConstraint() string {
	return fmt.Sprintf("Member must have length greater than or equal to %d", *s.min)
}

func (s *shape) patternConstraint() string {
	return "Member must satisfy regular expression pattern: " + s.pattern
}

func (s *shape) enumConstraint() string {
	return "Member must satisfy enum value set: [" + strings.Join(s.enum, ", ") + "]"
}

// constraints are all that a part of a list or map must satisfy, as they are
// told when one does not.
func (s *shape) constraints() (all []string) {
	if s.max != nil {
		all = append(all, s.maxConstraint())
	}
	if s.min != nil {
		all = append(all, s.minConstraint())
	}
	if s.pattern != "" {
		all = append(all, s.patternConstraint())
	}
	if len(s.enum) > 0 {
		all = append(all, s.enumConstraint())
	}
	return all
}

// written writes a list or map as Java does.
func written(v any) string {
	switch v := v.(type) {
	case []any:
		var parts []string
		for _, one := range v {
			parts = append(parts, written(one))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for key, one := range v {
			parts = append(parts, key+"="+written(one))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprint(v)
}

// mistyped names the type that came, never the value.
func mistyped(v any, want string) error {
	got := "NULL"
	switch v.(type) {
	case string:
		got = "STRING_VALUE"
	case json.Number:
		got = "NUMBER_VALUE"
	case bool:
		got = "BOOLEAN_VALUE"
	case []any:
		got = "START_ARRAY"
	case map[string]any:
		got = "START_OBJECT"
	}
	return Mistyped(got + " can not be converted to " + want)
}
