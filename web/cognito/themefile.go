package cognito

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"mime"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
	"poolhouse.dev/views/theme"
)

// MaxAsset bounds a theme's file (security baseline: images 512 KiB); as base64
// it stays below what the store takes.
const MaxAsset = 512 << 10

// themeFileRecord is a theme's file in the store. Its name is its content's
// hash, so that it never changes and may be cached for good.
type themeFileRecord struct {
	Hash        string `json:"sha256"`
	ContentType string `json:"content_type"`
	Body        []byte `json:"body"`
}

var themeFiles = storage.Collection[themeFileRecord]{
	Name: "theme_file", Format: 1,
	ID: func(f *themeFileRecord) []any { return []any{f.Hash} },
}

// ThemeFiles keeps the files that themes name by the SHA-256 of their content.
type ThemeFiles struct{ Store storage.Store }

// ThemeFile answers a file. Files are shared by all pools: whoever knows the
// hash of a file has its content already.
func (t *ThemeFiles) ThemeFile(ctx context.Context, _ identity.PoolID, hash string) ([]byte, string, error) {
	var found themeFileRecord
	err := t.Store.View(ctx, func(r storage.Reader) (err error) {
		found, err = themeFiles.Get(r, hash)
		return err
	})
	return found.Body, found.ContentType, err
}

// put stores a file and refuses one that is not what its hash says.
func (t *ThemeFiles) put(ctx context.Context, a Asset) error {
	sum := sha256.Sum256(a.Body)
	if hex.EncodeToString(sum[:]) != a.Hash {
		return invalid("Assets", "hold a file that is not what its hash says")
	}
	if len(a.Body) > MaxAsset {
		return invalid("Assets", "hold a file larger than 512 KiB")
	}
	if err := paints(&a); err != nil {
		return invalid("Assets", "hold a file that cannot be used: "+err.Error())
	}
	return t.Store.Update(ctx, func(w storage.Writer) error {
		_, err := themeFiles.Get(w, a.Hash)
		if !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		return themeFiles.Put(w, themeFileRecord(a))
	})
}

var errNoTheme = errors.New("it is neither CSS nor a picture")

// paints says why a file is nothing that a theme may name.
func paints(a *Asset) error {
	kind, _, err := mime.ParseMediaType(a.ContentType)
	switch {
	case err != nil:
		return errNoTheme
	case kind == "text/css":
		return theme.CheckCSS(a.Body)
	case !strings.HasPrefix(kind, "image/"):
		return errNoTheme
	}
	return nil
}
