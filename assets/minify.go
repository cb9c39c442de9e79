package assets

import (
	"bytes"
	"regexp"
)

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	space      = regexp.MustCompile(`\s+`)
	cssAround  = regexp.MustCompile(` ?([{};,>]) ?`)
	cssColon   = regexp.MustCompile(`([a-z-]): `)
	cssLast    = regexp.MustCompile(`;}`)
	jsComment  = regexp.MustCompile(`(?m)(^\s*| )// .*$`)
	jsIndent   = regexp.MustCompile(`(?m)^\s+`)
)

// minifyCSS takes out what only people read. It is written for our own
// stylesheet, whose strings hold no comments and no runs of spaces.
func minifyCSS(css []byte) []byte {
	css = cssComment.ReplaceAll(css, nil)
	css = space.ReplaceAll(css, []byte(" "))
	css = cssAround.ReplaceAll(css, []byte("$1"))
	css = cssColon.ReplaceAll(css, []byte("$1:"))
	css = cssLast.ReplaceAll(css, []byte("}"))
	return bytes.TrimSpace(css)
}

// minifyJS takes out comments and indents; lines stay, so that no statement
// runs into the next. Our own script has no "// " inside a string.
func minifyJS(js []byte) []byte {
	js = jsComment.ReplaceAll(js, nil)
	return bytes.TrimSpace(jsIndent.ReplaceAll(js, nil))
}
