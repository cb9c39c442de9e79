package web

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"poolhouse.dev/oauth"
	"poolhouse.dev/views/gets"
)

// Gets says in words what an app gets: the permissions on the account first, then
// those of each API under its name, then the rich requests.
func (r *Request) Gets(in oauth.Gets) gets.Props {
	var p gets.Props
	for _, s := range in.Scopes {
		group, words := "", r.ScopeInWords(s)
		if s.Server != "" && s.Description != "" {
			group, words = s.Server, s.Description
		}
		p.Groups = allow(p.Groups, group, gets.Permission{Text: words, Value: s.Scope})
	}
	if len(in.Claims) > 0 {
		p.Groups = allow(p.Groups, "", gets.Permission{Text: r.T("gets.claims", "Names", r.claimNames(in.Claims))})
	}
	for _, raw := range in.Details {
		p.Details = append(p.Details, r.detail(raw))
	}
	return p
}

// allow puts a permission into its group; that of the account stands first.
func allow(groups []gets.Group, name string, one gets.Permission) []gets.Group {
	i := slices.IndexFunc(groups, func(g gets.Group) bool { return g.Name == name })
	if i < 0 && name == "" {
		i, groups = 0, slices.Insert(groups, 0, gets.Group{})
	} else if i < 0 {
		i, groups = len(groups), append(groups, gets.Group{Name: name})
	}
	groups[i].Permissions = append(groups[i].Permissions, one)
	return groups
}

// claimNames names claims as the account page does; one that it does not know by
// its own name.
func (r *Request) claimNames(claims []string) string {
	var names []string
	for _, claim := range claims {
		name := strings.TrimSuffix(claim, "_verified")
		if attributeWords[name] {
			name = r.T("attribute." + name)
		} else {
			name = strings.TrimPrefix(name, "custom:")
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, r.T("gets.comma"))
}

// attributeWords are the claims that have a name in every language.
var attributeWords = map[string]bool{
	"name": true, "given_name": true, "family_name": true, "middle_name": true, "nickname": true, "preferred_username": true, "email": true,
	"phone_number": true, "address": true, "birthdate": true, "gender": true, "website": true, "profile": true, "picture": true, "locale": true, "zoneinfo": true,
}

// The common members of rich requests (RFC 9396 §2.2), in the order they are read.
var commonMembers = []string{"actions", "identifier", "locations", "datatypes", "privileges"}

// detail says what a rich request asks for (RFC 9396 §2): the common members in
// words, then its type's own as they stand there.
func (r *Request) detail(raw json.RawMessage) gets.Detail {
	var members map[string]any
	numbers := json.NewDecoder(bytes.NewReader(raw))
	numbers.UseNumber() // an amount stays what was written
	if numbers.Decode(&members) != nil {
		return gets.Detail{Type: string(raw)} // it was read when it was asked for
	}
	d := gets.Detail{}
	d.Type, _ = members["type"].(string)
	delete(members, "type")
	for _, name := range commonMembers {
		if value, there := members[name]; there {
			d.Facts = append(d.Facts, gets.Fact{Name: r.T("gets." + name), Values: plain(value)})
			delete(members, name)
		}
	}
	d.Facts = append(d.Facts, facts("", members)...)
	return d
}

// facts reads members whose meaning only their API knows.
func facts(path string, members map[string]any) []gets.Fact {
	var all []gets.Fact
	for _, name := range slices.Sorted(maps.Keys(members)) {
		spoken := path + strings.ReplaceAll(name, "_", " ")
		if inner, object := members[name].(map[string]any); object && len(inner) > 0 {
			all = append(all, facts(spoken+" › ", inner)...)
			continue
		}
		all = append(all, gets.Fact{Name: spoken, Values: plain(members[name])})
	}
	return all
}

// plain prints a value: an array's one by one, texts without quotes.
func plain(value any) []string {
	if list, array := value.([]any); array && len(list) > 0 {
		var all []string
		for _, each := range list {
			all = append(all, one(each))
		}
		return all
	}
	return []string{one(value)}
}

func one(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	var printed bytes.Buffer
	encoder := json.NewEncoder(&printed)
	encoder.SetEscapeHTML(false) // the template escapes
	_ = encoder.Encode(value)    // it came as JSON
	return strings.TrimSpace(printed.String())
}
