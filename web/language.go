package web

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/text/language"

	"poolhouse.dev/views/layout"
)

// chooseLanguage decides the language of a page: what the URL asks (lang,
// Cognito; ui_locales, OpenID Connect Core §3.1.2.1), what this browser chose
// before, what it prefers, the pool's default.
func (r *Request) chooseLanguage() {
	r.keepLanguage()
	var asked []string
	asked = append(asked, r.Arg("lang"), r.Arg("ui_locales"))
	if r.Ask != nil {
		asked = append(asked, r.Ask.Query.Get("lang"), r.Ask.Query.Get("ui_locales"), r.Ask.Langs)
	}
	asked = append(asked, r.Cookie(LangCookie))
	for _, spaced := range asked {
		wishes := strings.Fields(spaced)
		for _, name := range wishes[:min(len(wishes), mostWishes)] {
			if tag, ok := r.server.supports(name); ok {
				r.Lang = tag
				return
			}
		}
	}
	if tag, ok := r.server.accepts(r.HTTP().Header.Get("Accept-Language")); ok {
		r.Lang = tag
		return
	}
	r.Lang, _ = r.server.supports(r.Pool.DefaultLanguage)
}

// speak chooses among the languages that only the pushed or signed parameters of a
// request name, as chooseLanguage would have.
func (r *Request) speak(locales []string) {
	if r.Ask != nil && !r.Ask.Query.Has("ui_locales") && r.Ask.Langs == "" {
		r.Ask.Langs = strings.Join(locales, " ")
		r.chooseLanguage()
	}
}

// mostWishes is how many languages of a list are tried: thousands fit into a
// query, and each is held against all that pages are written in.
const mostWishes = 10

// keepLanguage remembers what the URL asks, as Cognito does: the pages that
// follow keep to it.
func (r *Request) keepLanguage() {
	tag, ok := r.server.supports(r.Arg("lang"))
	if ok && r.kind == Page && r.HTTP().Method == http.MethodGet && r.Cookie(LangCookie) != tag.String() {
		r.SetCookie(LangCookie, tag.String(), langLife)
	}
}

// supports answers the language to show for a name; English and false when
// there is nothing like it.
func (s *Server) supports(name string) (language.Tag, bool) {
	tag, err := language.Parse(name)
	if err != nil || len(name) > 35 {
		return language.English, false
	}
	return s.match(tag)
}

func (s *Server) accepts(header string) (language.Tag, bool) {
	tags, _, err := language.ParseAcceptLanguage(shorten(header, 512))
	if err != nil || len(tags) == 0 {
		return language.English, false
	}
	return s.match(tags...)
}

func (s *Server) match(tags ...language.Tag) (language.Tag, bool) {
	_, i, confidence := s.spoken.matcher.Match(tags...)
	if confidence < language.High {
		return language.English, false
	}
	return s.spoken.tags[i], true
}

// switcher lists this page in every language.
func (r *Request) switcher() []layout.Language {
	var all []layout.Language
	for _, l := range r.server.spoken.localizers {
		query := url.Values{"lang": {l.Tag}, "to": {r.here()}}
		all = append(all, layout.Language{Tag: l.Tag, Name: l.Name, Dir: l.Dir, Href: r.Path("/language") + "?" + query.Encode()})
	}
	return all
}

// here is the path and query that show this page again.
func (r *Request) here() string {
	query := r.HTTP().URL.Query()
	if sealed := r.Sealed(); sealed != "" {
		query.Set(RequestField, sealed)
	}
	if name := r.Form.Get("username"); name != "" {
		query.Set("username", name) // what was typed, on the pages that ask for it
	}
	path := r.page
	if path == "" {
		path = r.HTTP().URL.Path // no route matched
	}
	if elsewhere(path) {
		path = r.Path("/")
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// chooseFor is GET /language: it remembers the choice and leads back. It works
// without scripts, and as a link, because it changes only how pages look.
func (r *Request) chooseFor() error {
	query, err := r.Query()
	if err != nil {
		return err
	}
	if tag, ok := r.server.supports(query.Get("lang")); ok {
		r.SetCookie(LangCookie, tag.String(), langLife)
	}
	return r.See(r.withoutLanguage(localPath(query.Get("to"))))
}

// localPath answers a path of this host with its query; "/" for anything that
// a browser might read as another host.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Opaque != "" || u.User != nil {
		return "/"
	}
	if elsewhere(u.Path) {
		return "/"
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
}

// elsewhere says that a browser may take a path for another host.
func elsewhere(path string) bool {
	return !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\x00\r\n\t")
}

// withoutLanguage takes the wish for a language out of the page's request: the
// choice just made comes after it.
func (r *Request) withoutLanguage(to string) string {
	u, err := url.Parse(to)
	if err != nil {
		return "/"
	}
	query := u.Query()
	query.Del("lang")
	query.Del("ui_locales")
	if asked := r.unseal(query.Get(RequestField)); asked != nil && asked.Query != nil {
		asked.Query.Del("lang")
		asked.Query.Del("ui_locales")
		query.Set(RequestField, r.seal(asked))
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// perPool are the routes of this package that every pool has.
func (s *Server) perPool() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/language", Handle: (*Request).chooseFor},
		{Method: http.MethodGet, Path: "/.well-known/change-password", Handle: changePassword},
		{Method: http.MethodGet, Path: "/.well-known/passkey-endpoints", Kind: Document, Handle: passkeyEndpoints},
		{Method: http.MethodGet, Path: "/.well-known/webauthn", Kind: Document, Handle: relatedOrigins},
		{Method: http.MethodGet, Path: "/assets/theme/file/:file", Kind: Asset, Handle: (*Request).uploaded},
		{Method: http.MethodGet, Path: "/assets/theme/:client/:file", Kind: Asset, Handle: (*Request).stylesheet},
	}
}
