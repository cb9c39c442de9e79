package storage

import "context"

// sweepPage is how many records one transaction of Sweep removes, so that
// nobody waits long for one.
const sweepPage = 200

// Sweep removes records from the start of a page's order for as long as over
// says that they are, in transactions of bounded size, and answers how many
// went. The page names index and prefix; its limit and cursor are not used.
func (c *Collection[T]) Sweep(ctx context.Context, s Store, p Page, over func(*T) bool) (int, error) {
	p.Limit, p.After, p.Cursor = sweepPage, nil, nil
	removed := 0
	for {
		gone := 0
		err := s.Update(ctx, func(w Writer) (err error) {
			gone, err = c.sweepOnce(w, p, over)
			return err
		})
		if err == nil {
			removed += gone
		}
		if err != nil || gone < sweepPage {
			return removed, err
		}
	}
}

func (c *Collection[T]) sweepOnce(w Writer, p Page, over func(*T) bool) (int, error) {
	oldest, err := c.List(w, p)
	if err != nil {
		return 0, err
	}
	for i := range oldest {
		if !over(&oldest[i]) {
			return i, nil
		}
		if err := c.Delete(w, c.ID(&oldest[i])...); err != nil {
			return i, err
		}
	}
	return len(oldest), nil
}
