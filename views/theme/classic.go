package theme

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// classic are the classes of Cognito's classic hosted pages, and what stands for
// each on ours. A class that has no counterpart is passed over.
var classic = map[string]string{
	"background": ".card", "banner": ".card > .brand", "logo": ".brand .logo",
	"label": "label", "inputField": ".field input",
	"textDescription": ".lead", "idpDescription": ".lead", "legalText": ".hint", "redirect": ".foot",
	"submitButton": "button.button:not(.plain)", "idpButton": ".button.plain", "socialButton": ".button.plain",
	"errorMessage": ".note.bad",
}

var (
	classicRule     = regexp.MustCompile(`([^{}]*)\{([^{}]*)\}`)
	classicGround   = regexp.MustCompile(`(?i)(?:^|[;\s])background(?:-color)?\s*:\s*#([0-9a-f]{6}|[0-9a-f]{3})\b`)
	classicSelector = regexp.MustCompile(`^\.([A-Za-z-]+)-customizable((?::[a-z-]+)?)$`)
)

var errClassic = errors.New("a style sheet has rules of classes that end in -customizable, and nothing else")

// Classic turns a style sheet for Cognito's classic hosted pages into one for
// ours. Its error says why it is none.
func Classic(sheet string) (string, error) {
	if err := CheckCSS([]byte(sheet)); err != nil {
		return "", err
	}
	bare := withoutComments(sheet)
	if strings.Contains(bare, "@") || strings.TrimSpace(classicRule.ReplaceAllString(bare, "")) != "" {
		return "", errClassic
	}
	var out strings.Builder
	for _, rule := range classicRule.FindAllStringSubmatch(bare, -1) {
		var ours []string
		for selector := range strings.SplitSeq(rule[1], ",") {
			parts := classicSelector.FindStringSubmatch(strings.TrimSpace(selector))
			if parts == nil {
				return "", fmt.Errorf("%w: %s", errClassic, strings.TrimSpace(selector))
			}
			if known := classic[parts[1]]; known != "" {
				ours = append(ours, known+parts[2])
			}
		}
		if slices.Contains(ours, classic["banner"]) {
			out.WriteString(onGround(classic["banner"], rule[2]))
		}
		if len(ours) > 0 {
			fmt.Fprintf(&out, "%s{%s}\n", strings.Join(ours, ","), strings.TrimSpace(rule[2]))
		}
	}
	return out.String(), nil
}

// onGround makes what stands on a ground of its own readable, before the rule
// that may say otherwise: Cognito's banner holds a picture alone, ours a name too.
func onGround(selector, rule string) string {
	found := classicGround.FindStringSubmatch(rule)
	if found == nil {
		return ""
	}
	digits := found[1]
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	return fmt.Sprintf("%s{padding-block:1.5rem;color:%s}\n", selector, must("#"+digits).ink())
}
