package theme

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// refusedCSS is what a pool's own style sheet may not hold. Whatever loads
// something could send what people type, letter by letter, to whoever wrote the
// sheet, or ask a page of ours in the guise of a picture.
var refusedCSS = []struct {
	found *regexp.Regexp
	why   string
}{
	{regexp.MustCompile(`\\`), "a backslash is not allowed; write the character itself"},
	{regexp.MustCompile(`(?i)(url|src|image|image-set|cross-fade)\(`), "a style sheet may load nothing; pictures go into logo and background_image"},
	{regexp.MustCompile(`(?i)@(import|font-face|namespace)`), "a style sheet may load nothing; name fonts in font_stack"},
	{regexp.MustCompile(`(?i)expression\(|-moz-binding|\bbehaviou?r\s*:`), "a style sheet may not run code"},
	{regexp.MustCompile(`</|<!--|-->`), "a style sheet holds no HTML"},
	{regexp.MustCompile(`(?i)\bvalue\s*[~|^$*]?\s*=|\[[^\]]*value`), "a selector may not ask what people have typed"},
}

var errNoText = errors.New("the style sheet is not UTF-8 text")

// CheckCSS says why a pool's own style sheet cannot be used, and nil when it can.
func CheckCSS(sheet []byte) error {
	if !utf8.Valid(sheet) || bytes.IndexByte(sheet, 0) >= 0 {
		return errNoText
	}
	bare := withoutComments(string(sheet))
	for _, refused := range refusedCSS {
		if at := refused.found.FindStringIndex(bare); at != nil {
			line := 1 + strings.Count(bare[:at[0]], "\n")
			return fmt.Errorf("line %d has %q: %s", line, bare[at[0]:at[1]], refused.why)
		}
	}
	return nil
}

// cssPart is a comment, closed or not, or a string, which ends at the line's
// end at the latest (CSS Syntax Level 3 §4.3.2, §4.3.5). Backslashes are refused
// before they could matter.
var cssPart = regexp.MustCompile(`(?s)/\*.*?(?:\*/|$)|"[^"\n\r\f]*["\n\r\f]?|'[^'\n\r\f]*['\n\r\f]?`)

// withoutComments takes comments out, for they may stand within a selector,
// and keeps their line breaks. What looks like a comment in a string is none.
func withoutComments(sheet string) string {
	return cssPart.ReplaceAllStringFunc(sheet, func(part string) string {
		if strings.HasPrefix(part, "/*") {
			return strings.Repeat("\n", strings.Count(part, "\n"))
		}
		return part
	})
}
