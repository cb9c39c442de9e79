package federation

import (
	"maps"
	"slices"
	"strconv"
)

// Said is one value of an answer, for people to read: where it is, as an
// attribute mapping names it, and what stands there.
type Said struct {
	Path   string   // at most 512 bytes
	Values []string // several for a list of texts; of at most 2,048 bytes each
	Hidden bool     // Values are left out
}

// maxSaid bounds what Paths lists.
const maxSaid = 300

// Paths lists claims by their paths, sorted. Values whose path hides says yes to
// are left out, and so is what is nested deeper than a mapping reaches. more says
// that there would have been others.
func Paths(claims map[string]any, hides func(path string) bool) (all []Said, more bool) {
	l := lister{hides: hides}
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		if l.list(name, claims[name], 1); len(l.all) > maxSaid {
			return l.all[:maxSaid], true
		}
	}
	return l.all, false
}

type lister struct {
	hides func(string) bool
	all   []Said
}

func (l *lister) list(path string, value any, depth int) {
	if len(l.all) > maxSaid {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 || depth == maxDepth {
			l.add(path, []string{elided(len(v), "{", "}")})
			return
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			l.list(path+"."+name, v[name], depth+1)
		}
	case []any:
		l.listAll(path, v, depth)
	case []string:
		l.add(path, v)
	default:
		l.add(path, []string{text(v)})
	}
}

func (l *lister) listAll(path string, values []any, depth int) {
	if !slices.ContainsFunc(values, nested) {
		texts := make([]string, len(values))
		for i, value := range values {
			texts[i] = text(value)
		}
		l.add(path, texts)
		return
	}
	if depth == maxDepth {
		l.add(path, []string{elided(len(values), "[", "]")})
		return
	}
	for i, one := range values {
		l.list(path+"["+strconv.Itoa(i)+"]", one, depth+1)
	}
}

func (l *lister) add(path string, values []string) {
	said := Said{Path: Plain(path, maxPath), Hidden: l.hides(path)}
	for i := 0; i < len(values) && !said.Hidden; i++ {
		said.Values = append(said.Values, Plain(values[i], maxValue))
	}
	l.all = append(l.all, said)
}

// elided stands for an object or a list whose members are not shown.
func elided(size int, open, end string) string {
	if size == 0 {
		return open + end
	}
	return open + "…" + end
}

func nested(value any) bool {
	switch value.(type) {
	case map[string]any, []any, []string:
		return true
	}
	return false
}

func text(value any) string {
	if value == nil {
		return "null"
	}
	said, _ := scalar(value)
	return said
}
