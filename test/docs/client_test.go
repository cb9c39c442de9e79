package docs

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

// clientPage is a page of docs/clients, laid out in a folder as its reader would:
// a block after a paragraph that ends with a `name`: is that file, a block of
// shell is run.
type clientPage struct {
	Server *kit.Server // that poolhouse.yaml of the page makes
	App    string      // where the page's own programs are
	text   string
	folder string
	files  map[string]string // what is written and was not used yet
	shell  []string
	env    []string
}

var (
	fenced = regexp.MustCompile("(?sm)^```([a-z]+)\n(.*?)^```$")
	ending = regexp.MustCompile("`([^`]+)`:$")
	// The page says at which ports the server and the program are; here they are at others.
	serverAt = regexp.MustCompile(`\b8080\b`)
	appAt    = regexp.MustCompile(`\b9000\b`)
)

// read is readPage for docs/clients/NAME.md.
func read(t *testing.T, name string, env ...string) *clientPage {
	t.Helper()
	return readPage(t, "docs/clients/"+name+".md", env...)
}

// readPage lays out a page. The test fails when a block of it is left over at the
// end. env are further variables for what runs.
func readPage(t *testing.T, path string, env ...string) *clientPage {
	t.Helper()
	text, ok := pages(t)[path]
	if !ok {
		t.Fatalf("there is no page %s", path)
	}
	p := &clientPage{Server: kit.Prepare(t), App: "http://" + kit.FreeAddress(t), folder: t.TempDir(), files: map[string]string{}, env: environment(t, env)}
	p.Server.Args, p.Server.Env = []string{"--listen", p.Server.Address}, env
	text = serverAt.ReplaceAllString(text, portOf(p.Server.Address))
	text = appAt.ReplaceAllString(text, portOf(p.App))
	p.text = text
	p.layOut(t)
	t.Cleanup(func() {
		for file := range p.files {
			t.Errorf("%s: nobody uses %s", path, file)
		}
		for _, line := range p.shell {
			t.Errorf("%s: nobody runs\n%s", path, line)
		}
	})
	return p
}

// environment is what the page's commands run in: registries are out of reach,
// what they would bring is here.
func environment(t *testing.T, more []string) []string {
	t.Helper()
	goCommand, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	here := filepath.Join(kit.Root(t), "test", "docs", "testdata")
	return append(append(os.Environ(), more...), "POOLHOUSE="+kit.Root(t), "GO="+goCommand,
		"PATH="+filepath.Join(here, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"),
		"NODE_OPTIONS=--require="+filepath.Join(here, "webcrypto.cjs"))
}

func portOf(address string) string { return address[strings.LastIndex(address, ":")+1:] }

// layOut finds the files and the commands of the page.
func (p *clientPage) layOut(t *testing.T) {
	t.Helper()
	text := p.text
	for _, at := range fenced.FindAllStringSubmatchIndex(text, -1) {
		language, block := text[at[2]:at[3]], text[at[4]:at[5]]
		if language == "sh" {
			p.shell = append(p.shell, block)
			continue
		}
		name := ending.FindStringSubmatch(strings.TrimRight(text[:at[0]], "\n"))
		if name == nil || p.files[name[1]] != "" {
			t.Fatalf("no file of its own is named before the block\n%s", block)
		}
		p.files[name[1]] = block
	}
	if fences := strings.Count(text, "```"); fences != 2*(len(p.files)+len(p.shell)) {
		t.Fatalf("%d fences, but %d blocks were understood", fences, len(p.files)+len(p.shell))
	}
}

// take answers the text of a file that stands on the page.
func (p *clientPage) take(t *testing.T, name string) string {
	t.Helper()
	text, ok := p.files[name]
	if !ok {
		t.Fatalf("the page has no file %s", name)
	}
	delete(p.files, name)
	return text
}

// write puts files of the page where its commands find them.
func (p *clientPage) write(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(p.folder, name), []byte(p.take(t, name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// serve runs `poolhouse serve` with the page's poolhouse.yaml.
func (p *clientPage) serve(t *testing.T) {
	t.Helper()
	text := p.take(t, "poolhouse.yaml")
	if err := os.WriteFile(filepath.Join(p.Server.Folder, "poolhouse.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Server.Run(t)
}

// ann makes an account as the pages tell their reader to.
func (p *clientPage) ann(t *testing.T) {
	t.Helper()
	cmd := exec.Command(kit.Binary(t), "user", "add", ann, "--password-stdin", "--yes")
	cmd.Dir, cmd.Env, cmd.Stdin = p.Server.Folder, p.env, strings.NewReader(kit.AnnPassword+"\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("user add: %v\n%s", err, out)
	}
}

// run runs the page's next commands. With an address it waits until that answers.
func (p *clientPage) run(t *testing.T, ready string) *kit.Program {
	t.Helper()
	if len(p.shell) == 0 {
		t.Fatal("the page has no further commands")
	}
	text := p.shell[0]
	p.shell = p.shell[1:]
	cmd := exec.Command("sh", "-euc", text)
	cmd.Dir, cmd.Env = p.folder, p.env
	return kit.RunProgram(t, cmd, ready)
}

// skip leaves out the next commands, which another test runs.
func (p *clientPage) skip() { p.shell = p.shell[1:] }

// warns fails unless a request below /oauth2 is answered with the words, and the
// page's list of what goes wrong has them.
func (p *clientPage) warns(t *testing.T, request, words string) {
	t.Helper()
	page := kit.NewClient().WithoutRedirects().Open(t, p.Server.URL+"/oauth2/"+request)
	to, err := url.QueryUnescape(page.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	p.says(t, page.Text()+to, words)
}

// says fails unless the words were said, and the page has them.
func (p *clientPage) says(t *testing.T, said, words string) {
	t.Helper()
	if !strings.Contains(said, words) || !strings.Contains(p.text, words) {
		t.Errorf("it says %q; that and the page shall have %q", said, words)
	}
}

// TestEveryClientPageIsRun: a page is in the index, and a test of its own reads it.
func TestEveryClientPageIsRun(t *testing.T) {
	all, found := pages(t), 0
	for path := range all {
		name, ok := strings.CutPrefix(path, "docs/clients/")
		name = strings.TrimSuffix(name, ".md")
		if !ok || name == "README" {
			continue
		}
		found++
		test, err := os.ReadFile("client_" + name + "_test.go")
		if err != nil || !strings.Contains(string(test), `read(t, "`+name+`"`) {
			t.Errorf("client_%s_test.go does not read %s: %v", name, path, err)
		}
		if !strings.Contains(all["docs/clients/README.md"], "("+name+".md)") {
			t.Errorf("docs/clients/README.md does not lead to %s", path)
		}
	}
	if found < 6 {
		t.Errorf("only %d pages were found", found)
	}
}

const ann = "ann@example.test"
