package theme

import (
	"fmt"
	"math"
	"strconv"
)

// colour is one sRGB colour.
type colour struct{ r, g, b uint8 }

var black, white = colour{}, colour{255, 255, 255}

func (c colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c.r, c.g, c.b) }

// parse reads #rrggbb and nothing else.
func parse(s string) (colour, bool) {
	if len(s) != 7 || s[0] != '#' {
		return colour{}, false
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		return colour{}, false
	}
	return colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}, true
}

func must(s string) colour {
	c, ok := parse(s)
	if !ok {
		panic("theme: " + s + " is no colour")
	}
	return c
}

// luminance is WCAG 2.2's relative luminance.
func (c colour) luminance() float64 {
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

func linear(v uint8) float64 {
	s := float64(v) / 255
	if s <= 0.04045 {
		return s / 12.92
	}
	return math.Pow((s+0.055)/1.055, 2.4)
}

// contrast is WCAG 2.2's contrast ratio, 1 to 21.
func contrast(a, b colour) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// ink is black or white, whichever stands out more on it.
func (c colour) ink() colour {
	if contrast(white, c) >= contrast(black, c) {
		return white
	}
	return black
}

// mix answers share of a and the rest of b.
func mix(a, b colour, share float64) colour {
	part := func(x, y uint8) uint8 { return uint8(math.Round(float64(x)*share + float64(y)*(1-share))) }
	return colour{part(a.r, b.r), part(a.g, b.g), part(a.b, b.b)}
}

// reach moves from towards to until it stands out from all of against by
// ratio; it answers to when nothing less does.
func reach(from, to colour, ratio float64, against ...colour) colour {
	for step := 0; step <= 100; step += 2 {
		c := mix(to, from, float64(step)/100)
		if stands(c, ratio, against) {
			return c
		}
	}
	return to
}

func stands(c colour, ratio float64, against []colour) bool {
	for _, a := range against {
		if contrast(c, a) < ratio {
			return false
		}
	}
	return true
}
