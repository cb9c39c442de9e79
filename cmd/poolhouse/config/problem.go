package config

import (
	"fmt"
	"sort"
	"strings"
)

// Problem is one mistake in the file: where, what, and what to do about it.
type Problem struct {
	File string
	Line int
	Text string
	Fix  string
}

func (p Problem) Error() string {
	text := fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
	if p.Line == 0 {
		text = fmt.Sprintf("%s: %s", p.File, p.Text)
	}
	if p.Fix != "" {
		text += "; " + p.Fix
	}
	return text
}

// Problems is every mistake that was found, in the order of the file.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// err answers nil when there is no problem, so that an empty list is no error.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	sort.SliceStable(p, func(a, b int) bool { return p[a].Line < p[b].Line })
	return p
}
