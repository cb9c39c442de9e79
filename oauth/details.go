package oauth

import (
	"bytes"
	"encoding/json"
	"slices"

	"poolhouse.dev/identity"
)

// Bounds of authorization_details: they travel in tokens.
const (
	maxDetails     = 8 << 10
	maxDetailCount = 20
)

// checkDetails: RFC 9396 §5: every element is an object whose type the client is
// registered for, and whose common members have the form of §2.2.
func checkDetails(q *AuthorizationRequest) (refused *Error) {
	q.Details, refused = readDetails(&q.Client, q.form.get("authorization_details"))
	return refused
}

func readDetails(c *identity.Client, text string) ([]json.RawMessage, *Error) {
	if text == "" {
		return nil, nil
	}
	var all []json.RawMessage
	if len(text) > maxDetails || !strictJSON(text, &all) || len(all) == 0 || len(all) > maxDetailCount {
		return nil, refuse(InvalidAuthorizationDetails, "The authorization_details are no array of 1 to 20 objects.")
	}
	for i, raw := range all {
		if refused := checkDetail(c, raw); refused != nil {
			return nil, refused
		}
		var compact bytes.Buffer
		_ = json.Compact(&compact, raw) // it has been read
		all[i] = compact.Bytes()
	}
	return all, nil
}

func checkDetail(c *identity.Client, raw json.RawMessage) *Error {
	var members map[string]json.RawMessage
	var kind string
	if json.Unmarshal(raw, &members) != nil || members == nil || json.Unmarshal(members["type"], &kind) != nil {
		return refuse(InvalidAuthorizationDetails, "One of the authorization_details is no object with a type.")
	}
	if !slices.Contains(c.AuthorizationDetailsTypes, kind) {
		return refuse(InvalidAuthorizationDetails, "The client may not ask for a type of these authorization_details.")
	}
	for _, name := range []string{"locations", "actions", "datatypes", "privileges"} {
		var texts []string
		if given, there := members[name]; there && json.Unmarshal(given, &texts) != nil {
			return refuse(InvalidAuthorizationDetails, "A common member of the authorization_details is no array of texts.")
		}
	}
	var text string
	if given, there := members["identifier"]; there && json.Unmarshal(given, &text) != nil {
		return refuse(InvalidAuthorizationDetails, "An identifier of the authorization_details is no text.")
	}
	return nil
}

// narrowDetails answers which of the granted details the next tokens carry. RFC
// 9396 §6: a token request names part of them, none meaning all. What is part
// of a richer one only its API could tell, so each is one of them, whole. Types
// that the client has lost since are left out.
func narrowDetails(c *identity.Client, granted []json.RawMessage, asked string) ([]json.RawMessage, *Error) {
	granted = slices.DeleteFunc(slices.Clone(granted), func(d json.RawMessage) bool { return checkDetail(c, d) != nil })
	wanted, refused := readDetails(c, asked)
	if refused != nil || len(wanted) == 0 {
		return granted, refused
	}
	for _, each := range wanted {
		if !slices.ContainsFunc(granted, func(g json.RawMessage) bool { return sameJSON(g, each) }) {
			return nil, refuse(InvalidAuthorizationDetails, "One of the authorization_details was not granted.")
		}
	}
	return wanted, nil
}

// sameJSON compares two values whatever the order of their members.
func sameJSON(a, b json.RawMessage) bool {
	x, errX := canonical(a)
	y, errY := canonical(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func canonical(raw json.RawMessage) ([]byte, error) {
	var v any
	numbers := json.NewDecoder(bytes.NewReader(raw))
	numbers.UseNumber() // an amount stays what was written
	if err := numbers.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
