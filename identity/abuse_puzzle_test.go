package identity

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/bits"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"poolhouse.dev/identity/fetch"
	"poolhouse.dev/identity/puzzle"
	"poolhouse.dev/storage"
)

func newPressedKit(t *testing.T) *kit {
	t.Helper()
	k := newStillKit(t)
	k.core.Puzzles = &Puzzles{Bits: 4, PoolPerMinute: 30, NetworkPerMinute: 6}
	k.user("ann@example.test", Confirmed)
	return k
}

// stuff fails n sign-ins from one place.
func (k *kit) stuff(n int, o Origin) {
	k.Helper()
	for i := range n {
		step, err := k.signIn().Begin(context.Background(), Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: fmt.Sprintf("user%d@%s.example.test", i, o.Address), Origin: o})
		k.ok(err)
		_, err = k.respond(step, PasswordAnswer{"wrong"}, o)
		k.refused(err, IncorrectPassword)
	}
}

func (k *kit) ask(door Door, o Origin) (Puzzle, bool) {
	k.Helper()
	p, asked, err := k.core.Pressure(context.Background(), testPool, o, door)
	k.ok(err)
	return p, asked
}

func solve(p Puzzle) PuzzleAnswer {
	for n := 0; ; n++ {
		text := strconv.Itoa(n)
		sum := sha256.Sum256([]byte(p.Salt + text))
		if bits.LeadingZeros8(sum[0]) >= p.Bits {
			return PuzzleAnswer{Token: p.Token, Solution: text}
		}
	}
}

func (k *kit) knock(name string, a PuzzleAnswer, o Origin) error {
	_, err := k.signIn().Begin(context.Background(), Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: name, Puzzle: a, Origin: o})
	return err
}

func (k *kit) forgotWith(a PuzzleAnswer, o Origin) error {
	_, err := k.accounts().Forgot(context.Background(), Forgot{Pool: testPool, Client: testClient, Identifier: "ann@example.test", Puzzle: a, Origin: o})
	return err
}

// Credential stuffing: from a network that keeps failing, each further sign-in
// costs work, and one solution serves once and at one door.
func TestAttackStuffingMeetsAPuzzle(t *testing.T) {
	k := newPressedKit(t)
	from := k.origin(1)
	k.stuff(6, from)
	if _, asked := k.ask(DoorSignIn, from); asked {
		t.Fatal("a puzzle without pressure")
	}
	k.stuff(1, from)
	k.refused(k.knock("ann@example.test", PuzzleAnswer{}, from), PuzzleNeeded)
	p, asked := k.ask(DoorSignIn, from)
	if !asked || p.WaitSeconds != 20 || p.Captcha != nil {
		t.Fatalf("%+v, %t", p, asked)
	}
	answer := solve(p)
	k.refused(k.knock("ann@example.test", PuzzleAnswer{Token: p.Token, Solution: "x"}, from), PuzzleNeeded)
	k.ok(k.knock("ann@example.test", answer, from))
	k.refused(k.knock("ann@example.test", answer, from), PuzzleNeeded)

	p, _ = k.ask(DoorSignIn, from)
	k.refused(k.forgotWith(solve(p), from), PuzzleNeeded)
	p, _ = k.ask(DoorForgot, from)
	k.ok(k.forgotWith(solve(p), from))

	k.ok(k.knock("ann@example.test", PuzzleAnswer{}, k.origin(2)))
	from.Trusted = true
	k.ok(k.knock("ann@example.test", PuzzleAnswer{}, from))
	from.Trusted = false
	k.wait(2 * time.Minute)
	k.ok(k.knock("ann@example.test", PuzzleAnswer{}, from))
}

// A botnet has an address for each try: then the pool as a whole is pressed. The
// browsers that people signed in with before go on as ever.
func TestAttackStuffingFromManyNetworks(t *testing.T) {
	k := newPressedKit(t)
	own := k.origin(200)
	own.Browser = k.in("ann@example.test", own).Browser
	for i := range 31 {
		k.stuff(1, k.origin(byte(i+1)))
	}
	k.refused(k.knock("ann@example.test", PuzzleAnswer{}, k.origin(201)), PuzzleNeeded)
	k.refused(k.knock("bob@example.test", PuzzleAnswer{}, own), PuzzleNeeded)
	k.ok(k.knock("ann@example.test", PuzzleAnswer{}, own))
	_, err := k.trySignUp("new@example.test", goodWord, nil)
	k.refused(err, PuzzleNeeded)
	k.missing("new@example.test")
}

