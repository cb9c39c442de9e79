package kit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Apache is Debian's Apache with mod_auth_openidc before every page below
// /private, which shows who signed in.
type Apache struct {
	process

	URL string
}

// modules are where Debian puts Apache's, and where `make deps` unpacks one.
func modules(t testing.TB, name string) string {
	t.Helper()
	const folder = "usr/lib/apache2/modules"
	for _, root := range []string{"/", filepath.Join(Root(t), "bin", "apache")} {
		if path := filepath.Join(root, folder, name); exists(path) {
			return path
		}
	}
	t.Fatalf("Apache has no %s (run `make deps`)", name)
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// NewApache answers one with an address, that does not run yet. Its redirect URI
// is URL + /private/callback.
func NewApache(t testing.TB) *Apache {
	t.Helper()
	return &Apache{process: process{name: "apache2"}, URL: "http://" + FreeAddress(t)}
}

// Run starts it as a client of the issuer. settings are further lines of its configuration.
func (a *Apache) Run(t testing.TB, issuer, client, secret, settings string) {
	t.Helper()
	folder := t.TempDir()
	pages := folderOf(t, filepath.Join(folder, "pages", "private"))
	text := fmt.Sprintf("ServerRoot %q\nPidFile %q\nServerName localhost\nListen %s\nErrorLog /dev/stderr\nLogLevel warn\nDefaultRuntimeDir %q\n",
		folder, filepath.Join(folder, "pid"), a.URL[len("http://"):], folder)
	for _, m := range []string{"mpm_prefork", "authn_core", "authz_core", "authz_user", "dir", "mime", "include", "auth_openidc"} {
		text += fmt.Sprintf("LoadModule %s_module %q\n", m, modules(t, "mod_"+m+".so"))
	}
	text += fmt.Sprintf(`TypesConfig /dev/null
DocumentRoot %q
<Directory %q>
	Options +Includes
	Require all granted
</Directory>
AddType text/html .html
AddOutputFilter INCLUDES .html
DirectoryIndex index.html
OIDCProviderMetadataURL %s/.well-known/openid-configuration
OIDCClientID %s
OIDCClientSecret %s
OIDCRedirectURI %s/private/callback
OIDCCryptoPassphrase passphrase-of-the-test
OIDCScope "openid email"
OIDCPassClaimsAs environment
%s
<Location /private>
	AuthType openid-connect
	Require valid-user
</Location>
`, filepath.Dir(pages), filepath.Dir(pages), issuer, client, secret, a.URL, settings)
	page := `<!doctype html><html lang=en><title>Private</title><h1>Private</h1><p>You are <!--#echo var="OIDC_CLAIM_email" -->, <!--#echo var="OIDC_CLAIM_sub" -->.</p>`
	for path, content := range map[string]string{
		filepath.Join(pages, "index.html"): page, filepath.Join(folder, "apache.conf"): text,
		filepath.Join(folder, "pages", "index.html"): "<!doctype html><html lang=en><title>Public</title><h1>You are signed out</h1>",
	} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	libraries, err := filepath.Glob(filepath.Join(Root(t), "bin", "apache", "usr", "lib", "*-linux-gnu"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/usr/sbin/apache2", "-X", "-f", filepath.Join(folder, "apache.conf"))
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+strings.Join(libraries, ":"))
	a.run(t, cmd, a.URL+"/")
}
