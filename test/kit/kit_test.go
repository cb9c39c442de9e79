package kit

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A kit that never complains shows nothing, so it is shown wrongs.
func TestBrowserNotesWrongs(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/strict" {
			w.Header().Set("Content-Security-Policy", "default-src 'none'")
		}
		fmt.Fprint(w, map[string]string{
			"/calm":    `<title>Calm</title><link rel=icon href=data:,><p>calm`,
			"/strict":  `<title>Strict</title><link rel=icon href=data:,><p>strict<script>1</script>`,
			"/error":   `<title>Error</title><link rel=icon href=data:,><p>error<script>console.error("no")</script>`,
			"/throw":   `<title>Throw</title><link rel=icon href=data:,><p>throw<script>throw new Error("no")</script>`,
			"/outside": `<title>Outside</title><link rel=icon href=data:,><p>outside<img src="http://127.0.0.2:1/x.png">`,
		}[r.URL.Path])
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	b := NewBrowser(t, server.URL)
	for path, want := range map[string]string{
		"calm": "", "strict": "content security policy", "error": "console.error",
		"throw": "exception", "outside": "request to somebody else",
	} {
		t.Run(path, func(t *testing.T) {
			b.Open(t, server.URL+"/"+path)
			b.See(t, path)
			wrongs := strings.Join(b.taken(), "\n")
			if want == "" && wrongs != "" || !strings.Contains(wrongs, want) {
				t.Errorf("noted %q, want %q", wrongs, want)
			}
		})
	}
}

// taken answers what was noted and forgets it.
func (b *Browser) taken() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	wrongs := b.wrongs
	b.wrongs = nil
	return wrongs
}

func TestMailCode(t *testing.T) {
	m, err := ParseMail("To: ann@example.test\r\nSubject: Code\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nYour code is\r\n\r\n123 456\r\n\r\nhttp://a.test/confirm?x=2024112100\r\n")
	if err != nil {
		t.Fatal(err)
	}
	if m.Code(t) != "123456" || m.Link(t) != "http://a.test/confirm?x=2024112100" {
		t.Errorf("code %q, link %q", m.Code(t), m.Link(t))
	}
}
