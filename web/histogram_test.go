package web

import (
	"strings"
	"testing"
)

// The text form is that of Prometheus: buckets hold those below them, too.
func TestAHistogramCountsWhatIsBelowItsBounds(t *testing.T) {
	h := &histogram{}
	for _, seconds := range []float64{0.0005, 0.02, 30} {
		h.observe(seconds)
	}
	var got strings.Builder
	h.write(&got, "x", `route="/a"`)
	want := `x_bucket{route="/a",le="0.001"} 1
x_bucket{route="/a",le="0.005"} 1
x_bucket{route="/a",le="0.02"} 2
x_bucket{route="/a",le="0.1"} 2
x_bucket{route="/a",le="0.5"} 2
x_bucket{route="/a",le="2"} 2
x_bucket{route="/a",le="10"} 2
x_bucket{route="/a",le="+Inf"} 3
x_sum{route="/a"} 30.0205
x_count{route="/a"} 3
`
	if got.String() != want {
		t.Errorf("%s", got.String())
	}
}
