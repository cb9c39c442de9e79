package storage

// Count answers how many entries a page's order holds, without reading records.
// The page's limit is where it stops counting; 0 counts all.
func (c *Collection[T]) Count(r Reader, p Page) (n int, err error) {
	base := c.base(p.Index)
	span, err := p.span(base)
	if err != nil {
		return 0, err
	}
	for {
		span.Limit = 0
		if left := p.Limit - n; p.Limit > 0 {
			span.Limit = min(left, span.PageSize())
		}
		found, err := r.Scan(span)
		if err != nil {
			return n, err
		}
		n += len(found)
		if len(found) < span.PageSize() || n == p.Limit {
			return n, nil
		}
		span = span.After(found[len(found)-1].Key)
	}
}
