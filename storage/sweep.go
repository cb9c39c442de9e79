package storage

import "context"

// sweepPage is how many records one transaction of Sweep removes, so that
// nobody waits long for one.
const sweepPage = 200

func sweep(ctx context.Context, s Store, of keyed, p Page, over func(any) bool) (int, error) {
	k := kindOf(of)
	p.Limit, p.After, p.Cursor = sweepPage, nil, nil
	removed := 0
	for {
		gone := 0
		err := s.Update(ctx, func(w Writer) (err error) {
			gone, err = k.sweepOnce(w, p, over)
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

func (k *kind) sweepOnce(w Writer, p Page, over func(any) bool) (int, error) {
	oldest, err := k.list(w, p)
	if err != nil {
		return 0, err
	}
	for i, v := range oldest {
		if !over(v) {
			return i, nil
		}
		if err := k.remove(w, k.recordKey(K(k.id(v)...))); err != nil {
			return i, err
		}
	}
	return len(oldest), nil
}
