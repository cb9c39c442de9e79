package trigger

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// hidden stands for a secret in what is kept of a run.
const hidden = "[hidden]"

// secretMembers are members of events and answers whose values, and all values
// below them, are secrets. Of those that are false short values are not hidden:
// they are words such as "en", and secrets are longer.
var secretMembers = map[string]bool{
	"password": true, "code": true, "challengeAnswer": true, "privateChallengeParameters": true, "challengeMetadata": true,
	"tokenResponse": true, "idToken": true, "userInfo": true, "samlResponse": true,
	"clientMetadata": false, "validationData": false,
}

// shortSecret is how many characters a value has that is hidden only where it
// stands alone: each letter of a text would be hidden otherwise.
const shortSecret = 6

// secretsOf answers the values of an event, its answer and the function's
// environment that are not kept.
func (d *Dispatcher) secretsOf(call Call, response json.RawMessage) []string {
	var found []string
	if fn, err := d.Of(call.Target); err == nil {
		for _, value := range fn.Environment {
			found = appendTexts(found, value, false)
		}
	}
	for _, part := range []any{call.Event.Request, response} {
		text, err := json.Marshal(part)
		var plain any
		if err == nil && json.Unmarshal(text, &plain) == nil {
			found = appendSecrets(found, plain)
		}
	}
	// The longest first: it may hold another.
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(found)
}

func appendSecrets(found []string, v any) []string {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if strict, secret := secretMembers[name]; secret {
				found = appendTexts(found, inner, strict)
			} else {
				found = appendSecrets(found, inner)
			}
		}
	case []any:
		for _, inner := range v {
			found = appendSecrets(found, inner)
		}
	}
	return found
}

func appendTexts(found []string, v any, strict bool) []string {
	switch v := v.(type) {
	case string:
		if v != "" && (strict || utf8.RuneCountInString(v) >= shortSecret) {
			found = append(found, v)
		}
	case map[string]any:
		for _, inner := range v {
			found = appendTexts(found, inner, strict)
		}
	case []any:
		for _, inner := range v {
			found = appendTexts(found, inner, strict)
		}
	}
	return found
}

// without answers what is kept of a run: no secrets, and no more than the bounds.
func (r Run) without(secrets []string) Run {
	r.Message = hide(r.Message, secrets)
	lines := r.Console
	r.Console = nil
	for i, line := range lines {
		if i == maxLines {
			r.Console = append(r.Console, "… and more")
			break
		}
		r.Console = append(r.Console, Bounded(hide(line, secrets), maxLine))
	}
	return r
}

// hide replaces the secrets in a text, plain or as JSON and URLs write them.
func hide(text string, secrets []string) string {
	for _, secret := range secrets {
		for _, form := range forms(secret) {
			if utf8.RuneCountInString(form) < shortSecret {
				text = regexp.MustCompile(`(^|[^\pL\pN])`+regexp.QuoteMeta(form)+`($|[^\pL\pN])`).ReplaceAllString(text, "${1}"+hidden+"${2}")
			} else {
				text = strings.ReplaceAll(text, form, hidden)
			}
		}
	}
	return text
}

func forms(secret string) []string {
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
	if quoted, err := json.Marshal(secret); err == nil {
		all = append(all, string(quoted[1:len(quoted)-1]))
	}
	plain := &strings.Builder{} // as JavaScript writes it: <, > and & as they are
	encoder := json.NewEncoder(plain)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(secret) == nil {
		quoted := strings.TrimSpace(plain.String())
		all = append(all, quoted[1:len(quoted)-1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}
