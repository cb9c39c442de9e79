//go:build unix

package oauth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"net/url"
	"syscall"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth/keys"
)

var algorithms = []string{keys.RS256, keys.ES256, keys.EdDSA}

// bare answers a function that makes one signature and nothing else.
func bare(b *testing.B, alg string) func() {
	b.Helper()
	digest := sha256.Sum256([]byte("a token"))
	sign := func(signer crypto.Signer, err error, text []byte, opts crypto.SignerOpts) func() {
		if err != nil {
			b.Fatal(err)
		}
		return func() {
			if _, err := signer.Sign(rand.Reader, text, opts); err != nil {
				b.Fatal(err)
			}
		}
	}
	switch alg {
	case keys.RS256:
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		return sign(key, err, digest[:], crypto.SHA256)
	case keys.ES256:
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		return sign(key, err, digest[:], crypto.SHA256)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return sign(key, err, digest[:], crypto.Hash(0))
}

// beside runs a bare signature after each run of fn, so that both meet the same
// machine, and reports what fn costs in signatures. It counts CPU of the whole
// process, garbage collection included, and so holds on a busy machine too.
func beside(b *testing.B, alg string, signatures float64, fn func()) {
	b.Helper()
	one := bare(b, alg)
	one()
	fn()
	var ours, theirs time.Duration
	for b.Loop() {
		begun := cpu(b)
		fn()
		middle := cpu(b)
		one()
		ours += middle - begun
		theirs += cpu(b) - middle
	}
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N), "cpu-ns/token")
	b.ReportMetric(float64(theirs.Nanoseconds())/float64(b.N), "cpu-ns/signature")
	b.ReportMetric(float64(ours)/(float64(theirs)*signatures), "x-bare")
}

// cpu answers the CPU time that the process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkClientCredentials: the budget for RS256 is 1.25 times the bare
// RSA-2048 signature (design, section 7).
func BenchmarkClientCredentials(b *testing.B) {
	for _, alg := range algorithms {
		b.Run(alg, func(b *testing.B) {
			k := start(b)
			k.change(machine, func(c *identity.Client) { c.SigningAlg = alg })
			body := url.Values{"grant_type": {"client_credentials"}, "scope": {"api/read"}}
			beside(b, alg, 1, func() {
				_, err := k.Token(context.Background(), testPool, TokenRequest{Form: body, Auth: as(machine)})
				k.must(err)
			})
		})
	}
}

// BenchmarkRefresh: a refresh with openid signs two tokens, so that the ratio
// is to two bare signatures.
func BenchmarkRefresh(b *testing.B) {
	for _, alg := range algorithms {
		b.Run(alg, func(b *testing.B) {
			k := start(b)
			k.change(web, func(c *identity.Client) { c.SigningAlg = alg })
			tokens := k.tokens(web)
			beside(b, alg, 2, func() {
				k.wait(time.Second)
				var err error
				tokens, err = k.refreshAs(web, tokens.RefreshToken)
				k.must(err)
			})
		})
	}
}
