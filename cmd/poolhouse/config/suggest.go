package config

import (
	"cmp"
	"reflect"
	"sort"
	"strings"
)

// field is one key of the file and where its value goes.
type field struct {
	name  string
	index []int
}

// fields lists the keys of a struct by its JSON tags, embedded structs
// included. As in encoding/json, an outer field hides an embedded one of the
// same name.
func fields(t reflect.Type) []field {
	visible := reflect.VisibleFields(t)
	depth := map[string]int{} // of the outermost field of each name
	for _, f := range visible {
		name, ok := keyOf(f)
		if least, found := depth[name]; ok && (!found || len(f.Index) < least) {
			depth[name] = len(f.Index)
		}
	}
	seen := map[string]bool{}
	var out []field
	for _, f := range visible {
		name, ok := keyOf(f)
		if !ok || seen[name] || kept[name] || len(f.Index) > depth[name] {
			continue
		}
		seen[name] = true
		out = append(out, field{name: name, index: f.Index})
	}
	return out
}

func keyOf(f reflect.StructField) (string, bool) {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name, name != "" && name != "-" && f.IsExported()
}

func find(list []field, name string) (field, bool) {
	for _, f := range list {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// suggest names what an unknown key was probably meant to be: another
// spelling of a known one, or one that belongs elsewhere in the file.
func suggest(list []field, name string) string {
	if near := nearest(list, name); near != "" {
		return "did you mean \"" + near + "\"?"
	}
	if place, ok := places()[name]; ok {
		return "\"" + name + "\" belongs " + place
	}
	return knownHere(list)
}

// suggestAmong is suggest where no key belongs elsewhere in the file.
func suggestAmong(list []field, name string) string {
	if near := nearest(list, name); near != "" {
		return "did you mean \"" + near + "\"?"
	}
	return knownHere(list)
}

func knownHere(list []field) string {
	names := make([]string, len(list))
	for i, f := range list {
		names[i] = f.name
	}
	sort.Strings(names)
	return "known here: " + strings.Join(names, ", ")
}

func nearest(list []field, name string) string {
	best, least := "", len(name)/3+1
	for _, f := range list {
		if plain(f.name) == plain(name) {
			return f.name
		}
		if d := distance(f.name, strings.ToLower(name)); d <= least && (best == "" || d < distance(best, strings.ToLower(name))) {
			best = f.name
		}
	}
	return cmp.Or(best, endingIn(list, name))
}

// endingIn answers the shortest key that says more of the same: client_name for name.
func endingIn(list []field, name string) (best string) {
	for _, f := range list {
		if strings.HasSuffix(f.name, "_"+strings.ToLower(name)) && (best == "" || len(f.name) < len(best)) {
			best = f.name
		}
	}
	return best
}

// plain makes CallbackURLs and callback-urls equal to callback_urls.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

// distance is Levenshtein's.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := diagonal
			if a[i-1] != b[j-1] {
				change++
			}
			diagonal = row[j]
			row[j] = min(change, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

// places says for every key of the file where it belongs.
func places() map[string]string {
	out := map[string]string{}
	walkPlaces(reflect.TypeOf(File{}), "at the top of the file", "", out)
	return out
}

func walkPlaces(t reflect.Type, place, path string, out map[string]string) {
	for _, f := range fields(t) {
		if _, taken := out[f.name]; !taken {
			out[f.name] = place
		}
		inner := t.FieldByIndex(f.index).Type
		for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			below := strings.TrimPrefix(path+"."+f.name, ".")
			walkPlaces(inner, "under "+below, below, out)
		}
	}
}
