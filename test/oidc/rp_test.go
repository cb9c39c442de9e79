// Package oidc lets relying parties that nobody here wrote use the built program:
// npm's openid-client, oidc-client-ts in a browser, and Apache's mod_auth_openidc.
package oidc

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"poolhouse.dev/test/kit"
)

const (
	ann      = "ann@example.test"
	secret   = "secret-of-the-relying-party-5d1c77"
	callback = "https://rp.example.test/callback" // nobody is there: the browser stops before it
	farewell = "https://rp.example.test/bye"
)

// party is openid-client in a process of its own, as one client of the server.
type party struct {
	server  *kit.Server
	id      string
	browser *kit.Client
	in      io.Writer
	out     *bufio.Scanner
	sent    []string // what it asked with the last order: "POST /oauth2/token 200"
}

// start runs the server with the clients, which get what all of them share.
func start(t *testing.T, clients ...kit.Map) *kit.Server {
	t.Helper()
	return kit.Start(t, func(m kit.Map) {
		m["outgoing"] = kit.Map{"allow_networks": kit.List{"127.0.0.0/8"}}
		var all kit.List
		for _, c := range clients {
			whole := kit.Map{
				"callback_urls": kit.List{callback}, "logout_urls": kit.List{farewell},
				"grant_types":          kit.List{"authorization_code", "refresh_token"},
				"allowed_oauth_scopes": kit.List{"openid", "email", "profile"}, "claims_policy": "oidc",
			}
			maps.Copy(whole, c)
			all = append(all, whole)
		}
		kit.PoolOf(m)["clients"] = all
	})
}

// keyOf is a new key as a client holds it, and the public half for its settings.
func keyOf(t *testing.T) (private, public kit.Map) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	mapOf := func(key any) (m kit.Map) {
		text, err := json.Marshal(jose.JSONWebKey{Key: key, KeyID: "k1", Algorithm: "ES256", Use: "sig"})
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	return mapOf(key), kit.Map{"keys": kit.List{mapOf(key.Public())}}
}

// meet starts openid-client and lets it discover the server. settings are method,
// secret, jwk, dpop and execute, as testdata/client.mjs reads them.
func meet(t *testing.T, s *kit.Server, id string, settings kit.Map) *party {
	t.Helper()
	p := &party{server: s, id: id, browser: browser()}
	cmd := exec.Command("node", filepath.Join(kit.Root(t), "test", "oidc", "testdata", "client.mjs"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatalf("node does not start (run `make deps`): %v", err)
	}
	t.Cleanup(func() {
		_ = in.Close() // it ends with its orders
		_ = cmd.Wait()
	})
	p.in, p.out = in, bufio.NewScanner(out)
	p.out.Buffer(nil, 1<<20)
	order := kit.Map{"issuer": s.URL, "client": id, "secret": secret}
	maps.Copy(order, settings)
	p.must(t, "discover", order)
	return p
}

// browser is a person whose browser stops before the client's pages.
func browser() *kit.Client {
	c := kit.NewClient()
	c.HTTP.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "rp.example.test" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return c
}

// refused is what openid-client says of an order that failed.
type refused struct {
	Message, Code, Description string
	Cause                      any
}

// order gives an order, and answers what came of it.
func (p *party) order(t *testing.T, do string, order kit.Map) (kit.Map, *refused) {
	t.Helper()
	order = maps.Clone(order)
	if order == nil {
		order = kit.Map{}
	}
	order["do"] = do
	if err := json.NewEncoder(p.in).Encode(order); err != nil {
		t.Fatal(err)
	}
	if !p.out.Scan() {
		t.Fatalf("openid-client ended at %s: %v", do, p.out.Err())
	}
	var answer struct {
		OK    kit.Map  `json:"ok"`
		Error *refused `json:"error"`
		Sent  []string `json:"sent"`
	}
	if err := json.Unmarshal(p.out.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	p.sent = answer.Sent
	return answer.OK, answer.Error
}

// must is order for what goes well.
func (p *party) must(t *testing.T, do string, order kit.Map) kit.Map {
	t.Helper()
	got, err := p.order(t, do, order)
	if err != nil {
		t.Fatalf("%s: %+v (sent %q)", do, *err, p.sent)
	}
	return got
}

// signIn brings Ann through a sign-in, and answers the client's tokens. how has
// jar and par.
func (p *party) signIn(t *testing.T, how kit.Map) kit.Map {
	t.Helper()
	order := kit.Map{"params": kit.Map{"redirect_uri": callback, "scope": "openid email"}}
	maps.Copy(order, how)
	begun := p.must(t, "begin", order)
	page := p.browser.Open(t, begun["to"].(string))
	if page.Has("password") {
		page = page.Submit(t, kit.Fields{"username": ann, "password": kit.AnnPassword})
	}
	return p.must(t, "finish", kit.Map{"at": landed(t, page), "state": begun["state"]})
}

// landed is the address of the client that the browser was sent to.
func landed(t *testing.T, page *kit.Page) string {
	t.Helper()
	to := page.Header.Get("Location")
	if !strings.HasPrefix(to, "https://rp.example.test/") {
		t.Fatalf("%s (%d) does not lead to the client:\n%s", page.URL, page.Status, page.Text())
	}
	return to
}

// asked fails unless exactly these requests were sent with the last order.
func (p *party) asked(t *testing.T, want ...string) {
	t.Helper()
	if got := strings.Join(p.sent, ", "); got != strings.Join(want, ", ") {
		t.Errorf("sent %q, want %q", got, want)
	}
}

// lives uses the tokens in every way until they are revoked.
func (p *party) lives(t *testing.T, tokens kit.Map, introspects bool) {
	t.Helper()
	sub := tokens["claims"].(kit.Map)["sub"]
	if info := p.must(t, "userinfo", kit.Map{"token": tokens["access_token"], "sub": sub}); info["email"] != ann {
		t.Errorf("userinfo: %v", info)
	}
	fresh := p.must(t, "refresh", kit.Map{"token": tokens["refresh_token"]})
	if fresh["claims"].(kit.Map)["sub"] != sub || fresh["access_token"] == tokens["access_token"] {
		t.Errorf("refreshed: %v", fresh)
	}
	if introspects {
		if told := p.must(t, "introspect", kit.Map{"token": fresh["access_token"]}); told["active"] != true || told["client_id"] != p.id {
			t.Errorf("introspection: %v", told)
		}
	}
	kept, ok := fresh["refresh_token"].(string)
	if !ok {
		kept = tokens["refresh_token"].(string) // no rotation
	}
	p.must(t, "revoke", kit.Map{"token": kept})
	if _, err := p.order(t, "refresh", kit.Map{"token": kept}); err == nil || err.Code != "invalid_grant" {
		t.Errorf("a revoked refresh token: %+v", err)
	}
}
