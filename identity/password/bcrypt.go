package password

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// Costs of bcrypt that are taken in. Every try at a password of the pool takes the
// dearest as long as such a hash is there, so that the bounds of all kinds are about
// five hashes of the house: 12 takes a fifth of a second of one core.
const (
	minBcrypt = 4
	maxBcrypt = 12
)

// bcryptBytes is how much of a password bcrypt looks at.
const bcryptBytes = 72

// bcryptForm is a hash as crypt(3) has it. $2x$ is not among them: it stands for
// hashes that a bug made, in which passwords collide.
var bcryptForm = regexp.MustCompile(`^\$2[aby]\$([0-3][0-9])\$[./A-Za-z0-9]{53}$`)

// bcryptHash is $2a$, $2b$ or $2y$, cost, salt and tag.
type bcryptHash struct {
	text string
	cost int
}

func readBcrypt(encoded string) (stored, error) {
	text := encoded
	if django, ok := strings.CutPrefix(encoded, "bcrypt$"); ok {
		text = django
	} else if !strings.HasPrefix(encoded, "$2") {
		return nil, nil
	}
	if !bcryptForm.MatchString(text) {
		return nil, ErrMalformed
	}
	cost, err := bcrypt.Cost([]byte(text))
	if err != nil {
		return nil, ErrMalformed
	}
	if cost > maxBcrypt {
		return nil, ErrCostly
	}
	return bcryptHash{text, cost}, nil
}

func (h bcryptHash) kind() Kind { return Bcrypt }

func (h bcryptHash) work() (of, full int) { return 1 << h.cost, 1 << maxBcrypt }

// matches refuses what bcrypt would cut: of a longer password only the beginning
// would count, for ever.
func (h bcryptHash) matches(raw, _ string) bool {
	looked := raw[:min(len(raw), bcryptBytes)]
	right := bcrypt.CompareHashAndPassword([]byte(h.text), []byte(looked)) == nil
	return right && len(raw) <= bcryptBytes && !odd(raw)
}

// beyond: the rounds double with the cost, so that those from one cost to another
// are what the costs between take together.
func (h bcryptHash) beyond(less stored) (rest []stored) {
	for cost := less.(bcryptHash).cost; cost < h.cost; cost++ {
		rest = append(rest, bcryptHash{fmt.Sprintf("$2b$%02d$%s", cost, strings.Repeat(".", 53)), cost})
	}
	return rest
}
