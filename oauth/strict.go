package oauth

import (
	"encoding/json"
	"strings"

	strict "github.com/go-jose/go-jose/v4/json"
)

// strictJSON reads what a stranger wrote, as one value: a member that stands
// there twice would be one thing to us and another to the next reader.
func strictJSON(text string, v any) bool {
	if !json.Valid([]byte(text)) || strings.Contains(text, `\u0000`) {
		return false
	}
	var whole any
	return strict.Unmarshal([]byte(text), &whole) == nil && json.Unmarshal([]byte(text), v) == nil
}
