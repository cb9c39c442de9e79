package web_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"poolhouse.dev/web/internal/webtest"
)

// Most clients read the answer when all is sent: what is left of a form that
// is too large is read too, or its sender sees a broken connection.
func TestWhoeverSendsAHugeFormReadsTheAnswer(t *testing.T) {
	server := httptest.NewServer(webtest.Start(t).Server)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	form := "username=" + strings.Repeat("a", 10<<20)
	if _, err := fmt.Fprintf(conn, "POST /login HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		strings.TrimPrefix(webtest.PublicURL, "https://"), formType, len(form), form); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("answers %d", res.StatusCode)
	}
}
