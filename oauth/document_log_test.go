package oauth

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

func TestWhyADocumentWasNotTakenIsLogged(t *testing.T) {
	for name, c := range map[string]struct {
		said   map[string]any
		answer func(http.ResponseWriter, *http.Request) bool
		reason string
	}{
		"a secret":       {map[string]any{"client_secret": "hush-hush"}, nil, "there is no secret"},
		"another origin": {map[string]any{"redirect_uris": []string{"https://evil.example.test/cb"}}, nil, "answers go where the pool says"},
		"another client": {map[string]any{"client_id": "https://evil.example.test/client.json"}, nil, "letter by letter"},
		"a bad setting":  {map[string]any{"token_endpoint_auth_method": "private_key_jwt"}, nil, "jwks"},
		"not found": {nil, func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusNotFound)
			return true
		}, "status 404"},
		"no JSON": {nil, func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte("hush-hush"))
			return true
		}, "not a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			p := publish(t)
			k := documents(t, p)
			var log bytes.Buffer
			k.Logger, p.answer = slog.New(slog.NewTextHandler(&log, nil)), c.answer
			for member, value := range c.said {
				p.said[member] = value
			}
			if d := k.brings(p.id(), p.URL+"/cb"); d.Page == nil {
				t.Fatalf("%+v", d)
			}
			line := log.String()
			if !strings.Contains(line, c.reason) || !strings.Contains(line, string(p.id())) || strings.Contains(line, "hush") || strings.Count(line, "\n") != 1 {
				t.Errorf("logged %q", line)
			}
		})
	}
}
