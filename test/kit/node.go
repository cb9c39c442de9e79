package kit

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// SharedKey is the master key of servers that are nodes of one store.
const SharedKey = "POOLHOUSE_MASTER_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// Beside prepares a second node of this server: another process with the same
// configuration, at an address and with a folder of its own. People reach both
// under the one public URL (see AtNode); its URL here says that it is ready.
func (s *Server) Beside(t testing.TB) *Server {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.Folder, "poolhouse.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var config Map
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	n := &Server{Address: FreeAddress(t), Folder: t.TempDir(), App: s.App, Env: s.Env}
	config["listen"], config["data"] = n.Address, filepath.Join(n.Folder, "data")
	Write(t, n.Folder, config)
	n.URL = strings.Replace(s.URL, port(t, s.Address), port(t, n.Address), 1)
	t.Cleanup(func() {
		n.Kill()
		if t.Failed() {
			t.Logf("end of the second node's log:\n%s", tail(n.log.String(), 4000))
		}
	})
	return n
}

// AtNode answers the same browser when the public URL leads it to that node: what
// stands before the nodes chose it.
func (c *Client) AtNode(s *Server) *Client {
	copied := *c.HTTP
	copied.Transport = &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: Patience}).DialContext(ctx, "tcp", s.Address)
	}}
	return &Client{HTTP: &copied}
}

func port(t testing.TB, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}
