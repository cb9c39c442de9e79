package model

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// shape is one type of the model.
type shape struct {
	name      string
	kind      string // structure, list, map, string, integer, long, boolean, timestamp, blob, document
	sensitive bool
	min, max  *int64 // of a number its value, else its length
	enum      []string
	pattern   string
	members   []member // of a structure, by name
	of        []string // shapes of a list's members, or of a map's keys and values

	compile sync.Once
	regex   *regexp.Regexp
}

// member is one of a structure.
type member struct {
	name     string
	required bool
	shape    string
}

var kinds = []string{"structure", "string", "list", "map", "integer", "long", "boolean", "timestamp", "blob", "document"}

// readShape reads a line of shapes.txt, whose form take/ has; a shape that the
// text lacks is a mistake in it, which the tests find.
func readShape(name string) *shape {
	for _, kind := range kinds {
		if line, ok := lineOf(kind, name); ok {
			s := &shape{name: name, kind: kind}
			s.read(line)
			return s
		}
	}
	panic("cognito model: no shape " + name)
}

func (s *shape) read(line string) {
	line, s.pattern, _ = strings.Cut(line, " pattern ")
	words := strings.Fields(line)
	for i := 0; i < len(words); i++ {
		switch words[i] {
		case "sensitive":
			s.sensitive = true
		case "min", "max", "enum":
			s.bound(words[i], words[i+1])
			i++
		case "of":
			s.of = words[i+1:]
			if n := len(s.of); s.kind == "map" && n > 2 || s.kind == "list" && n > 1 {
				panic("cognito model: " + s.name)
			}
			return
		default:
			name, of, _ := strings.Cut(words[i], ":")
			bare, required := strings.CutSuffix(name, "!")
			s.members = append(s.members, member{bare, required, of})
		}
	}
}

func (s *shape) bound(what, value string) {
	if what == "enum" {
		s.enum = strings.Split(value, ",")
		return
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		panic("cognito model: " + s.name + ": " + err.Error())
	}
	if what == "min" {
		s.min = &n
	} else {
		s.max = &n
	}
}

// re2 is what patterns of Java are written as in RE2: \s has the vertical tab, too.
var re2 = strings.NewReplacer(`[\S]`, `[^\s\x0b]`, `\s`, `\s\x0b`)

// matches holds a text against the pattern, the whole of it, as Java's matches() does.
func (s *shape) matches(value string) bool {
	if s.pattern == "" {
		return true
	}
	s.compile.Do(func() { s.regex = regexp.MustCompile(`\A(?:` + re2.Replace(s.pattern) + `)\z`) })
	return s.regex.MatchString(value)
}

func (s *shape) listed(value string) bool {
	return len(s.enum) == 0 || slices.Contains(s.enum, value)
}
