package cognito

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/evanw/esbuild/pkg/api"

	"poolhouse.dev/test/kit"
)

// bundle puts a program of testdata and npm's modules into one file, as apps do.
// With other names for modules it can be written for one version and get another.
func bundle(t testing.TB, name, module string, page bool, alias map[string]string) string {
	t.Helper()
	nodeModules(t, module)
	out := filepath.Join(t.TempDir(), name)
	options := api.BuildOptions{
		EntryPoints: []string{filepath.Join("testdata", name)}, Outfile: out, Bundle: true, Write: true, Alias: alias,
		Platform: api.PlatformNode, Format: api.FormatCommonJS, LogLevel: api.LogLevelSilent,
		NodePaths: []string{filepath.Join(kit.Root(t), "test", "node_modules")},
	}
	if page {
		options.Platform, options.Format, options.Define = api.PlatformBrowser, api.FormatIIFE, map[string]string{"global": "globalThis"}
	}
	if got := api.Build(options); len(got.Errors) > 0 {
		t.Fatalf("%s cannot be bundled: %s", name, got.Errors[0].Text)
	}
	if _, err := os.Stat(out); err != nil {
		t.Fatal(err)
	}
	return out
}
