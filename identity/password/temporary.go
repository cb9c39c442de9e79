package password

import (
	"crypto/rand"
	"math/big"
	"strings"
)

// No 0 O o, 1 I l: a temporary password is read aloud and typed.
const readable = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// Temporary answers a random password of four groups of four characters, 92
// bits, that satisfies every composition rule.
func Temporary() string { return Policy{}.Temporary() }

// Temporary is as the function, and as long as the policy asks.
func (p Policy) Temporary() string {
	groups := max(4, (p.MinLength()+5)/5)
	for {
		text := randomGroups(groups)
		// Drawn anew as a whole: repairing a character would cost uniformity.
		if has := classesOf(text); has.lower && has.upper && has.number {
			return text
		}
	}
}

func randomGroups(n int) string {
	groups := make([]string, n)
	for i := range groups {
		var group [4]byte
		for j := range group {
			group[j] = readable[randomBelow(len(readable))]
		}
		groups[i] = string(group[:])
	}
	return strings.Join(groups, "-")
}

func randomBelow(n int) int {
	// rand.Reader never fails: the runtime ends the program instead.
	i, _ := rand.Int(rand.Reader, big.NewInt(int64(n)))
	return int(i.Int64())
}
