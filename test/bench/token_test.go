package bench

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/test/kit"
)

// algorithms are what tokens are signed with, by their names in a JWS.
var algorithms = []string{"RS256", "ES256", "EdDSA"}

// together is how many ask for tokens at once. Who asks alone wakes a server that
// sleeps between two requests, which an idle machine has time for.
const together = 8

// BenchmarkTokens compares the server's processor time for an answer of the token
// endpoint, from the socket to the socket, with that of the bare signatures in it.
func BenchmarkTokens(b *testing.B) {
	for _, alg := range algorithms {
		s := kit.Start(b, quiet, signedBy(alg))
		client := crowdClient()
		machines, people := make([]func() kit.Tokens, together), make([]func() kit.Tokens, together)
		for i := range together {
			machines[i] = func() kit.Tokens {
				return redeem(b, client, s, url.Values{"grant_type": {"client_credentials"}, "scope": {"api/read"}})
			}
			people[i] = refreshes(b, client, s)
		}
		budget := map[string]string{"RS256": "1.25 ×"}[alg]
		beside(b, s, alg, "client_credentials", budget, machines)
		beside(b, s, alg, "refresh_token", "", people)
	}
}

// signedBy has the confidential client's tokens signed with an algorithm.
func signedBy(alg string) func(kit.Map) {
	return func(m kit.Map) {
		client := kit.PoolOf(m)["clients"].(kit.List)[0].(kit.Map)
		client["id_token_signed_response_alg"] = alg
	}
}

func redeem(b *testing.B, client *http.Client, s *kit.Server, form url.Values) kit.Tokens {
	tokens, err := kit.Token(client, s.URL, kit.WebClient, kit.WebSecret, form)
	if err != nil {
		b.Error(err)
	}
	return tokens
}

// refreshes signs Ann in and answers what redeems her refresh token, then its
// successor, and so on.
func refreshes(b *testing.B, client *http.Client, s *kit.Server) func() kit.Tokens {
	b.Helper()
	page, err := kit.NewClient().SignIn(s.App.URL+"/start", "ann@example.test", kit.AnnPassword)
	if err != nil {
		b.Fatal(err)
	}
	page.Want(b, http.StatusOK, "Hello")
	token := s.App.Last(b).Token.RefreshToken
	return func() kit.Tokens {
		tokens := redeem(b, client, s, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
		token = tokens.RefreshToken
		return tokens
	}
}

// beside asks for tokens and makes bare signatures in turns, so that both meet the
// same machine, and adds what an answer costs in signatures to the table.
func beside(b *testing.B, s *kit.Server, alg, grant, budget string, asks []func() kit.Tokens) {
	b.Helper()
	made, sign := 0, signer(b, alg)
	for _, ask := range asks {
		made = signatures(b, ask(), alg)
	}
	alone, bare := answers(b, s, asks[:1], sign)
	crowd, bareToo := answers(b, s, asks, sign)
	bare = (bare + bareToo) / 2
	one, many := ratio(alone, bare*time.Duration(made)), ratio(crowd, bare*time.Duration(made))
	b.ReportMetric(many, "x-bare-"+alg+"-"+grant)
	add(fmt.Sprintf("CPU of %s, %s", grant, alg), fmt.Sprintf("%d µs, %.2f ×; alone %.2f ×", crowd.Microseconds(), many, one),
		fmt.Sprintf("%d %s of %.1f µs", made, plural(made, "signature"), float64(bare.Nanoseconds())/1000), budget)
}

// answers measures the server's processor time for an answer, where all that ask do so
// at once, and that of a bare signature made in between.
func answers(b *testing.B, s *kit.Server, asks []func() kit.Tokens, sign func()) (answer, bare time.Duration) {
	b.Helper()
	const turns, each = 20, 96
	before := cpu(b, s.PID())
	for range turns {
		var all sync.WaitGroup
		for _, ask := range asks {
			all.Go(func() {
				for range each / len(asks) {
					ask()
				}
			})
		}
		all.Wait()
		bare += spent(each, sign) / turns
	}
	return (cpu(b, s.PID()) - before) / (turns * each), bare
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// signatures counts what was signed for an answer: its tokens that are a JWS of
// the algorithm. One of another algorithm would be held against the wrong limit.
func signatures(b *testing.B, tokens kit.Tokens, alg string) int {
	b.Helper()
	made := 0
	for _, token := range []string{tokens.AccessToken, tokens.IDToken, tokens.RefreshToken} {
		head, _, dotted := strings.Cut(token, ".")
		if !dotted {
			continue
		}
		var header struct{ Alg string }
		raw, err := base64.RawURLEncoding.DecodeString(head)
		if err != nil || json.Unmarshal(raw, &header) != nil || header.Alg != alg {
			b.Fatalf("a token has the header %s, not one of %s", raw, alg)
		}
		made++
	}
	return made
}

// signer answers a function that makes one signature and nothing else: RSA-2048,
// P-256 or Ed25519.
func signer(b *testing.B, alg string) func() {
	b.Helper()
	key, err := newKey(alg)
	if err != nil {
		b.Fatal(err)
	}
	text, hash := []byte("a token"), crypto.SHA256
	if digest := sha256.Sum256(text); alg == "EdDSA" {
		hash = 0
	} else {
		text = digest[:]
	}
	return func() {
		if _, err := key.Sign(rand.Reader, text, hash); err != nil {
			b.Fatal(err)
		}
	}
}

func newKey(alg string) (key crypto.Signer, err error) {
	switch alg {
	case "RS256":
		return rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	_, key, err = ed25519.GenerateKey(rand.Reader)
	return key, err
}

// spent answers the processor time of this process for one run of work, done n times.
func spent(n int, work func()) time.Duration {
	before := own()
	for range n {
		work()
	}
	return (own() - before) / time.Duration(n)
}
