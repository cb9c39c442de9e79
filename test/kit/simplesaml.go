package kit

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// SimpleSAML is Debian's SimpleSAMLphp as an identity provider. Its people are
// ann (password annpass), bob (bobpass) and mute (mutepass), for whose address it
// does not vouch.
type SimpleSAML struct {
	process
	SAMLOptions

	URL    string
	folder string
}

// SAMLOptions are what a SimpleSAML does beyond signing its assertions.
type SAMLOptions struct {
	Encrypt      bool // encrypts assertions
	SignResponse bool // signs the response, too
	Validate     bool // refuses requests that are not signed
}

// NewSimpleSAML answers one with an address, that does not run yet.
func NewSimpleSAML(t testing.TB, o SAMLOptions) *SimpleSAML {
	t.Helper()
	return &SimpleSAML{process: process{name: "SimpleSAMLphp"}, SAMLOptions: o, URL: "http://" + FreeAddress(t), folder: t.TempDir()}
}

// MetadataURL answers where its metadata is.
func (p *SimpleSAML) MetadataURL() string { return p.URL + "/saml2/idp/metadata.php" }

// Run starts it. It knows no service provider yet; see Knows.
func (p *SimpleSAML) Run(t testing.TB) {
	t.Helper()
	folderOf(t, filepath.Join(p.folder, "tmp"))
	p.keys(t)
	p.Knows(t, `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>`)
	cmd := exec.Command("php", "-d", "display_errors=stderr", "-S", strings.TrimPrefix(p.URL, "http://"), "-t", filepath.Join(simpleSAML(t), "www"))
	cmd.Env = append(os.Environ(),
		"SIMPLESAMLPHP_CONFIG_DIR="+filepath.Join(Root(t), "test", "federation", "testdata", "simplesaml"),
		"UPSTREAM_URL="+p.URL, "UPSTREAM_FOLDER="+p.folder, "PHP_CLI_SERVER_WORKERS=3",
		"UPSTREAM_ENCRYPT="+strconv.FormatBool(p.Encrypt), "UPSTREAM_SIGN_RESPONSE="+strconv.FormatBool(p.SignResponse),
		"UPSTREAM_VALIDATE="+strconv.FormatBool(p.Validate))
	p.run(t, cmd, p.MetadataURL())
}

// Knows tells it the metadata of its only service provider.
func (p *SimpleSAML) Knows(t testing.TB, metadata string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.folder, "service.xml"), []byte(metadata), 0o600); err != nil {
		t.Fatal(err)
	}
}

// simpleSAML answers where the program is: the system's, or the one that .ci/deps unpacked.
func simpleSAML(t testing.TB) string {
	t.Helper()
	for _, folder := range []string{"/usr/share/simplesamlphp", filepath.Join(Root(t), "bin", "simplesamlphp", "usr", "share", "simplesamlphp")} {
		if _, err := os.Stat(filepath.Join(folder, "www", "_include.php")); err == nil {
			return folder
		}
	}
	t.Fatal("SimpleSAMLphp is not there: run `make deps`")
	return ""
}

// PublishNext has its metadata tell of the next key, too, with which it does not
// sign yet; Roll has it sign with that one, and tell of no other.
func (p *SimpleSAML) PublishNext(t testing.TB) {
	t.Helper()
	p.makeKey(t, "next")
}

// Roll ends a roll-over; see PublishNext.
func (p *SimpleSAML) Roll(t testing.TB) {
	t.Helper()
	for _, kind := range []string{".key", ".crt"} {
		if err := os.Rename(filepath.Join(p.folder, "next"+kind), filepath.Join(p.folder, "idp"+kind)); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *SimpleSAML) keys(t testing.TB) {
	t.Helper()
	p.makeKey(t, "idp")
}

func (p *SimpleSAML) makeKey(t testing.TB, name string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for kind, block := range map[string]*pem.Block{
		".crt": {Type: "CERTIFICATE", Bytes: Certificate(t, key).Raw},
		".key": {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)},
	} {
		if err := os.WriteFile(filepath.Join(p.folder, name+kind), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Certificate answers one that key signed for itself, for an hour.
func Certificate(t testing.TB, key *rsa.PrivateKey) *x509.Certificate {
	t.Helper()
	now := time.Now()
	plan := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "upstream"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	raw, err := x509.CreateCertificate(rand.Reader, plan, plan, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// SignIn signs in on its page, and goes on with its form that posts itself.
func (p *SimpleSAML) SignIn(t testing.TB, b *Browser, name string) {
	t.Helper()
	b.Field(t, "username")
	b.Type(t, "username", name)
	b.Enter(t, "password", name+"pass")
}
