package config

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"poolhouse.dev/identity/trigger"
)

// Hidden stands for every secret in what is shown.
const Hidden = "[hidden]"

// secretKeys are the keys whose values are never shown.
var secretKeys = map[string]bool{"client_secret": true, "password": true, "private_key": true, "secret_key": true, "secret": true, "secret_access_key": true}

// Shown turns a value with JSON names into plain maps without its secrets.
func Shown(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		return nil, err
	}
	return hide(plain), nil
}

func hide(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = hide(v[i])
		}
	case map[string]any:
		for key, value := range v {
			v[key] = hideMember(key, value)
			if empty(v[key]) || kept[key] {
				delete(v, key)
			}
		}
	}
	return v
}

func hideMember(key string, value any) any {
	text, isText := value.(string)
	switch {
	case key == "environment":
		return hideValues(value)
	case !isText:
		return hide(value)
	case secretKeys[key]:
		return Hidden
	case slices.Contains([]string{"transport", "storage", "range_url", "verify_url"}, key):
		return hideUserinfo(text)
	case trigger.IsURL(text) && targets[key]:
		return hideUserinfo(text)
	}
	return value
}

// targets are the keys that name a trigger's address.
var targets = func() map[string]bool {
	all := map[string]bool{"lambda_arn": true, "url": true, "function_url": true, "invoke_url": true}
	for _, kind := range trigger.Kinds {
		all[string(kind)] = true
	}
	return all
}()

// hideValues hides the environment of scripts: keys of other services, mostly.
func hideValues(v any) any {
	values, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for name := range values {
		values[name] = Hidden
	}
	return values
}

// empty leaves out what says nothing: settings that were never made.
func empty(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return v == nil
}

// hideUserinfo hides the password of a DSN, a user who stands alone and may be a
// key, and the values of its query but those known to be harmless: providers of
// text messages are given their secrets there.
func hideUserinfo(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return Hidden
	}
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), "hidden")
	} else if u.User != nil && strings.HasPrefix(u.Scheme, "http") {
		u.User = url.User("hidden")
	}
	query := u.Query()
	for key := range query {
		if !harmless[key] {
			query.Set(key, "hidden")
		}
	}
	u.RawQuery = query.Encode()
	return u.String()
}

var harmless = map[string]bool{
	"starttls": true, "helo": true, "sms.to": true, "sms.text": true,
	"sslmode": true, "connect_timeout": true, "application_name": true, "pool_max_conns": true, "search_path": true,
}

// Comment puts words behind a top-level key of a YAML mapping.
func Comment(doc *yaml.Node, words func(key string) string) {
	for i := 0; i+1 < len(doc.Content); i += 2 {
		key, value := doc.Content[i], doc.Content[i+1]
		if value.Kind == yaml.ScalarNode {
			value.LineComment = words(key.Value)
		} else {
			key.LineComment = words(key.Value)
		}
	}
}
