// Package certs reads certificates from files and reads them again when the files
// change, so that whoever renews them need not restart the server.
package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// lookEvery is how often the files are looked at, at most.
const lookEvery = 5 * time.Second

// watched is what files say. What cannot be read leaves what was read before.
type watched[T any] struct {
	files []string
	read  func() (T, error)
	log   *slog.Logger
	now   func() time.Time

	mu     sync.Mutex
	value  T
	seen   []stamp
	looked time.Time
}

// stamp tells one state of a file from another.
type stamp struct {
	at   time.Time
	size int64
}

func watch[T any](log *slog.Logger, now func() time.Time, read func() (T, error), files ...string) (*watched[T], error) {
	w := &watched[T]{files: files, read: read, log: log, now: now, looked: now()}
	w.seen = w.stamps()
	var err error
	w.value, err = read()
	return w, err
}

func (w *watched[T]) stamps() []stamp {
	all := make([]stamp, len(w.files))
	for i, file := range w.files {
		if info, err := os.Stat(file); err == nil {
			all[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return all
}

// current answers what the files say now, or said when they could last be read.
func (w *watched[T]) current() T {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now().Sub(w.looked) < lookEvery {
		return w.value
	}
	w.looked = w.now()
	stamps := w.stamps()
	if slices.Equal(stamps, w.seen) {
		return w.value
	}
	w.seen = stamps // a file that is half written changes once more
	value, err := w.read()
	if err != nil {
		w.log.Warn("a certificate has changed and cannot be used; the one before stays", "files", strings.Join(w.files, " "), "error", err)
		return w.value
	}
	w.log.Info("a certificate has changed and is in use", "files", strings.Join(w.files, " "))
	w.value = value
	return value
}

// Options set up what the server shows and asks for.
type Options struct {
	Certificate, PrivateKey string // PEM files; the certificate's with its chain
	// More are certificates for further names, each with its key: the first that fits
	// the name a client comes by is shown to it, else the one above.
	More [][2]string
	// Request asks clients for a certificate: of everybody, or, with Host, of those
	// who come by that name. None is refused here: who it belongs to is decided where
	// it is used.
	Request bool
	Host    string
	Log     *slog.Logger
	Now     func() time.Time
}

// suites are those of TLS 1.2 that BCP 195 (RFC 9325 §4.2) recommends; TLS 1.3 has no
// others than good ones.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// Config answers a TLS configuration: version 1.2 and up, HTTP/2, the certificate as
// it stands in the files at the time of each connection.
func Config(o Options) (*tls.Config, error) {
	show, err := shown(o)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{
		MinVersion: tls.VersionTLS12, CipherSuites: suites, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: show,
	}
	if !o.Request {
		return config, nil
	}
	asking := config.Clone()
	asking.ClientAuth = tls.RequestClientCert
	if o.Host == "" {
		return asking, nil
	}
	// A session that was begun under one name is not taken up under the other: a
	// certificate is asked for anew.
	config.SessionTicketsDisabled, asking.SessionTicketsDisabled = true, true
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if strings.EqualFold(strings.TrimSuffix(hello.ServerName, "."), o.Host) {
			return asking, nil
		}
		return nil, nil
	}
	return config, nil
}

// shown answers what chooses the certificate of a connection.
func shown(o Options) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	var all []*watched[*tls.Certificate]
	for _, files := range append([][2]string{{o.Certificate, o.PrivateKey}}, o.More...) {
		pair, err := watch(o.Log, o.Now, func() (*tls.Certificate, error) { return Pair(files[0], files[1]) }, files[0], files[1])
		if err != nil {
			return nil, err
		}
		all = append(all, pair)
	}
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		for _, pair := range all[1:] {
			if one := pair.current(); hello.ServerName != "" && hello.SupportsCertificate(one) == nil {
				return one, nil
			}
		}
		return all[0].current(), nil
	}, nil
}

// Pair reads a certificate and its key, and holds that they belong together.
func Pair(certificate, key string) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	return &pair, nil
}

// Authorities answers a function that reads those who vouch for clients, as they
// stand in the file when it is called.
func Authorities(file string, log *slog.Logger, now func() time.Time) (func() *x509.CertPool, error) {
	w, err := watch(log, now, func() (*x509.CertPool, error) { return Pool(file) }, file)
	if err != nil {
		return nil, err
	}
	return w.current, nil
}

var errNoCertificate = errors.New("no certificate in PEM is in it")

// Pool reads certificates in PEM.
func Pool(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errNoCertificate
	}
	return pool, nil
}
