package cognito

import (
	"encoding/json"
	"maps"
	"slices"
)

// serverKept are members that the store fills; they are no setting.
var serverKept = []string{"creation_date", "last_modified_date", "user_pool_id", "registered_by", "logo_file", "beside", "domains"}

// compare lists the members in which two values of one type differ.
func compare(what string, isNew bool, have, want any) []Change {
	if isNew {
		return []Change{{Action: "create", What: what}}
	}
	from, to := members(have), members(want)
	names := maps.Clone(from)
	maps.Copy(names, to)
	var changes []Change
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if from[name] != to[name] {
			changes = append(changes, Change{Action: "update", What: what, Field: name, From: from[name], To: to[name]})
		}
	}
	return changes
}

// members answers the JSON of every member. Both sides are structs of ours with
// fixed order, so equal values have equal text.
func members(v any) map[string]string {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var raw map[string]json.RawMessage
	if json.Unmarshal(text, &raw) != nil {
		return nil
	}
	out := make(map[string]string, len(raw))
	for name, value := range raw {
		if !slices.Contains(serverKept, name) && string(value) != "{}" {
			out[name] = string(value)
		}
	}
	return out
}
