// Package qr draws QR codes (ISO/IEC 18004) as markup within a page.
package qr

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/a-h/templ"
	"rsc.io/qr"
)

// quiet is the margin around the code, in modules (ISO/IEC 18004 §6.3.8).
const quiet = 4

// SVG is the QR code of text as an image named label for those who cannot see
// it. It fills the width it is given; its class is "qr". The ground is painted
// white and belongs to the code: many cameras do not read light on dark. Text
// has at most 2,331 bytes; the error of a longer one is that of rendering.
func SVG(text, label string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		code, err := qr.Encode(text, qr.M)
		if err != nil {
			return fmt.Errorf("qr: %w", err)
		}
		_, err = io.WriteString(w, markup(code, label))
		return err
	})
}

// markup has colours as attributes, since the page's policy refuses inline
// style, and no measures, which the style sheet gives.
func markup(code *qr.Code, label string) string {
	var b strings.Builder
	side := code.Size + 2*quiet
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="qr" role="img" aria-label="%s" viewBox="0 0 %d %d" shape-rendering="crispEdges">`,
		templ.EscapeString(label), side, side)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="`, side, side)
	for y := range code.Size {
		row(&b, code, y)
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}

// row draws each run of dark modules as one rectangle: neighbours drawn apart
// show hairlines when the code is scaled.
func row(b *strings.Builder, code *qr.Code, y int) {
	for x := 0; x < code.Size; x++ {
		from := x
		for code.Black(x, y) {
			x++
		}
		if n := x - from; n > 0 {
			fmt.Fprintf(b, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, n, n)
		}
	}
}
