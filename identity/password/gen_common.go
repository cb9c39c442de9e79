//go:build ignore

// Builds common.txt.gz from the two packages that COMMON.md names:
//
//	go run gen_common.go zxcvbn-4.4.2.tgz Django-4.2.16-py3-none-any.whl
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"log"
	"os"
	"regexp"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: go run gen_common.go ZXCVBN.tgz DJANGO.whl")
	}
	words := append(zxcvbn(os.Args[1]), django(os.Args[2])...)
	words = slices.DeleteFunc(words, func(word string) bool { return len(word) < 4 || strings.ToLower(word) != word })
	slices.Sort(words)
	words = slices.Compact(words)
	write("common.txt.gz", strings.Join(words, "\n")+"\n")
	log.Printf("%d passwords", len(words))
}

func zxcvbn(archive string) []string {
	file := must(os.Open(archive))
	defer file.Close()
	source := entry(tar.NewReader(must(gzip.NewReader(file))), "package/lib/frequency_lists.js")
	list := regexp.MustCompile(`passwords:\s*"([^"]*)"`).FindSubmatch(source)
	if list == nil {
		log.Fatal("the list has moved inside ", archive)
	}
	return strings.Split(string(list[1]), ",")
}

func entry(archive *tar.Reader, name string) []byte {
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			log.Fatal("not in the archive: ", name)
		}
		check(err)
		if header.Name == name {
			return must(io.ReadAll(archive))
		}
	}
}

func django(archive string) []string {
	wheel := must(zip.OpenReader(archive))
	defer wheel.Close()
	file := must(wheel.Open("django/contrib/auth/common-passwords.txt.gz"))
	return strings.Fields(string(must(io.ReadAll(must(gzip.NewReader(file))))))
}

func write(path, text string) {
	var packed bytes.Buffer
	out := must(gzip.NewWriterLevel(&packed, gzip.BestCompression))
	must(io.WriteString(out, text))
	check(out.Close())
	check(os.WriteFile(path, packed.Bytes(), 0o644))
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
