package theme

import "fmt"

// palette is the colours of one scheme. Four are set, the others follow.
type palette struct {
	primary, background, surface, text colour
	danger, good, warn                 colour // fixed hues, moved until they can be read on the surface
}

var light = palette{
	primary: must("#0f5fc2"), background: must("#f4f6f9"), surface: must("#ffffff"), text: must("#15181e"),
	danger: must("#c0261c"), good: must("#16724a"), warn: must("#8a5300"),
}

var dark = palette{
	primary: must("#82b5ff"), background: must("#0d0f13"), surface: must("#171a20"), text: must("#eceff4"),
	danger: must("#ff9287"), good: must("#6fd3a2"), warn: must("#f0bd64"),
}

// with answers the palette with the values that are valid colours.
func (p palette) with(primary, background, surface, text string) palette {
	for _, f := range []struct {
		to   *colour
		from string
	}{{&p.primary, primary}, {&p.background, background}, {&p.surface, surface}, {&p.text, text}} {
		if c, ok := parse(f.from); ok {
			*f.to = c
		}
	}
	return p
}

func (p palette) onPrimary() colour { return p.primary.ink() }

// hover is the button under the pointer: a step away from its words, so that
// they only become easier to read.
func (p palette) hover() colour {
	if p.onPrimary() == white {
		return mix(p.primary, black, 0.86)
	}
	return mix(p.primary, white, 0.8)
}

// derived colours: muted words, hairlines, borders of inputs.
func (p palette) muted() colour {
	return reach(mix(p.text, p.surface, 0.68), p.text, 4.8, p.surface, p.background)
}
func (p palette) line() colour    { return mix(p.text, p.surface, 0.11) }
func (p palette) control() colour { return reach(mix(p.text, p.surface, 0.42), p.text, 3.1, p.surface) }
func (p palette) soft() colour    { return mix(p.text, p.surface, 0.035) }
func (p palette) tint() colour    { return mix(p.primary, p.background, 0.09) }

// tone is a fixed hue made readable on the surface and on its own wash.
func (p palette) tone(c colour) colour { return reach(c, p.text, 4.6, p.surface, p.wash(c)) }
func (p palette) wash(c colour) colour { return mix(c, p.surface, 0.08) }

// property is one custom property of the stylesheet.
type property struct {
	name  string
	value colour
}

func (p palette) properties() []property {
	return []property{
		{"bg", p.background}, {"surface", p.surface}, {"text", p.text}, {"muted", p.muted()},
		{"line", p.line()}, {"control", p.control()}, {"soft", p.soft()}, {"tint", p.tint()},
		{"primary", p.primary}, {"primary-hover", p.hover()}, {"on-primary", p.onPrimary()},
		{"danger", p.tone(p.danger)}, {"danger-wash", p.wash(p.danger)},
		{"good", p.tone(p.good)}, {"good-wash", p.wash(p.good)},
		{"warn", p.tone(p.warn)}, {"warn-wash", p.wash(p.warn)},
	}
}

func (p palette) css() string {
	out := ""
	for _, prop := range p.properties() {
		out += fmt.Sprintf("--%s:%s;", prop.name, prop.value)
	}
	return out
}
