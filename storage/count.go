package storage

func count(r Reader, of keyed, p *Page) (n int, err error) {
	k := kindOf(of)
	span, err := p.span(k.base(p.Index))
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
