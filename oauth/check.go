package oauth

// check is one of an endpoint's list of checks: the clause that it holds, and how
// what does not pass is refused.
type check[T any] struct {
	clause     string
	code, says string
	passes     func(T) bool
}

// refusal answers for the first check that does not pass, or nil.
func refusal[T any](checks []check[T], of T) *Error {
	for _, each := range checks {
		if !each.passes(of) {
			return refuse(each.code, each.says)
		}
	}
	return nil
}
