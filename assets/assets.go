// Package assets holds what pages load and say: stylesheet, script, icon and
// the catalogues of messages. Everything is embedded; nothing here knows HTTP.
//
// A file is served under a name that holds a hash of its content, so that it
// can be kept for ever and a new version is a new name.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
)

//go:embed css/*.css js/*.js icons/*.svg
var embedded embed.FS

// Prefix is where files are served.
const Prefix = "/assets/"

// File is one file as it is served.
type File struct {
	Name        string // with the hash: app.Zx3….css
	ContentType string
	Body        []byte

	once   sync.Once
	packed []byte
}

// Gzip answers the body compressed, or nil when that is not smaller. It is
// compressed when first asked for.
func (f *File) Gzip() []byte {
	f.once.Do(func() {
		var b bytes.Buffer
		w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return
		}
		if _, err := w.Write(f.Body); err != nil || w.Close() != nil {
			return
		}
		if b.Len() < len(f.Body) {
			f.packed = b.Bytes()
		}
	})
	return f.packed
}

// set is the embedded files, by plain name and by hashed name.
type set struct {
	plain, hashed map[string]*File
}

var files = sync.OnceValue(load)

func load() set {
	s := set{plain: map[string]*File{}, hashed: map[string]*File{}}
	for _, name := range paths() {
		body, err := embedded.ReadFile(name)
		if err != nil {
			panic("assets: " + err.Error()) // go:embed has put it there
		}
		f := New(path.Base(name), minify(name, body))
		s.plain[path.Base(name)], s.hashed[f.Name] = f, f
	}
	return s
}

// paths lists the embedded files.
func paths() []string {
	all, err := fs.Glob(embedded, "*/*")
	if err != nil {
		panic("assets: " + err.Error()) // the pattern is well formed
	}
	return all
}

// Names lists all files by their plain names.
func Names() []string {
	all := paths()
	for i, name := range all {
		all[i] = path.Base(name)
	}
	return all
}

func minify(name string, body []byte) []byte {
	switch path.Ext(name) {
	case ".css":
		return minifyCSS(body)
	case ".js":
		return minifyJS(body)
	}
	return body
}

// New answers content as a file under a name with its hash.
func New(name string, body []byte) *File {
	sum := sha256.Sum256(body)
	base, ext := strings.TrimSuffix(name, path.Ext(name)), path.Ext(name)
	hash := base64.RawURLEncoding.EncodeToString(sum[:12])
	return &File{Name: base + "." + hash + ext, ContentType: types[ext], Body: body}
}

var types = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// URL answers where the file with this plain name is served. An unknown name
// is a mistake in the program, and panics.
func URL(name string) string {
	f, ok := files().plain[name]
	if !ok {
		panic(fmt.Sprintf("assets: no file %q", name))
	}
	return Prefix + f.Name
}

// Lookup answers the file served under a hashed name.
func Lookup(hashed string) (*File, bool) {
	f, ok := files().hashed[hashed]
	return f, ok
}

// Themed answers the stylesheet of a pool as one file: app.css, and after it
// the rules of its theme. One file, because each further one costs a request
// before anything is shown.
func Themed(rules ...string) *File {
	body := append([]byte(nil), files().plain["app.css"].Body...)
	for _, r := range rules {
		body = append(append(body, '\n'), r...)
	}
	return New("app.css", body)
}
