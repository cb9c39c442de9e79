package script

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
	"github.com/evanw/esbuild/pkg/api"
	"github.com/go-sourcemap/sourcemap"

	"poolhouse.dev/identity/trigger"
)

// extensions are those of handlers, in the order in which they are looked for.
var extensions = []string{".ts", ".js", ".mts", ".mjs", ".cts", ".cjs"}

// maxSource bounds a handler with everything it imports, in bytes.
const maxSource = 5 << 20

// bundle is a handler with what it imports, compiled.
type bundle struct {
	program *goja.Program

	mu    sync.Mutex // esbuild reads files at once
	files []string   // every file in it, absolute
}

func (b *bundle) add(file string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.files = append(b.files, file)
}

// entryOf answers the file that a path leads to, and the folder that nothing may
// be imported from above of. In a folder that is TRIGGER.ts, or else index.ts,
// with any of the extensions.
func entryOf(path string, kind trigger.Kind) (file, folder string, err error) {
	if path, err = filepath.Abs(path); err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return "", "", missing(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", "", missing(err)
	}
	if !info.IsDir() {
		if !slices.Contains(extensions, filepath.Ext(path)) {
			return "", "", fmt.Errorf("%s ends in none of %s", filepath.Base(path), strings.Join(extensions, " "))
		}
		return path, filepath.Dir(path), nil
	}
	for _, name := range []string{string(kind), "index"} {
		for _, extension := range extensions {
			file := filepath.Join(path, name+extension)
			if info, err := os.Stat(file); err == nil && !info.IsDir() {
				return file, path, nil
			}
		}
	}
	return "", "", fmt.Errorf("%s has neither %s.ts nor index.ts, nor the same in JavaScript", filepath.Base(path), kind)
}

