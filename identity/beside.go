package identity

import (
	"encoding/json"
	"maps"
)

// Beside is what the Cognito API sets on a pool or a client beside its settings:
// no key of the configuration file, so that applying the file leaves it alone.
// The store shares one between readers; with makes a changed one.
type Beside struct {
	// AWS are members of the Cognito API that mean nothing outside AWS, by their
	// names there. They are given back as they came.
	AWS map[string]json.RawMessage `json:"aws,omitempty"`
	// Look is what branding made of the theme; it lies over the theme.
	Look *Theme `json:"look,omitempty"`
	// Terms are a client's documents: by the member of Localizable, then by
	// language, "" for every other one.
	Terms map[string]map[string]string `json:"terms,omitempty"`
	// Logs are the ARNs of LogDeliveries that were named by somebody who may change
	// every pool.
	Logs []string `json:"logs,omitempty"`
}

// Given answers a member that is given back as it came.
func (b *Beside) Given(name string) json.RawMessage {
	if b == nil {
		return nil
	}
	return b.AWS[name]
}

// with answers a copy that may be changed.
func (b *Beside) with() *Beside {
	if b == nil {
		return &Beside{AWS: map[string]json.RawMessage{}}
	}
	c := *b
	if c.AWS = maps.Clone(b.AWS); c.AWS == nil {
		c.AWS = map[string]json.RawMessage{}
	}
	c.Terms = maps.Clone(b.Terms)
	return &c
}

// Keep answers a copy in which the members are the ones given; those of an empty
// value are none any more.
func (b *Beside) Keep(members map[string]json.RawMessage) *Beside {
	c := b.with()
	for name, value := range members {
		if len(value) == 0 || string(value) == "null" {
			delete(c.AWS, name)
			continue
		}
		c.AWS[name] = value
	}
	return c
}

// Look answers how the pool's pages look: its theme, and branding over it.
func (p *Pool) Look() Theme { return looked(p.Theme, p.Beside) }

// Look answers what the client changes of its pool's look; nil is nothing.
func (c *Client) Look() *Theme {
	if c.Beside == nil || c.Beside.Look == nil {
		return c.Theme
	}
	var own Theme
	if c.Theme != nil {
		own = *c.Theme
	}
	own = looked(own, c.Beside)
	return &own
}

func looked(t Theme, b *Beside) Theme {
	if b == nil || b.Look == nil {
		return t
	}
	return t.Over(*b.Look)
}

// Over answers the theme with the fields of upper that are set laid over it.
func (t Theme) Over(upper Theme) Theme {
	for to, from := range map[*string]string{
		&t.ColorScheme: upper.ColorScheme, &t.Primary: upper.Primary, &t.PrimaryDark: upper.PrimaryDark,
		&t.Background: upper.Background, &t.BackgroundDark: upper.BackgroundDark, &t.Surface: upper.Surface, &t.SurfaceDark: upper.SurfaceDark,
		&t.Text: upper.Text, &t.TextDark: upper.TextDark, &t.FontStack: upper.FontStack,
		&t.Logo: upper.Logo, &t.LogoDark: upper.LogoDark, &t.BackgroundImage: upper.BackgroundImage, &t.CSS: upper.CSS,
	} {
		if from != "" {
			*to = from
		}
	}
	if upper.Radius != nil {
		t.Radius = upper.Radius
	}
	return t
}
