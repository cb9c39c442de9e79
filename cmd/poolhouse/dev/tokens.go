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
		list = append(list, demo.Claim{Name: name, Value: shown(all[name]), Note: note(name, all[name])})
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

// note puts the times in words.
func note(name string, value any) string {
	number, ok := value.(json.Number)
	if !ok || !slices.Contains([]string{"exp", "iat", "nbf", "auth_time", "updated_at"}, name) {
		return ""
	}
	seconds, err := number.Int64()
	if err != nil {
		return ""
	}
	return time.Unix(seconds, 0).Local().Format("2 January 2006, 15:04:05")
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
