package dev

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"poolhouse.dev/views/demo"
	"poolhouse.dev/views/layout"
)

// tokens decodes what the visitor was given, to be looked at. The ID token was
// verified when it came.
func tokens(v *visitor) []demo.Token {
	list := []demo.Token{decoded("ID token", v.id), decoded("Access token", v.token.AccessToken)}
	if v.token.RefreshToken != "" {
		list = append(list, demo.Token{Name: "Refresh token", Raw: v.token.RefreshToken})
	}
	return list
}

func decoded(name, raw string) demo.Token {
	token := demo.Token{Name: name, Raw: raw}
	parts := strings.Split(raw, ".")
	if len(parts) == 3 {
		token.Header, token.Claims = claims(parts[0]), claims(parts[1])
	}
	return token
}

func claims(part string) []demo.Claim {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // a time as 1.7e+09 tells nobody anything
	var all map[string]any
	if decoder.Decode(&all) != nil {
		return nil
	}
	return rows(all)
}

func rows(all map[string]any) []demo.Claim {
	var list []demo.Claim
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, demo.Claim{Name: name, Value: shown(all[name]), At: instant(name, all[name])})
	}
	return list
}

func shown(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

// instant answers the time that a claim says. The page's script puts it into
// the language and the clock of whoever reads.
func instant(name string, value any) layout.Moment {
	number, ok := value.(json.Number)
	if !ok || !slices.Contains([]string{"exp", "iat", "nbf", "auth_time", "updated_at"}, name) {
		return layout.Moment{}
	}
	seconds, err := number.Int64()
	if err != nil {
		return layout.Moment{}
	}
	at := time.Unix(seconds, 0).UTC()
	return layout.Moment{Machine: at.Format(time.RFC3339), Words: at.Format("2006-01-02 15:04:05 MST")}
}

// userInfo asks the UserInfo endpoint with the visitor's access token.
func (a *App) userInfo(ctx context.Context, v *visitor) []demo.Claim {
	provider, _, err := a.discover(ctx)
	if err != nil {
		return nil
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(v.token))
	if err != nil {
		return []demo.Claim{{Name: "error", Value: err.Error()}}
	}
	var all map[string]any
	if info.Claims(&all) != nil {
		return nil
	}
	return rows(all)
}
