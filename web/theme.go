package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"path"
	"regexp"

	"poolhouse.dev/assets"
	"poolhouse.dev/identity"
	"poolhouse.dev/views/layout"
	"poolhouse.dev/views/theme"
)

// poolItself stands in the path of a stylesheet that no client changes.
const poolItself = "-"

// sha is the name of an uploaded file.
var sha = regexp.MustCompile(`^[0-9a-f]{64}$`)

// look answers the colours and shapes of a theme.
func (r *Request) look(t identity.Theme) theme.Theme {
	image := r.themeFile(t.BackgroundImage)
	return theme.Theme{
		Primary: t.Primary, PrimaryDark: t.PrimaryDark, Background: t.Background, BackgroundDark: t.BackgroundDark,
		Surface: t.Surface, SurfaceDark: t.SurfaceDark, Text: t.Text, TextDark: t.TextDark,
		Radius: t.Radius, FontStack: t.FontStack, BackgroundImage: image,
	}
}

// themeFile answers the URL of an uploaded file, or "".
func (r *Request) themeFile(name string) string {
	if !sha.MatchString(name) || r.server.ThemeFiles == nil {
		return ""
	}
	return r.Path("/assets/theme/file/" + name)
}

// dress puts a theme on a page.
func (r *Request) dress(page *layout.Page, t identity.Theme) {
	page.ColorScheme = t.ColorScheme
	page.LogoURL, page.LogoDarkURL = r.themeFile(t.Logo), r.themeFile(t.LogoDark)
	if r.look(t).Zero() && r.themeFile(t.CSS) == "" {
		return
	}
	client := poolItself
	if r.asking != nil && r.asking.Client.Look() != nil {
		client = string(r.asking.Client.ID)
	}
	page.ThemeCSS = r.Path("/assets/theme/"+client+"/") + styleName(t)
}

// styleName changes with everything the stylesheet is made of, so that
// browsers may keep it for good.
func styleName(t identity.Theme) string {
	raw, err := json.Marshal(t)
	if err != nil {
		return "theme.css"
	}
	sum := sha256.Sum256(append([]byte(assets.URL("app.css")+"\x00"), raw...))
	return hex.EncodeToString(sum[:10]) + ".css"
}

// stylesheet answers app.css, the theme, and the pool's own CSS, in one file.
func (r *Request) stylesheet() error {
	t, err := r.themeOf(r.echo.Param("client"))
	if err != nil {
		return err
	}
	rules := []string{r.look(t).CSS()}
	if r.themeFile(t.CSS) != "" {
		own, _, err := r.server.ThemeFiles.ThemeFile(r.Ctx(), r.Pool.ID, t.CSS)
		if err != nil {
			return notFound(err)
		}
		rules = append(rules, string(own))
	}
	if r.echo.Param("file") != styleName(t) {
		// A page from before a change: right now it should look like this.
		return r.file(assets.Themed(rules...), "no-cache")
	}
	return r.file(assets.Themed(rules...), immutable)
}

func (r *Request) themeOf(client string) (identity.Theme, error) {
	if client == poolItself {
		return r.Pool.Look(), nil
	}
	settings := identity.Settings{Core: r.server.Identity}
	found, err := settings.Client(r.Ctx(), r.Pool.ID, identity.ClientID(client))
	if err != nil {
		return identity.Theme{}, notFound(err)
	}
	return overlay(r.Pool.Look(), found.Look()), nil
}

// uploaded answers a file that an operator put into a theme.
func (r *Request) uploaded() error {
	name := path.Base(r.echo.Param("file"))
	if !sha.MatchString(name) || r.server.ThemeFiles == nil {
		return notFound(nil)
	}
	content, kind, err := r.server.ThemeFiles.ThemeFile(r.Ctx(), r.Pool.ID, name)
	if err != nil {
		return notFound(err)
	}
	return r.shown(kind, immutable, content)
}

// shown answers a file that somebody uploaded. It is shown, never run: an SVG
// opened by itself is in a sandbox (OWASP, file upload).
func (r *Request) shown(kind, cache string, content []byte) error {
	r.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	r.Header().Set("Content-Disposition", "inline")
	return r.blob(kind, cache, content)
}

// Portrait answers a person's picture, which apps on other sites may show. A
// removed one is gone from caches within a day.
func (r *Request) Portrait(kind string, content []byte) error {
	r.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	return r.shown(kind, "public, max-age=86400", content)
}

const immutable = "public, max-age=31536000, immutable"

func (r *Request) blob(kind, cache string, content []byte) error {
	r.Header().Set("Cache-Control", cache)
	return r.echo.Blob(http.StatusOK, kind, content)
}
