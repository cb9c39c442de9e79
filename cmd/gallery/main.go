// Command gallery renders every page in every state, theme and language with
// canned props to static HTML. It is where the look is designed, pictures come
// from, and accessibility is checked.
//
//	go run ./cmd/gallery [-out bin/gallery]
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/a-h/templ"

	"poolhouse.dev/assets"
	"poolhouse.dev/views/layout"
)

func main() {
	out := flag.String("out", "bin/gallery", "folder to write to")
	flag.Parse()
	n, err := build(*out)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gallery:", err)
		os.Exit(1)
	}
	fmt.Printf("%d pages; open %s\n", n, filepath.Join(*out, "index.html"))
}

// build writes everything below out and answers how many pages there are.
func build(out string) (int, error) {
	if err := writeAssets(out); err != nil {
		return 0, err
	}
	n := 0
	for _, l := range looks() {
		for _, s := range shots() {
			if err := write(out, l.file(s), s.render(l.page(s))); err != nil {
				return n, err
			}
			n++
		}
	}
	m, err := writeMails(out)
	if err != nil {
		return n, err
	}
	return n + m, write(out, "index.html", index(indexPage(), looks(), shots(), mailLinks()))
}

func write(out, name string, page templ.Component) error {
	var b bytes.Buffer
	if err := page.Render(context.Background(), &b); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return save(filepath.Join(out, name), b.Bytes())
}

func save(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

func writeAssets(out string) error {
	for _, name := range assets.Names() {
		f, ok := assets.Lookup(filepath.Base(assets.URL(name)))
		if !ok {
			return fmt.Errorf("no asset %s", name)
		}
		if err := save(filepath.Join(out, "assets", name), f.Body); err != nil {
			return err
		}
	}
	if err := save(filepath.Join(out, "assets", "sand.css"), assets.Themed(sand.CSS()).Body); err != nil {
		return err
	}
	if err := save(filepath.Join(out, "assets", "logo.svg"), []byte(logo("#3a2b12"))); err != nil {
		return err
	}
	if err := save(filepath.Join(out, "assets", "portrait.svg"), []byte(portrait)); err != nil {
		return err
	}
	return save(filepath.Join(out, "assets", "logo-dark.svg"), []byte(logo("#f3e3c3")))
}

func indexPage() layout.Page {
	en := assets.Catalogues().For("en")
	return layout.Page{Lang: "en", T: en.T, AppName: "Poolhouse", Assets: func(name string) string { return "assets/" + name }}
}
