package config

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"poolhouse.dev/web/cognito"
)

// maxFile bounds the file; the largest sensible one is a few kilobytes.
const maxFile = 1 << 20

// Parsed is a file with the lines its keys stand on.
type Parsed struct {
	File
	Name   string
	lines  map[string]int
	assets map[string]cognito.Asset // theme files by the path that names them
	beside map[string]string        // files that provider_details name, by "@path"
}

// Parse reads the text of a file called name. env looks up the variables that
// ${NAME} names. The error is a Problems with every mistake found.
func Parse(name string, text []byte, env func(string) (string, bool)) (*Parsed, error) {
	root, problem := document(name, text)
	if problem != nil {
		return nil, Problems{*problem}
	}
	d := &decoder{name: name, env: env, lines: map[string]int{}}
	parsed := &Parsed{Name: name, lines: d.lines, assets: map[string]cognito.Asset{}, beside: map[string]string{}}
	if root != nil {
		d.value(root, reflect.ValueOf(&parsed.File).Elem(), "")
	}
	return parsed, d.problems.err()
}

// Line answers the line of a key such as pools[0].clients[1].callback_urls, or
// of the nearest key around it.
func (p *Parsed) Line(path string) int {
	for path != "" {
		if line, ok := p.lines[path]; ok {
			return line
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			break
		}
		path = path[:cut]
	}
	return 0
}

// Set says that the file sets the key itself.
func (p *Parsed) Set(path string) bool {
	_, ok := p.lines[path]
	return ok
}

func document(name string, text []byte) (*yaml.Node, *Problem) {
	if len(text) > maxFile {
		return nil, &Problem{File: name, Text: "the file is larger than 1 MiB", Fix: "is it the right file?"}
	}
	if !utf8.Valid(text) {
		return nil, &Problem{File: name, Line: badLine(text), Text: "the text is not UTF-8", Fix: "save the file as UTF-8"}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var doc, second yaml.Node
	err := decoder.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, syntax(name, err)
	}
	if err := decoder.Decode(&second); err == nil {
		return nil, &Problem{File: name, Line: second.Line, Text: "a second document begins here", Fix: "remove the --- line or move it to its own file"}
	} else if !errors.Is(err, io.EOF) {
		return nil, syntax(name, err)
	}
	return content(&doc), nil
}

// content unwraps the document; a file of comments alone has no content.
func content(doc *yaml.Node) *yaml.Node {
	if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		return nil
	}
	return doc.Content[0]
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

func syntax(name string, err error) *Problem {
	p := &Problem{File: name, Text: "not valid YAML: " + err.Error(), Fix: "check indentation, colons and quotes there"}
	if m := yamlLine.FindStringSubmatch(strings.SplitN(err.Error(), "\n", 2)[0]); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		p.Text = "not valid YAML: " + m[2]
	}
	return p
}

func badLine(text []byte) int {
	line := 1
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			return line
		}
		if r == '\n' {
			line++
		}
		text = text[size:]
	}
	return line
}
