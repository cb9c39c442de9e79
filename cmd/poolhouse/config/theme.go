package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/views/theme"
	"poolhouse.dev/web/cognito"
)

// themeFile is one kind of file that a theme names.
type themeFile struct {
	key   string
	path  *string
	types map[string]string // file extension to content type
}

var (
	imageTypes = map[string]string{".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif"}
	styleTypes = map[string]string{".css": "text/css; charset=utf-8"}
)

func filesOf(t *identity.Theme) []themeFile {
	return []themeFile{
		{"logo", &t.Logo, imageTypes}, {"logo_dark", &t.LogoDark, imageTypes},
		{"background_image", &t.BackgroundImage, imageTypes}, {"css", &t.CSS, styleTypes},
	}
}

// theme checks the colours and reads the files. A client's theme is checked as
// it is seen: over its pool's.
func (c *checker) theme(p *Parsed, path string, t identity.Theme, under *identity.Theme) {
	c.oneOf(path+".color_scheme", t.ColorScheme, "auto", "light", "dark")
	seen := coloursOf(t)
	if under != nil {
		seen = coloursOf(*under).Over(seen)
	}
	for _, problem := range seen.Check() {
		c.fail(path+"."+problem.Field, "", "%s", problem.Text)
	}
	for _, file := range filesOf(&t) {
		if *file.path != "" {
			c.themeFile(p, path+"."+file.key, file)
		}
	}
}

func coloursOf(t identity.Theme) theme.Theme {
	return theme.Theme{
		Primary: t.Primary, PrimaryDark: t.PrimaryDark, Background: t.Background, BackgroundDark: t.BackgroundDark,
		Surface: t.Surface, SurfaceDark: t.SurfaceDark, Text: t.Text, TextDark: t.TextDark,
		Radius: t.Radius, FontStack: t.FontStack,
	}
}

func (c *checker) themeFile(p *Parsed, path string, file themeFile) {
	contentType, ok := file.types[strings.ToLower(filepath.Ext(*file.path))]
	if !ok {
		c.fail(path, "use one that ends in "+extensions(file.types), "%q is no kind of file that can be used here", *file.path)
		return
	}
	body, err := readThemeFile(filepath.Join(filepath.Dir(p.Name), *file.path), *file.path)
	if err != nil {
		c.fail(path, "the path is relative to this file", "cannot read %q: %v", *file.path, err)
		return
	}
	if len(body) > cognito.MaxAsset {
		c.fail(path, "make it smaller", "%q is larger than 512 KiB", *file.path)
		return
	}
	if mismatched(contentType, body) {
		c.fail(path, "save it in the format that its name says", "%q does not hold what its name says", *file.path)
		return
	}
	if strings.HasPrefix(contentType, "text/css") {
		if err := theme.CheckCSS(body); err != nil {
			c.fail(path, "", "%q: %v", *file.path, err)
			return
		}
	}
	sum := sha256.Sum256(body)
	p.assets[*file.path] = cognito.Asset{Hash: hex.EncodeToString(sum[:]), ContentType: contentType, Body: body}
}

func readThemeFile(joined, given string) ([]byte, error) {
	if filepath.IsAbs(given) {
		joined = given
	}
	body, err := os.ReadFile(joined)
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return nil, pathError.Err
	}
	return body, err
}

// mismatched finds a picture whose first bytes say something else. SVG and CSS
// are text and have no such mark.
func mismatched(contentType string, body []byte) bool {
	found := http.DetectContentType(body)
	if strings.HasPrefix(contentType, "image/") && contentType != "image/svg+xml" {
		return found != contentType
	}
	return !strings.HasPrefix(found, "text/")
}

func extensions(types map[string]string) string {
	if _, ok := types[".css"]; ok {
		return ".css"
	}
	return ".svg, .png, .jpg, .webp or .gif"
}

// Request answers what the file asks the store to hold: its pools, with the
// paths of theme files replaced by the hashes the files are stored under.
func (p *Parsed) Request() cognito.ApplySettingsRequest {
	request := cognito.ApplySettingsRequest{}
	for _, pool := range p.Pools {
		pool.Theme = p.hashed(pool.Theme)
		pool.Clients = append([]cognito.ClientSettings(nil), pool.Clients...)
		for i := range pool.Clients {
			if own := pool.Clients[i].Theme; own != nil {
				hashed := p.hashed(*own)
				pool.Clients[i].Theme = &hashed
			}
		}
		pool.Providers = p.whole(pool.Providers)
		request.Pools = append(request.Pools, pool)
	}
	seen := map[string]bool{}
	for _, asset := range p.assets {
		if !seen[asset.Hash] {
			seen[asset.Hash] = true
			request.Assets = append(request.Assets, asset)
		}
	}
	return request
}

func (p *Parsed) hashed(t identity.Theme) identity.Theme {
	for _, file := range filesOf(&t) {
		if asset, ok := p.assets[*file.path]; ok {
			*file.path = asset.Hash
		}
	}
	return t
}
