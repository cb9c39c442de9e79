package identity

import (
	"context"
	"strings"
	"testing"

	"poolhouse.dev/storage"
)

func TestAttackEndlessNamesFillTheStore(t *testing.T) {
	k := newKit(t)
	endless := strings.Repeat("é", 30_000)
	step, err := k.signIn().Begin(context.Background(), Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: endless})
	k.ok(err)
	_, err = k.respond(step, PasswordAnswer{Password: "wrong"}, Origin{})
	k.refused(err, IncorrectPassword)
	signedUp := k.signUp("ann@example.test"+strings.Repeat(" ", 60_000), nil)
	for _, id := range []AttemptID{step.Attempt, signedUp.Attempt} {
		k.update(func(w storage.Writer) error {
			a, err := attempts.Get(w, string(id))
			if n := len(a.Identifier); n > 512 || strings.ToValidUTF8(a.Identifier, "") != a.Identifier {
				t.Errorf("an attempt keeps %d bytes of name", n)
			}
			return err
		})
	}
}