// Names says that a folder has a handler that is named for a trigger.
func Names(folder string, kind trigger.Kind) bool {
	for _, extension := range extensions {
		if info, err := os.Stat(filepath.Join(folder, string(kind)+extension)); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

// missing leaves out the path of an error of the file system: whoever asked knows it.
func missing(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// compile bundles a handler and compiles it. Its error names file and line of
// every mistake.
func compile(path string, kind trigger.Kind) (*bundle, error) {
	boundRegexps() // those of the handler are compiled with it
	entry, folder, err := entryOf(path, kind)
	if err != nil {
		return nil, err
	}
	b := &bundle{}
	walls := &walls{folder: folder, bundle: b}
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{entry}, Bundle: true, Write: false, Outfile: filepath.Join(folder, "bundle.js"), AbsWorkingDir: folder,
		Platform: api.PlatformNode, Format: api.FormatCommonJS, MainFields: []string{"module", "main"},
		Target: api.ES2022, Supported: map[string]bool{"async-generator": false, "for-await": false, "top-level-await": false},
		Sourcemap: api.SourceMapExternal, SourcesContent: api.SourcesContentExclude, TsconfigRaw: "{}",
		Charset: api.CharsetUTF8, LogLevel: api.LogLevelSilent, LogLimit: 20,
		Banner:  map[string]string{"js": "(function(exports, require, module, __filename, __dirname) {"},
		Footer:  map[string]string{"js": "})"},
		Plugins: []api.Plugin{{Name: "walls", Setup: walls.setup}},
	})
	if len(result.Errors) > 0 {
		return nil, mistakes(result.Errors)
	}
	slices.Sort(b.files)
	b.files = slices.Compact(b.files)
	return b, b.compile(filepath.Base(folder), result.OutputFiles)
}

func (b *bundle) compile(name string, files []api.OutputFile) error {
	var code, lines []byte
	for _, file := range files {
		if strings.HasSuffix(file.Path, ".map") {
			lines = file.Contents
		} else {
			code = file.Contents
		}
	}
	if len(code) > maxSource {
		return fmt.Errorf("the handler with all it imports is larger than %d MiB", maxSource>>20)
	}
	if _, err := sourcemap.Parse("", lines); err != nil {
		lines = nil
	}
	options := parser.WithDisableSourceMaps
	if lines != nil {
		code = append(code, "\n//# sourceMappingURL=bundle.js.map\n"...)
		options = parser.WithSourceMapLoader(func(string) ([]byte, error) { return lines, nil })
	}
	tree, err := goja.Parse(name, string(code), options)
	if err == nil {
		b.program, err = goja.CompileAST(tree, true)
	}
	if err != nil {
		return fmt.Errorf("this cannot be run here: %w", err)
	}
	return nil
}

// mistakes are those of a bundle, each with file, line and column.
func mistakes(all []api.Message) error {
	var lines []string
	for _, m := range all {
		text := m.Text
		if at := m.Location; at != nil {
			text = fmt.Sprintf("%s:%d:%d: %s", at.File, at.Line, at.Column+1, m.Text)
		}
		lines = append(lines, text)
	}
	return errors.New(strings.Join(lines, "; "))
}

// walls keep a bundle within its folder.
type walls struct {
	folder string
	bundle *bundle
}

func (w *walls) setup(build api.PluginBuild) {
	// Modules of Node that are offered here stay calls of require.
	build.OnResolve(api.OnResolveOptions{Filter: `^(node:)?[a-z_/]+$`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
		if name := strings.TrimPrefix(args.Path, "node:"); modules[name] != "" {
			return api.OnResolveResult{Path: name, External: true}, nil
		}
		return api.OnResolveResult{}, nil
	})
	build.OnResolve(api.OnResolveOptions{Filter: `.`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) { return w.resolve(build, args) })
	build.OnLoad(api.OnLoadOptions{Filter: `.`, Namespace: "file"}, w.load)
}

// resolve says what is offered instead where something cannot be imported.
func (w *walls) resolve(build api.PluginBuild, args api.OnResolveArgs) (api.OnResolveResult, error) {
	if args.PluginData == resolving || args.Kind == api.ResolveEntryPoint {
		return api.OnResolveResult{}, nil
	}
	found := build.Resolve(args.Path, api.ResolveOptions{
		Importer: args.Importer, Namespace: args.Namespace, ResolveDir: args.ResolveDir, Kind: args.Kind, PluginData: resolving,
	})
	if len(found.Errors) > 0 || found.External {
		return api.OnResolveResult{}, fmt.Errorf("cannot import %q: handlers import files of their own folder and %s; what is elsewhere is asked with fetch", args.Path, offered())
	}
	if err := w.within(found.Path); err != nil {
		return api.OnResolveResult{}, err
	}
	return api.OnResolveResult{Path: found.Path, Namespace: found.Namespace}, nil
}

// resolving marks a question of resolve itself.
const resolving = "resolving"

// load reads a file of the folder, wherever links lead.
func (w *walls) load(args api.OnLoadArgs) (api.OnLoadResult, error) {
	if err := w.within(args.Path); err != nil {
		return api.OnLoadResult{}, err
	}
	text, err := os.ReadFile(args.Path)
	if err != nil {
		return api.OnLoadResult{}, missing(err)
	}
	w.bundle.add(args.Path)
	contents, loader := string(text), loaderOf(args.Path)
	return api.OnLoadResult{Contents: &contents, Loader: loader, ResolveDir: filepath.Dir(args.Path)}, nil
}

func (w *walls) within(path string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return missing(err)
	}
	if inner, err := filepath.Rel(w.folder, real); err != nil || !filepath.IsLocal(inner) {
		return fmt.Errorf("%s lies outside of the handler's folder", filepath.Base(path))
	}
	info, err := os.Stat(real)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSource {
		return fmt.Errorf("%s is no file of at most %d MiB", filepath.Base(path), maxSource>>20)
	}
	return nil
}

func loaderOf(path string) api.Loader {
	switch filepath.Ext(path) {
	case ".json":
		return api.LoaderJSON
	case ".ts", ".mts", ".cts":
		return api.LoaderTS
	}
	return api.LoaderJS
}
