package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

// S256 answers the code challenge of a verifier (RFC 7636 §4.2).
func S256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// proves says that the verifier belongs to the challenge. RFC 9700 §4.8.2: a
// verifier for a code that was asked for without a challenge is refused, or an
// attacker could take the challenge out of somebody's request.
func proves(challenge, verifier string) bool {
	if challenge == "" {
		return verifier == ""
	}
	if !unreservedText(verifier, 43, 128) { // RFC 7636 §4.1
		return false
	}
	return subtle.ConstantTimeCompare([]byte(S256(verifier)), []byte(challenge)) == 1
}

// validChallenge: an S256 challenge is 32 bytes in base64url (RFC 7636 §4.2).
func validChallenge(challenge string) bool {
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(challenge)
	return err == nil && len(decoded) == sha256.Size && len(challenge) == 43
}

// unreservedText says that text is that long and of RFC 3986 unreserved characters only.
func unreservedText(text string, shortest, longest int) bool {
	if len(text) < shortest || len(text) > longest {
		return false
	}
	for _, c := range []byte(text) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && c != '-' && c != '.' && c != '_' && c != '~' {
			return false
		}
	}
	return true
}
