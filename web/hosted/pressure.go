package hosted

import (
	"poolhouse.dev/identity"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/web"
)

// guard puts the puzzle of a door on the page, while there is pressure.
func guard(r *web.Request, page *layout.Page, door identity.Door) error {
	p, asked, err := r.Server().Identity.Pressure(r.Ctx(), r.Pool.ID, r.Origin(), door)
	if err != nil || !asked {
		return err
	}
	page.Puzzle = &layout.Puzzle{Token: p.Token, Salt: p.Salt, Bits: p.Bits, WaitSeconds: p.WaitSeconds}
	if c := p.Captcha; c != nil {
		page.Puzzle.Captcha = &layout.Captcha{Script: c.Script, Class: c.Class, SiteKey: c.SiteKey}
		r.MayLoadFrom(c.Origins...)
	}
	return nil
}

// puzzleAnswer reads what came back for the puzzle.
func puzzleAnswer(r *web.Request) identity.PuzzleAnswer {
	a := identity.PuzzleAnswer{Token: r.Form.Get("puzzle"), Solution: r.Form.Get("puzzle_solution")}
	if p := r.Server().Identity.Puzzles; p != nil && p.Captcha != nil {
		a.Captcha = r.Form.Get(p.Captcha.Field())
	}
	return a
}
