package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"poolhouse.dev/assets"
	"poolhouse.dev/identity"
	"poolhouse.dev/views/layout"
)

// HTML renders a page to a buffer and then writes it, so that a page that fails
// half-way never stands behind a good status.
func (r *Request) HTML(status int, page templ.Component) error {
	var b bytes.Buffer
	if err := page.Render(r.Ctx(), &b); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	r.pageHeaders()
	return r.echo.Blob(status, "text/html; charset=utf-8", b.Bytes())
}

// JSON answers a program.
func (r *Request) JSON(status int, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("json: %w", err)
	}
	r.jsonHeaders()
	return r.echo.Blob(status, "application/json", raw)
}

// JWT answers a program with a signed or encrypted text.
func (r *Request) JWT(status int, text string) error {
	r.jsonHeaders()
	r.Header().Set("Content-Type", "application/jwt")
	return r.echo.Blob(status, "application/jwt", []byte(text))
}

// Text answers a probe in plain words.
func (r *Request) Text(status int, text string) error {
	r.Header().Set("Cache-Control", "no-store")
	return r.echo.String(status, text)
}

// Empty answers a program with a status alone.
func (r *Request) Empty(status int) error {
	r.jsonHeaders()
	r.Header().Del("Content-Type")
	return r.echo.NoContent(status)
}

// Layout answers what every page needs. Asking, when it ran before, puts the
// app's name, its host and its theme on the page.
func (r *Request) Layout() layout.Page {
	words := r.server.spoken.in(r.Lang)
	page := layout.Page{
		Lang: words.Tag, Dir: words.Dir, T: words.T, Assets: assets.URL, RequestID: r.ID,
		Languages: r.switcher(), Request: r.Sealed(), AppName: r.Pool.Name,
	}
	theme := r.Pool.Look()
	if r.asking != nil {
		r.sayWho(&page)
		theme = overlay(theme, r.asking.Client.Look())
	}
	r.dress(&page, theme)
	if r.failing && r.asking != nil {
		page.ReturnURL = r.To("/cancel")
	}
	if r.routed && r.kind == Page && !r.failing {
		page.FormToken = r.formToken()
	}
	if r.again {
		page.Notice, page.Warn = page.T("error.attempt_expired"), true
	}
	return page
}

// sayWho names the app that asked and where it will get its answer.
func (r *Request) sayWho(page *layout.Page) {
	client := r.asking.Client
	if name := client.Said("client_name", r.Lang); name != "" {
		page.AppName = name
	}
	page.AppPolicyURL, page.AppTermsURL = client.Said("policy_uri", r.Lang), client.Said("tos_uri", r.Lang)
	if client.Logo != "" {
		page.AppLogoURL = r.Path("/client-logos/" + client.Logo)
	}
	r.targets = nil
	r.MayPostTo(r.asking.RedirectURI)
	page.ReturnHost = hostOf(r.asking.RedirectURI)
}

// HostOfDocument answers who vouches for a client whose id is the address of its
// metadata: that address's host; "" for any other client.
func HostOfDocument(c *identity.Client) string {
	if c.RegisteredBy != identity.ByDocument {
		return ""
	}
	return hostOf(string(c.ID))
}

// overlay answers the pool's theme with the client's fields over it.
func overlay(pool identity.Theme, client *identity.Theme) identity.Theme {
	if client == nil {
		return pool
	}
	return pool.Over(*client)
}

// hostOf is the host a redirect URI leads to, for people; an app's own scheme has none.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Host
}

// Moment prints a time for a page.
func (r *Request) Moment(at time.Time) layout.Moment {
	return layout.Moment{Machine: at.UTC().Format(time.RFC3339), Words: r.server.spoken.in(r.Lang).DateTime(at.UTC())}
}

// Day prints a day for a page.
func (r *Request) Day(at time.Time) layout.Moment {
	return layout.Moment{Machine: at.UTC().Format(time.RFC3339), Words: r.server.spoken.in(r.Lang).Date(at.UTC())}
}

// Unprocessable is the status of a form that is shown again with errors.
const Unprocessable = http.StatusUnprocessableEntity

// Public answers a document that anybody may keep for a quarter of an hour.
func (r *Request) Public(v any) error { return r.PublicAs("application/json", v) }

// PublicAs is Public for a kind of JSON that has a media type of its own.
func (r *Request) PublicAs(mediaType string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("json: %w", err)
	}
	r.Header().Set("Cache-Control", "public, max-age=900")
	r.jsonHeaders()
	r.Header().Set("Content-Type", mediaType)
	return r.echo.Blob(http.StatusOK, mediaType, raw)
}
