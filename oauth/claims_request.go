package oauth

import (
	"encoding/json"
	"slices"
)

// Bounds of the claims parameter.
const (
	maxClaims     = 8 << 10
	maxClaimCount = 50
)

// ClaimsRequest are the claims that a client asks for one by one (OpenID Connect
// Core §5.5), by their names.
type ClaimsRequest struct {
	UserInfo map[string]ClaimWish `json:"userinfo,omitempty"`
	IDToken  map[string]ClaimWish `json:"id_token,omitempty"`
}

// ClaimWish is how a claim is asked for (OpenID Connect Core §5.5.1); the zero
// value is a voluntary one of any value.
type ClaimWish struct {
	Essential bool              `json:"essential,omitempty"`
	Value     json.RawMessage   `json:"value,omitempty"`
	Values    []json.RawMessage `json:"values,omitempty"`
}

// texts answers the values that are texts, value before values.
func (w ClaimWish) texts() []string {
	var texts []string
	for _, raw := range append([]json.RawMessage{w.Value}, w.Values...) {
		var text string
		if json.Unmarshal(raw, &text) == nil && text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// checkClaims reads the parameter. Claims that we don't know are left alone
// (§5.5), and so is a wish about one that we don't understand (§5.5.1).
func checkClaims(q *AuthorizationRequest) *Error {
	text := q.form.get("claims")
	if text == "" {
		return nil
	}
	claims, ok := readClaims(text)
	if !ok {
		return refuse(InvalidRequest, "The claims are not an object of userinfo and id_token, each an object of at most 50 claims.")
	}
	q.Claims = claims
	// §5.5.1: a sub with a value is the person that the client means.
	if subs := claims.IDToken["sub"].texts(); len(subs) > 0 {
		q.Subject = subs[0]
	}
	return nil
}

func readClaims(text string) (*ClaimsRequest, bool) {
	var parts map[string]json.RawMessage
	if len(text) > maxClaims || !strictJSON(text, &parts) || parts == nil {
		return nil, false
	}
	var claims ClaimsRequest
	var userinfo, idToken bool
	claims.UserInfo, userinfo = readWishes(parts["userinfo"])
	claims.IDToken, idToken = readWishes(parts["id_token"])
	return &claims, userinfo && idToken
}

func readWishes(raw json.RawMessage) (map[string]ClaimWish, bool) {
	if raw == nil || string(raw) == "null" {
		return nil, true
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || len(members) > maxClaimCount {
		return nil, false
	}
	wishes := map[string]ClaimWish{}
	for name, wish := range members {
		var how map[string]json.RawMessage
		if json.Unmarshal(wish, &how) != nil { // null and objects alone
			return nil, false
		}
		var w ClaimWish
		bad := how["essential"] != nil && json.Unmarshal(how["essential"], &w.Essential) != nil ||
			how["values"] != nil && json.Unmarshal(how["values"], &w.Values) != nil
		if bad {
			return nil, false
		}
		w.Value = slices.Clone(how["value"])
		wishes[name] = w
	}
	return wishes, true
}
