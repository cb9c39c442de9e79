package cognito

import (
	"math/big"
	"strings"

	"github.com/google/uuid"
)

// What the session ids of the model begin with.
const (
	ofTokens  = "tkn"
	ofBrowser = "sso"
)

// sessionIDLength is what base 36 takes for the 128 bits of a UUID.
const sessionIDLength = 25

// tokenSession and browserSession are how the API names a lineage of tokens, and a
// browser's session: three letters, and the UUID in base 36.
func tokenSession(id string) string   { return sessionID(ofTokens, id) }
func browserSession(id string) string { return sessionID(ofBrowser, id) }

func sessionID(kind, id string) string {
	read, err := uuid.Parse(id)
	if err != nil {
		return ""
	}
	digits := new(big.Int).SetBytes(read[:]).Text(36)
	return kind + strings.Repeat("0", sessionIDLength-len(digits)) + digits
}

// readSession reads what sessionID writes; ok is false for anything else.
func readSession(text string) (kind, id string, ok bool) {
	if len(text) != len(ofTokens)+sessionIDLength {
		return "", "", false
	}
	kind, digits := text[:len(ofTokens)], text[len(ofTokens):]
	n, ok := new(big.Int).SetString(digits, 36)
	if !ok || n.Sign() < 0 || n.BitLen() > 128 || kind != ofTokens && kind != ofBrowser {
		return "", "", false
	}
	var read uuid.UUID
	n.FillBytes(read[:])
	return kind, read.String(), sessionID(kind, read.String()) == text
}
