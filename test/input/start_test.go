package input

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"poolhouse.dev/test/kit"
)

func TestUnknownWords(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct {
		name    string
		args    []string
		phrases []string
	}{
		{"a flag", []string{"serve", "--lisen", "x"}, []string{"--lisen", "--listen"}},
		{"a command", []string{"sevre"}, []string{"sevre", "serve"}},
		{"a word too many", []string{"serve", "now"}, []string{"now"}},
		{"a file that is not there", []string{"serve", "--config", "nowhere.yaml"}, []string{"nowhere.yaml"}},
		{"a storage nobody knows", []string{"serve", "--storage", "mysql://x"}, []string{"storage", "postgres://"}},
		{"an address that is none", []string{"serve", "--listen", "here"}, []string{"here"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, code := kit.Command(t, folder, nil, c.args...)
			wantError(t, out, code, exitUsage, c.phrases...)
		})
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("a refused start left %v behind (%v)", left, err)
	}
}

func TestBadConfiguration(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(kit.Map)
		phrases []string
	}{
		{"a key at the top", func(m kit.Map) { m["listn"] = "x" }, []string{"listn", "listen"}},
		{"a key of a pool", func(m kit.Map) { kit.PoolOf(m)["mfa_configurations"] = "ON" }, []string{"mfa_configurations", "mfa_configuration"}},
		{"a key of a client", func(m kit.Map) { client(m)["callback_url"] = "x" }, []string{"callback_url", "callback_urls"}},
		{"a value of the wrong kind", func(m kit.Map) { kit.PoolOf(m)["clients"] = "web" }, []string{"clients"}},
		{"a public URL that is none", func(m kit.Map) { m["public_url"] = "example.test" }, []string{"public_url"}},
		{"a redirect with a fragment", func(m kit.Map) { client(m)["callback_urls"] = kit.List{"https://a.test/#x"} }, []string{"callback_urls"}},
		{"a scope nobody defined", func(m kit.Map) { client(m)["allowed_oauth_scopes"] = kit.List{"api/write"} }, []string{"allowed_oauth_scopes"}},
		{"a variable that is not set", func(m kit.Map) { client(m)["client_secret"] = "${NO_SUCH_VARIABLE}" }, []string{"NO_SUCH_VARIABLE"}},
		{"a mail transport nobody knows", func(m kit.Map) { m["email"].(kit.Map)["transport"] = "pigeon:coop" }, []string{"email.transport", "smtp://"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := kit.Prepare(t, c.change)
			wantRefusal(t, s, exitUsage, append(c.phrases, "poolhouse.yaml:")...)
			if _, err := os.Stat(filepath.Join(s.Folder, "data")); err == nil {
				t.Error("a refused start made a data folder")
			}
			out, code := s.Command(t, "config", "validate", "--config", "poolhouse.yaml")
			wantError(t, out, code, exitUsage, c.phrases...)
		})
	}
}

func client(m kit.Map) kit.Map { return kit.PoolOf(m)["clients"].(kit.List)[0].(kit.Map) }

func TestConfigurationThatIsNoYAML(t *testing.T) {
	s := kit.Prepare(t)
	for name, text := range map[string]string{
		"tabs":      "pools:\n\t- id: x\n",
		"not UTF-8": "public_url: \xff\xfe\n",
		"twice":     "listen: a:1\nlisten: b:1\n",
	} {
		t.Run(name, func(t *testing.T) {
			write(t, filepath.Join(s.Folder, "poolhouse.yaml"), []byte(text))
			wantRefusal(t, s, exitUsage, "poolhouse.yaml:")
		})
	}
}

// Tests may run as root, whom no mode stops; a file in the folder's place and a
// file system that takes no files stop everybody.
func TestDataFolderThatCannotBeUsed(t *testing.T) {
	for name, make := range map[string]func(t *testing.T, s *kit.Server) string{
		"a file": func(t *testing.T, s *kit.Server) string {
			path := filepath.Join(s.Folder, "file")
			write(t, path, []byte("x"))
			return path
		},
		"below a file": func(t *testing.T, s *kit.Server) string {
			write(t, filepath.Join(s.Folder, "file"), []byte("x"))
			return filepath.Join(s.Folder, "file", "data")
		},
		"not writable": func(*testing.T, *kit.Server) string { return "/proc/self" },
	} {
		t.Run(name, func(t *testing.T) {
			s := kit.Prepare(t)
			path := make(t, s)
			s.Args = []string{"--data", path}
			wantRefusal(t, s, exitFolder, path, "--data")
		})
	}
}

func TestPortInUse(t *testing.T) {
	s := kit.Prepare(t)
	l, err := net.Listen("tcp", s.Address)
	if err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, s, exitListen, s.Address)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	wantAnn(t, s)
}