func TestAttackMassesOfSignUps(t *testing.T) {
	k := newPressedKit(t)
	in := SignUp{Pool: testPool, Client: testClient, Channel: testChannel, Password: goodWord, Origin: k.origin(1)}
	try := func(name string) error {
		in.Username = name
		_, err := k.accounts().SignUp(context.Background(), in)
		return err
	}
	for i := range 7 {
		k.ok(try(fmt.Sprintf("new%d@example.test", i)))
	}
	k.refused(try("new@example.test"), PuzzleNeeded)
	p, _ := k.ask(DoorSignUp, in.Origin)
	in.Puzzle = solve(p)
	k.ok(try("new@example.test"))
}

// press fills the gauges of a network to the brim, so that they stay up a while.
func (k *kit) press(o Origin) {
	k.Helper()
	for range 12 {
		k.update(func(w storage.Writer) error { return k.core.press(w, testPool, o) })
	}
}

func TestWithoutScriptAWaitReplacesTheWork(t *testing.T) {
	k := newPressedKit(t)
	from := k.origin(1)
	k.press(from)
	p, _ := k.ask(DoorSignIn, from)
	waited := PuzzleAnswer{Token: p.Token}
	k.wait(5 * time.Second)
	if e := k.refused(k.knock("ann@example.test", waited, from), PuzzleNeeded); e.RetryAfter != 15*time.Second {
		t.Errorf("again in %s", e.RetryAfter)
	}
	k.wait(15 * time.Second)
	k.ok(k.knock("ann@example.test", waited, from))
	k.refused(k.knock("ann@example.test", waited, from), PuzzleNeeded)
}

// A program can wait with a thousand tickets as well as with one.
func TestAttackWaitingWithManyTickets(t *testing.T) {
	k := newPressedKit(t)
	from := k.origin(1)
	k.press(from)
	var tickets []PuzzleAnswer
	for range waitsByAddress.Burst + 1 {
		p, _ := k.ask(DoorSignIn, from)
		tickets = append(tickets, PuzzleAnswer{Token: p.Token})
	}
	k.wait(puzzle.WaitFor)
	for _, ticket := range tickets[1:] {
		k.ok(k.knock("ann@example.test", ticket, from))
	}
	k.limited(k.knock("ann@example.test", tickets[0], from), "puzzle_wait_address")
}

// captcha is a provider that says yes to "right", and falls over when told to.
func captcha(t *testing.T, down *bool) *puzzle.Captcha {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if *down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		fmt.Fprintf(w, `{"success": %t}`, r.FormValue("response") == "right")
	}))
	t.Cleanup(server.Close)
	client := fetch.New(fetch.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	c, err := puzzle.OpenCaptcha(puzzle.CaptchaOptions{Provider: "turnstile", SiteKey: "site", Secret: "hush", VerifyURL: server.URL, Client: client})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestACaptchaStandsInThePuzzlesPlace(t *testing.T) {
	k := newPressedKit(t)
	down := false
	k.core.Puzzles.Captcha = captcha(t, &down)
	from := k.origin(1)
	k.press(from)
	p, asked := k.ask(DoorSignIn, from)
	if !asked || p.Captcha == nil || p.Captcha.SiteKey != "site" || p.Captcha.Field == "" || len(p.Captcha.Origins) == 0 {
		t.Fatalf("%+v", p)
	}
	k.refused(k.knock("ann@example.test", solve(p), from), PuzzleNeeded)
	k.refused(k.knock("ann@example.test", PuzzleAnswer{Captcha: "wrong"}, from), PuzzleNeeded)
	k.ok(k.knock("ann@example.test", PuzzleAnswer{Captcha: "right"}, from))

	down = true // nobody can say: whoever waits gets in
	k.refused(k.knock("ann@example.test", PuzzleAnswer{Token: p.Token, Captcha: "right"}, from), PuzzleNeeded)
	k.wait(puzzle.WaitFor)
	k.ok(k.knock("ann@example.test", PuzzleAnswer{Token: p.Token, Captcha: "right"}, from))
}
