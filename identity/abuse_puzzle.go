package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"poolhouse.dev/identity/puzzle"
	"poolhouse.dev/storage"
)

// Puzzles says when browsers are asked to show that they are no program, and how.
type Puzzles struct {
	Bits    int             // how hard the work is; 0 is puzzle.DefaultBits
	Captcha *puzzle.Captcha // asked instead of the work; nil for none
	// Failed sign-ins, sign-ups and wishes for a new password in a minute above
	// which there is pressure: over the pool (0 is 120), and from one network
	// (0 is 10).
	PoolPerMinute, NetworkPerMinute int
}

// Door is what a puzzle stands before. A ticket for one opens no other.
type Door string

// The doors.
const (
	DoorSignIn Door = "sign_in"
	DoorSignUp Door = "sign_up"
	DoorForgot Door = "forgot"
)

// Puzzle is what a page shows before a door: work for its script, a wait
// without script, or a CAPTCHA instead. Salt and Bits are explained at
// puzzle.Ticket.
type Puzzle struct {
	Token       string
	Salt        string
	Bits        int
	WaitSeconds int
	Captcha     *CaptchaWidget
}

// CaptchaWidget is what a page needs to show a provider's challenge.
type CaptchaWidget struct {
	Script, Class, SiteKey string
	Field                  string   // the form field with the answer
	Origins                []string // for the page's Content-Security-Policy
}

// PuzzleAnswer is what came back: the ticket, what the script found ("" for
// somebody who waited), or the CAPTCHA's answer.
type PuzzleAnswer struct{ Token, Solution, Captcha string }

// waitsByAddress bounds how many tickets a network redeems by waiting: a program
// can wait with many at once.
var waitsByAddress = Limit{Name: "puzzle_wait_address", Burst: 10, Every: 30 * time.Second, By: ByAddress}

// Pressure answers the puzzle that stands before a door now; false is none.
func (c *Core) Pressure(ctx context.Context, pool PoolID, o Origin, door Door) (Puzzle, bool, error) {
	var pressed bool
	err := c.Store.View(ctx, func(r storage.Reader) (err error) {
		pressed, err = c.pressed(r, pool, o)
		return err
	})
	if err != nil || !pressed {
		return Puzzle{}, false, err
	}
	bits := c.Puzzles.Bits
	if bits == 0 {
		bits = puzzle.DefaultBits
	}
	t := puzzle.Issue(c.puzzleMAC, c.Now(), purposeAt(pool, door), bits)
	return Puzzle{t.Token, t.Salt, t.Bits, int(puzzle.WaitFor / time.Second), c.widget()}, true, nil
}

func (c *Core) widget() *CaptchaWidget {
	p := c.Puzzles.Captcha
	if p == nil {
		return nil
	}
	return &CaptchaWidget{Script: p.Script(), Class: p.Class(), SiteKey: p.SiteKey(), Field: p.Field(), Origins: p.Origins()}
}

func (c *Core) puzzleMAC(parts ...string) []byte { return c.Sealer.MAC("puzzle", parts...) }

func purposeAt(pool PoolID, door Door) string { return string(pool) + " " + string(door) }

// gauge is a meter of events: it says that there is pressure while more than a
// minute's worth of them stands in it, and holds two.
type gauge struct {
	Limit
	key string
}

func (c *Core) gauges(pool PoolID, o Origin) []gauge {
	perMinute := func(n, otherwise int) Limit {
		if n <= 0 {
			n = otherwise
		}
		return Limit{Burst: 2 * n, Every: time.Minute / time.Duration(n)}
	}
	all, near := perMinute(c.Puzzles.PoolPerMinute, 120), perMinute(c.Puzzles.NetworkPerMinute, 10)
	all.Name, near.Name = "pressure_pool", "pressure_network"
	all.By, near.By = ByPool, ByAddress
	list := []gauge{{all, string(pool)}}
	if from := network(o.Address); from != "" {
		list = append(list, gauge{near, string(pool) + " " + from})
	}
	return list
}

// press notes one event that programs cause in masses.
func (c *Core) press(w storage.Writer, pool PoolID, o Origin) error {
	if c.Puzzles == nil {
		return nil
	}
	for _, g := range c.gauges(pool, o) {
		if _, err := c.allow(w, g.Limit, g.key); err != nil {
			return err
		}
	}
	return nil
}

