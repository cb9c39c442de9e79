package web

import (
	"net/http"
	"strings"

	"golang.org/x/text/language"

	"poolhouse.dev/assets"
)

// spoken are the languages pages are written in, with their words.
type spoken struct {
	matcher    language.Matcher
	tags       []language.Tag
	localizers []*assets.Localizer
}

func newSpoken() (s spoken) {
	all := assets.Catalogues()
	for _, l := range all.Languages() {
		s.tags = append(s.tags, language.MustParse(l.Tag))
		s.localizers = append(s.localizers, all.For(l.Tag))
	}
	s.matcher = language.NewMatcher(s.tags)
	return s
}

// Languages answers the languages that pages are written in (BCP 47).
func (s *Server) Languages() (all []string) {
	for _, tag := range s.spoken.tags {
		all = append(all, tag.String())
	}
	return all
}

// in answers the words of a language pages are written in.
func (s *spoken) in(tag language.Tag) *assets.Localizer {
	for i, one := range s.tags {
		if one == tag {
			return s.localizers[i]
		}
	}
	return s.localizers[0]
}

// T answers a message in the language of the request.
func (r *Request) T(id string, data ...any) string {
	return r.server.spoken.in(r.Lang).T(id, data...)
}

// asset answers one of our own files. Its name holds a hash of its content.
func (s *Server) asset(r *Request) error {
	file, ok := assets.Lookup(r.echo.Param("file"))
	if !ok {
		return notFound(nil)
	}
	return r.file(file, immutable)
}

// file answers a file, packed when the browser can unpack it.
func (r *Request) file(f *assets.File, cache string) error {
	r.Header().Set("Cache-Control", cache)
	r.Header().Set("Vary", "Accept-Encoding")
	body := f.Body
	if packed := f.Gzip(); packed != nil && acceptsGzip(r.HTTP()) {
		r.Header().Set("Content-Encoding", "gzip")
		body = packed
	}
	return r.echo.Blob(http.StatusOK, f.ContentType, body)
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3): gzip listed, and not with weight 0.
func acceptsGzip(req *http.Request) bool {
	for _, one := range strings.Split(req.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(one), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q := strings.ReplaceAll(weight, " ", "")
			return q != "q=0" && !strings.HasPrefix(q, "q=0.0")
		}
	}
	return false
}
