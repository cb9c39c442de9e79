package fetch

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestALibrarysClientIsBoundAsOurs(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/here", http.StatusTemporaryRedirect)
		case "/huge":
			w.Write(make([]byte, 1001))
		default:
			w.WriteHeader(418)
			io.WriteString(w, r.Method+" "+r.URL.Path+" "+string(body)+" "+r.UserAgent())
		}
	})
	c := New(Options{Allow: loopback, MaxBytes: 1000}).HTTP()
	answer, err := c.Post(s.URL+"/here", "text/plain", strings.NewReader("a body"))
	if err != nil {
		t.Fatal(err)
	}
	if body, _ := io.ReadAll(answer.Body); answer.StatusCode != 418 || string(body) != "POST /here a body Poolhouse" || answer.ContentLength != int64(len(body)) {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
	if answer, err := c.Get(s.URL + "/moved"); err != nil || answer.StatusCode != 418 {
		t.Error("a GET is not redirected:", err)
	}
	if answer, err := c.Post(s.URL+"/moved", "text/plain", strings.NewReader("a body")); err != nil || answer.StatusCode != 307 {
		t.Error("a body is sent on to where a redirect points:", err)
	}
	if _, err := c.Get(s.URL + "/huge"); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if _, err := New(Options{}).HTTP().Get(s.URL); !errors.Is(err, ErrForbidden) {
		t.Error(err)
	}
}

// closing says whether it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

func TestTheBodyOfARefusedRequestIsClosed(t *testing.T) {
	body := &closing{Reader: strings.NewReader("x")}
	if _, err := New(Options{}).HTTP().Post("http://127.0.0.1/", "text/plain", body); !errors.Is(err, ErrForbidden) || !body.closed {
		t.Error(err, body.closed)
	}
}