func (c *Core) pressed(r storage.Reader, pool PoolID, o Origin) (bool, error) {
	if c.Puzzles == nil || !c.RateLimits || o.Trusted || o.API {
		return false, nil
	}
	for _, g := range c.gauges(pool, o) {
		until, err := c.pressedUntil(r, g)
		if err != nil || until.After(c.Now()) {
			return err == nil, err
		}
	}
	return false, nil
}

// pressedUntil answers when the pressure of a gauge is over, if nothing more comes.
func (c *Core) pressedUntil(r storage.Reader, g gauge) (time.Time, error) {
	next, _, err := c.next(r, g.Limit, g.key)
	return next.Add(-g.Every - time.Minute), err
}

// asksFor answers the gauges of a query: those of an address, or of the pool. A
// person has none.
func (c *Core) asksFor(p *Pool, q LimitQuery) []gauge {
	if c.Puzzles == nil || !c.RateLimits || q.Username != "" {
		return nil
	}
	all := c.gauges(p.ID, Origin{Address: q.Address})
	if q.Address.IsValid() {
		return all[1:]
	}
	return all
}

// pressures lists what makes the pages ask for puzzles.
func (c *Core) pressures(r storage.Reader, p *Pool, q LimitQuery) (list []Reached, err error) {
	for _, g := range c.asksFor(p, q) {
		until, err := c.pressedUntil(r, g)
		if err != nil {
			return nil, err
		}
		if until.After(c.Now()) {
			list = append(list, Reached{g.Name, g.By, cmp.Or(network(q.Address), string(p.ID)), until})
		}
	}
	return list, nil
}

// entry is somebody at a door.
type entry struct {
	op         string
	pool       PoolID
	client     ClientID
	door       Door
	identifier string // whose browser this may be; "" for nobody's
	answer     PuzzleAnswer
	origin     Origin
}

// pass refuses with PuzzleNeeded while there is pressure and no puzzle was
// solved. A browser that knows the account is let through. It may ask a provider
// over the network: nothing may be open.
func (c *Core) pass(ctx context.Context, e entry) error {
	asked, err := c.asked(ctx, e)
	if err != nil || !asked {
		return err
	}
	if c.Puzzles.Captcha == nil {
		return c.redeem(ctx, e, e.answer.Solution)
	}
	solved, err := c.Puzzles.Captcha.Verify(ctx, e.answer.Captcha, e.origin.addressText())
	switch {
	case err != nil: // nobody can say: the wait stands in
		return c.redeem(ctx, e, "")
	case !solved:
		return refuse(e.op, PuzzleNeeded)
	}
	return nil
}

func (c *Core) asked(ctx context.Context, e entry) (asked bool, err error) {
	if c.Puzzles == nil {
		return false, nil
	}
	err = c.Store.View(ctx, func(r storage.Reader) error {
		if asked, err = c.pressed(r, e.pool, e.origin); err != nil || !asked {
			return err
		}
		p, _, err := c.reopen(r, e.op, e.pool, "")
		if err != nil {
			return err
		}
		known, err := c.knows(r, &p, e)
		asked = !known
		return err
	})
	return asked, err
}

// knows says that the browser has signed in the person who is named.
func (c *Core) knows(r storage.Reader, p *Pool, e entry) (bool, error) {
	if e.identifier == "" || e.origin.Browser == "" {
		return false, nil
	}
	u, err := c.userOrGhost(r, p, e.identifier)
	if err != nil {
		return false, err
	}
	_, known, err := c.browserOf(r, p.ID, u.ID, e.origin)
	return known, err
}

// redeem takes a ticket, once. One without a solution counts against its network.
func (c *Core) redeem(ctx context.Context, e entry, solution string) error {
	id, err := puzzle.Check(c.puzzleMAC, c.Now(), purposeAt(e.pool, e.door), e.answer.Token, solution)
	if err != nil {
		failed := &Error{Code: PuzzleNeeded, Op: e.op, Err: err}
		if soon := (*puzzle.TooSoon)(nil); errors.As(err, &soon) {
			failed.RetryAfter = soon.Wait
		}
		return failed
	}
	return c.update(ctx, func(w storage.Writer) (*Error, error) {
		fresh, err := c.spend(w, id, c.Now().Add(puzzle.Life))
		if err != nil {
			return nil, fmt.Errorf("puzzle: %w", err)
		}
		if !fresh {
			return refuse(e.op, PuzzleNeeded), nil
		}
		if solution != "" {
			return nil, nil
		}
		by := caller{pool: e.pool, client: e.client, origin: e.origin}
		return c.under(w, e.op, by, charge{waitsByAddress, network(e.origin.Address)})
	})
}
