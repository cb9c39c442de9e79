package cognito

import (
	"context"
	_ "embed"
	"encoding/json"
	"regexp"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/theme"
)

// defaultSettings are what a style has where it says nothing, as far as our pages
// have it too: under Cognito's names, with our values.
//
//go:embed branding.json
var defaultSettings []byte

// mergedSettings lays a style's settings over the defaults.
func mergedSettings(own json.RawMessage) json.RawMessage {
	var base, over map[string]any
	if json.Unmarshal(defaultSettings, &base) != nil || len(own) > 0 && json.Unmarshal(own, &over) != nil {
		return own
	}
	text, err := json.Marshal(mergedTree(base, over))
	if err != nil {
		return own
	}
	return text
}

func mergedTree(base, over map[string]any) map[string]any {
	for name, value := range over {
		below, isTree := value.(map[string]any)
		under, wasTree := base[name].(map[string]any)
		if isTree && wasTree {
			base[name] = mergedTree(under, below)
		} else {
			base[name] = value
		}
	}
	return base
}

// pictureKinds are the types of pictures, by their extension in the API.
var pictureKinds = map[string]string{"PNG": "image/png", "JPEG": "image/jpeg", "SVG": "image/svg+xml", "ICO": "image/x-icon", "WEBP": "image/webp"}

// shownPictures are the categories that our pages have a place for.
var shownPictures = map[string]bool{"FORM_LOGO": true, "PAGE_HEADER_LOGO": true, "PAGE_BACKGROUND": true}

// keepPictures stores the pictures that pages show.
func (h *Handler) keepPictures(ctx context.Context, assets []BrandingAsset) error {
	for _, a := range assets {
		if !shownPictures[a.Category] || len(a.Bytes) == 0 || len(a.Bytes) > MaxAsset {
			continue
		}
		if _, err := h.keepFile(ctx, pictureKinds[a.Extension], a.Bytes); err != nil {
			return err
		}
	}
	return nil
}

// brandedLook answers what our pages take of a style: colours, corners, the
// scheme, logos and the background's picture. Colours that cannot be told apart
// are left out, all of their scheme.
func brandedLook(b *identity.Branding) (t identity.Theme) {
	var s map[string]any
	if json.Unmarshal(b.Settings, &s) == nil {
		t = settledLook(s)
	}
	for _, a := range b.Assets {
		if !shownPictures[a.Category] || a.Hash == "" || len(a.Bytes) > MaxAsset {
			continue
		}
		switch dark := a.ColorMode == "DARK"; {
		case a.Category == "PAGE_BACKGROUND" && !dark:
			t.BackgroundImage = a.Hash
		case a.Category == "PAGE_BACKGROUND":
		case dark:
			t.LogoDark = a.Hash
		case t.Logo == "" || a.Category == "FORM_LOGO":
			t.Logo = a.Hash
		}
	}
	return t
}

func settledLook(s map[string]any) (t identity.Theme) {
	t.ColorScheme = map[string]string{"LIGHT": "light", "DARK": "dark", "DYNAMIC": "auto"}[wordAt(s, "categories.global.colorSchemeMode")]
	if radius, ok := memberAt(s, "componentClasses.buttons.borderRadius").(float64); ok && radius >= 0 && radius <= 32 {
		whole := int(radius)
		t.Radius = &whole
	}
	light := theme.Theme{
		Primary:    colour(s, "components.primaryButton.lightMode.defaults.backgroundColor"),
		Background: colour(s, "components.pageBackground.lightMode.color"),
		Surface:    colour(s, "components.form.lightMode.backgroundColor"), Text: colour(s, "components.pageText.lightMode.bodyColor"),
	}
	dark := theme.Theme{
		PrimaryDark:    colour(s, "components.primaryButton.darkMode.defaults.backgroundColor"),
		BackgroundDark: colour(s, "components.pageBackground.darkMode.color"),
		SurfaceDark:    colour(s, "components.form.darkMode.backgroundColor"), TextDark: colour(s, "components.pageText.darkMode.bodyColor"),
	}
	if len(light.Check()) == 0 {
		t.Primary, t.Background, t.Surface, t.Text = light.Primary, light.Background, light.Surface, light.Text
	}
	if len(dark.Check()) == 0 {
		t.PrimaryDark, t.BackgroundDark, t.SurfaceDark, t.TextDark = dark.PrimaryDark, dark.BackgroundDark, dark.SurfaceDark, dark.TextDark
	}
	return t
}

// memberAt answers a member of nested objects; nil when there is none.
func memberAt(tree map[string]any, path string) any {
	var v any = tree
	for name := range strings.SplitSeq(path, ".") {
		below, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = below[name]
	}
	return v
}

func wordAt(tree map[string]any, path string) string {
	word, _ := memberAt(tree, path).(string)
	return word
}

// opaque is a colour as Cognito writes it, without anything shining through.
var opaque = regexp.MustCompile(`^[0-9a-fA-F]{6}([fF]{2})?$`)

func colour(tree map[string]any, path string) string {
	word := wordAt(tree, path)
	if !opaque.MatchString(word) {
		return ""
	}
	return "#" + strings.ToLower(word[:6])
}
