package federation

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// Said is one value of an answer, for people to read: where it is, as an
// attribute mapping names it, and what stands there.
type Said struct {
	Path   string
	Values []string // several for a list of texts; of at most 2,048 bytes each
}

// maxSaid bounds what Paths lists.
const maxSaid = 300

// Paths lists claims by their paths, sorted; what is nested deeper than a mapping
// reaches stands as JSON. more says that there would have been others.
func Paths(claims map[string]any) (all []Said, more bool) {
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		if all = listed(all, name, claims[name], 1); len(all) > maxSaid {
			return all[:maxSaid], true
		}
	}
	return all, false
}

func listed(all []Said, path string, value any, depth int) []Said {
	if len(all) > maxSaid {
		return all
	}
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 || depth == maxDepth {
			break
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			all = listed(all, path+"."+name, v[name], depth+1)
		}
		return all
	case []any:
		if depth == maxDepth || !slices.ContainsFunc(v, nested) {
			return append(all, Said{path, texts(v)})
		}
		for i, one := range v {
			all = listed(all, path+"["+strconv.Itoa(i)+"]", one, depth+1)
		}
		return all
	case []string:
		values := make([]string, len(v))
		for i, one := range v {
			values[i] = Plain(one, maxValue)
		}
		return append(all, Said{Plain(path, maxPath), values})
	}
	return append(all, Said{Plain(path, maxPath), texts([]any{value})})
}

func nested(value any) bool {
	switch value.(type) {
	case map[string]any, []any, []string:
		return true
	}
	return false
}

func texts(values []any) []string {
	said := make([]string, 0, len(values))
	for _, value := range values {
		text, ok := scalar(value)
		if !ok || value == nil {
			raw, err := json.Marshal(value)
			if err != nil {
				continue // nothing that came as JSON
			}
			text = string(raw)
		}
		said = append(said, Plain(text, maxValue))
	}
	return said
}
