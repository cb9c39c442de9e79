package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// files are a certificate and its key, which may be renewed.
type files struct {
	*testing.T
	cert, key string
	now       time.Time
	log       bytes.Buffer
}

func start(t *testing.T) *files {
	f := &files{T: t, cert: filepath.Join(t.TempDir(), "cert.pem"), key: filepath.Join(t.TempDir(), "key.pem"), now: time.Now()}
	f.renew("first")
	return f
}

func (f *files) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *files) renew(name string) {
	f.Helper()
	cert, key := pair(f.T, name, "login.example.test")
	f.must(os.WriteFile(f.cert, cert, 0o600))
	f.must(os.WriteFile(f.key, key, 0o600))
}

func pair(t *testing.T, name string, hosts ...string) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: append(hosts, "mtls.example.test"),
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func (f *files) config(change func(*Options)) *tls.Config {
	f.Helper()
	o := Options{Certificate: f.cert, PrivateKey: f.key, Log: slog.New(slog.NewTextHandler(&f.log, nil)), Now: func() time.Time { return f.now }}
	if change != nil {
		change(&o)
	}
	config, err := Config(o)
	f.must(err)
	return config
}

// dial shakes hands with the server, and answers what both saw.
func (f *files) dial(server *tls.Config, client *tls.Config) (seen, shown tls.ConnectionState, err error) {
	f.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	deadline := time.Now().Add(10 * time.Second)
	f.must(a.SetDeadline(deadline))
	f.must(b.SetDeadline(deadline))
	there := tls.Server(a, server)
	failed := make(chan error, 1)
	go func() {
		err := there.Handshake()
		if err == nil {
			_, err = there.Write([]byte("x")) // a certificate of TLS 1.3 is looked at after the client's end is done
		}
		failed <- err
	}()
	client.InsecureSkipVerify = true // what is shown is read below
	here := tls.Client(b, client)
	if err = here.Handshake(); err == nil {
		_, err = here.Read(make([]byte, 1))
	}
	if err == nil {
		err = <-failed
	}
	return here.ConnectionState(), there.ConnectionState(), err
}

func (f *files) shown(server *tls.Config) string {
	f.Helper()
	seen, _, err := f.dial(server, &tls.Config{ServerName: "login.example.test"})
	f.must(err)
	return seen.PeerCertificates[0].Subject.CommonName
}

func TestACertificateIsReadAgainWhenItChanges(t *testing.T) {
	f := start(t)
	config := f.config(nil)
	f.renew("second-one")
	if got := f.shown(config); got != "first" {
		t.Errorf("shows %q at once", got)
	}
	f.now = f.now.Add(lookEvery)
	if got := f.shown(config); got != "second-one" {
		t.Errorf("shows %q", got)
	}
	f.must(os.WriteFile(f.cert, []byte("half of a certifi"), 0o600))
	f.now = f.now.Add(lookEvery)
	if got := f.shown(config); got != "second-one" || !strings.Contains(f.log.String(), "the one before stays") {
		t.Errorf("shows %q, says %s", got, f.log.String())
	}
	f.must(os.Remove(f.key))
	f.now = f.now.Add(lookEvery)
	if got := f.shown(config); got != "second-one" {
		t.Errorf("shows %q", got)
	}
	f.renew("third-and-last")
	f.now = f.now.Add(lookEvery)
	if got := f.shown(config); got != "third-and-last" {
		t.Errorf("shows %q", got)
	}
}

func TestProtocols(t *testing.T) {
	f := start(t)
	config := f.config(nil)
	seen, _, err := f.dial(config, &tls.Config{NextProtos: []string{"h2", "http/1.1"}})
	if err != nil || seen.Version != tls.VersionTLS13 || seen.NegotiatedProtocol != "h2" {
		t.Errorf("spoke %x %q, %v", seen.Version, seen.NegotiatedProtocol, err)
	}
	if _, _, err := f.dial(config, &tls.Config{MaxVersion: tls.VersionTLS12}); err != nil {
		t.Error("TLS 1.2", err)
	}
	if _, _, err := f.dial(config, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	old := []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA}
	if _, _, err := f.dial(config, &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: old}); err == nil {
		t.Error("CBC is spoken")
	}
}

func TestClientsAreAskedForCertificates(t *testing.T) {
	f := start(t)
	cert, key := pair(t, "client")
	mine, err := tls.X509KeyPair(cert, key)
	f.must(err)
	presented := func(config *tls.Config, name string) int {
		t.Helper()
		_, there, err := f.dial(config, &tls.Config{ServerName: name, Certificates: []tls.Certificate{mine}})
		f.must(err)
		return len(there.PeerCertificates)
	}
	off := f.config(nil)
	every := f.config(func(o *Options) { o.Request = true })
	one := f.config(func(o *Options) { o.Request, o.Host = true, "mtls.example.test" })
	for name, c := range map[string]struct {
		config *tls.Config
		host   string
		want   int
	}{
		"off": {off, "login.example.test", 0}, "of everybody": {every, "login.example.test", 1},
		"by another name": {one, "login.example.test", 0}, "by the name for it": {one, "MTLS.example.test", 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := presented(c.config, c.host); got != c.want {
				t.Errorf("%d certificates", got)
			}
		})
	}
	t.Run("whoever has none comes in", func(t *testing.T) {
		if _, _, err := f.dial(every, &tls.Config{ServerName: "login.example.test"}); err != nil {
			t.Error(err)
		}
	})
}

func TestAuthorities(t *testing.T) {
	f := start(t)
	log, now := slog.New(slog.NewTextHandler(&f.log, nil)), func() time.Time { return f.now }
	read, err := Authorities(f.cert, log, now)
	f.must(err)
	first := read()
	f.renew("another")
	f.now = f.now.Add(lookEvery)
	if read().Equal(first) {
		t.Error("the file has changed, and nobody looked")
	}
	for name, file := range map[string]string{"a key": f.key, "no file": filepath.Join(t.TempDir(), "none")} {
		if _, err := Authorities(file, log, now); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestAPairThatDoesNotBelongTogether(t *testing.T) {
	f := start(t)
	other := start(t)
	if _, err := Config(Options{Certificate: f.cert, PrivateKey: other.key, Now: time.Now}); err == nil {
		t.Error("taken")
	}
}

func TestTheCertificateFitsTheNameThatTheClientComesBy(t *testing.T) {
	f := start(t)
	cert, key := pair(t, "shop", "auth.shop.test")
	files := [2]string{filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")}
	f.must(os.WriteFile(files[0], cert, 0o600))
	f.must(os.WriteFile(files[1], key, 0o600))
	config := f.config(func(o *Options) { o.More = [][2]string{files} })
	for name, want := range map[string]string{"auth.shop.test": "shop", "login.example.test": "first", "evil.test": "first", "": "first"} {
		seen, _, err := f.dial(config, &tls.Config{ServerName: name})
		f.must(err)
		if got := seen.PeerCertificates[0].Subject.CommonName; got != want {
			t.Errorf("for %q it shows %q", name, got)
		}
	}
}
