package crash

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"poolhouse.dev/test/kit"
)

// A request that was accepted is answered, even when the program is asked to
// end in its middle; nothing new is accepted.
func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	s := kit.Start(t)
	body := "grant_type=client_credentials&scope=api/read"
	conn, err := net.Dial("tcp", s.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(kit.Patience)); err != nil {
		t.Fatal(err)
	}
	basic := base64.StdEncoding.EncodeToString([]byte(kit.WebClient + ":" + kit.WebSecret))
	fmt.Fprintf(conn, "POST /oauth2/token HTTP/1.1\r\nHost: %s\r\nAuthorization: Basic %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		s.Address, basic, len(body))
	answer := bufio.NewReader(conn)
	// The server asks for the body: the request is under way.
	if line, err := answer.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("the server answered %q, %v", line, err)
	}
	if _, err := answer.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	s.Signal(t)
	kit.Eventually(t, "the listener's end", func() bool {
		c, err := net.Dial("tcp", s.Address)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	if _, err := io.WriteString(conn, body); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(answer, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("the request under way was answered %d", res.StatusCode)
	}
	if code := s.Wait(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
