package identity

import (
	"testing"
	"time"
)

// A day of guessing: ten thousand wrong codes from a hundred addresses, over as
// many attempts as it takes. Security baseline MF-01.
const (
	guesses   = 10_000
	addresses = 100
	aMillion  = 1_000_000
)

// guesser types codes that are never right; it knows the password.
type guesser struct {
	*person
	way, factor Factor // the way in, and the factor that is guessed
	open        *Step
	compared    int // held against the right one
}

func (g *guesser) guess(i int) {
	o := g.origin(byte(1 + i%addresses))
	if g.open == nil && !g.reopen(o) {
		return
	}
	_, err := g.reply(*g.open, "thief", CodeAnswer{g.factor, "abcdef"}, o)
	switch codeOf(err) {
	case CodeMismatch:
		g.compared++
	case CodeExpired, AttemptExpired:
		g.open = nil
	}
}

// reopen gets as far as the code is asked; false when that is slowed down.
func (g *guesser) reopen(o Origin) bool {
	step, err := g.signIn().Begin(g.Context(), Start{Pool: testPool, Client: testClient, Channel: "thief", Identifier: g.email, Prefer: g.way, Origin: o})
	if err == nil && g.way == FactorPassword {
		step, err = g.reply(step, "thief", PasswordAnswer{goodWord}, o)
	}
	if err == nil && step.Challenge.Name != ChallengeName(g.factor) {
		step, err = g.signIn().Choose(g.Context(), Choice{Attempt: step.Attempt, Channel: "thief", Factor: g.factor, Origin: o})
	}
	if err != nil {
		return false
	}
	g.open = &step
	return true
}

// day guesses for a day, and lets the owner in at noon.
func (g *guesser) day(owner func()) {
	for i := range guesses {
		g.wait(24 * time.Hour / guesses)
		g.guess(i)
		if i == guesses/2 {
			owner()
		}
	}
}

// holds wants the chance of a guess to stay below one in ten thousand a day,
// with so many codes right at any time.
func (g *guesser) holds(t *testing.T, valid int) {
	t.Helper()
	t.Logf("%s: %d of %d guesses were compared, a chance of %d in a million a day", g.factor, g.compared, guesses, g.compared*valid)
	if g.compared == 0 || g.compared*valid*10_000 > aMillion {
		t.Errorf("%s: %d guesses compared, %d codes right at a time", g.factor, g.compared, valid)
	}
}

func TestAttackTenThousandGuessesAtAnAuthenticatorApp(t *testing.T) {
	k := newFactorKit(t, ways(FactorPassword, FactorPasskey))
	ann := k.person("ann@example.test").withApp().withKey()
	known := Origin{Browser: ann.isIn(k.respond(ann.half(), CodeAnswer{FactorTOTP, ann.shown()}, Origin{})).Browser}
	g := &guesser{person: ann, way: FactorPassword, factor: FactorTOTP}
	g.day(func() {
		step, err := k.reply(k.start(ann.email, FactorPassword, testChannel, known), testChannel, PasswordAnswer{goodWord}, known)
		k.asks(step, err, AskTOTP)
		ann.isIn(k.reply(step, testChannel, CodeAnswer{FactorTOTP, ann.shown()}, known))
		page := k.page()
		ann.isIn(k.withPasskey(page.State, ann.key.get(page.Options))) // in a browser that is new
	})
	g.holds(t, 3)
}

func TestAttackTenThousandGuessesAtAMailedSecondFactor(t *testing.T) {
	k := newFactorKit(t)
	ann := k.person("ann@example.test").enable(FactorEmail)
	known := Origin{Browser: ann.isIn(k.respond(ann.half(), CodeAnswer{FactorEmail, k.sent(ann.email)}, Origin{})).Browser}
	g := &guesser{person: ann, way: FactorPassword, factor: FactorEmail}
	g.day(func() {
		step, err := k.reply(k.start(ann.email, FactorPassword, testChannel, known), testChannel, PasswordAnswer{goodWord}, known)
		k.asks(step, err, AskEmail)
		ann.isIn(k.reply(step, testChannel, CodeAnswer{FactorEmail, k.sent(ann.email)}, known))
	})
	g.holds(t, 1)
}

func TestAttackTenThousandGuessesAtAMailedSignInCode(t *testing.T) {
	k := newFactorKit(t, ways(FactorEmailCode))
	ann := k.person("ann@example.test")
	home := k.origin(201)
	first := k.start(ann.email, FactorEmailCode, testChannel, home)
	known := Origin{Browser: ann.isIn(k.respond(first, CodeAnswer{FactorEmailCode, k.sent(ann.email)}, home)).Browser}
	g := &guesser{person: ann, way: FactorEmailCode, factor: FactorEmailCode}
	g.day(func() {
		step := k.start(ann.email, FactorEmailCode, testChannel, known)
		ann.isIn(k.reply(step, testChannel, CodeAnswer{FactorEmailCode, k.sent(ann.email)}, known))
		g.ownerByLink(t, home)
	})
	g.holds(t, 1)
}

// ownerByLink is the owner at home, in a browser that does not know them. The
// thief uses up what strangers may ask for and type; the mailed link is not guessed.
func (g *guesser) ownerByLink(t *testing.T, home Origin) {
	t.Helper()
	step := g.start(g.email, g.way, testChannel, home)
	g.ok(second(g.approve(g.link(g.email), "phone")))
	g.isIn(g.signIn().Continue(t.Context(), step.Attempt, testChannel, home))
}
