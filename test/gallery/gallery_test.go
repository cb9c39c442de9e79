// Package gallery looks at every page of the gallery with a browser: in the
// longest language and in one that runs right to left, on the narrowest phone.
package gallery

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"poolhouse.dev/test/kit"
)

var pictures = flag.String("pictures", "", "folder that the documentation's pictures are written to")

// render renders the gallery and serves it.
func render(t *testing.T) (folder, address string) {
	t.Helper()
	folder = t.TempDir()
	cmd := exec.Command("go", "run", "./cmd/gallery", "-out", folder)
	cmd.Dir = kit.Root(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files := http.FileServer(http.Dir(folder))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/pair.html":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, pair)
		default:
			files.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return folder, server.URL
}

// pair shows the sign-in page in both schemes, side by side.
const pair = `<!doctype html><title>Sign in</title><link rel=icon href=data:,>
<style>body{margin:0;display:flex}iframe{border:0;width:480px;height:700px}</style>
<iframe src="/plain-light-en/signin-hint.html"></iframe><iframe src="/plain-dark-en/signin-hint.html"></iframe>`

func TestPagesFitThePhone(t *testing.T) {
	folder, address := render(t)
	b := kit.NewBrowser(t, address)
	b.Look(t, 320, 640, "light")
	b.WithoutScript(t) // some pages go on by themselves
	seen := 0
	for _, look := range []string{"plain-light-pseudo", "sand-dark-ar"} {
		files, err := filepath.Glob(filepath.Join(folder, look, "*.html"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			seen++
			page := look + "/" + filepath.Base(file)
			b.Open(t, address+"/"+page)
			if strings.HasPrefix(filepath.Base(file), "demo") || strings.HasPrefix(filepath.Base(file), "mailbox") {
				continue // pages of `poolhouse dev`, for a desk
			}
			if got := kit.Ask(t, b, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); got > 320 {
				t.Errorf("%s is %d pixels wide on a phone of 320", page, got)
			}
		}
	}
	if seen < 60 {
		t.Errorf("only %d pages were found", seen)
	}
}

func TestPictures(t *testing.T) {
	_, address := render(t)
	b := kit.NewBrowser(t, address)
	b.Look(t, 960, 700, "light")
	b.Open(t, address+"/pair.html")
	b.Shot(t, "pair")
	if *pictures == "" {
		return
	}
	png, err := os.ReadFile(filepath.Join(kit.Root(t), "bin", "screens", "pair.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(*pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*pictures, "sign-in.png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}
