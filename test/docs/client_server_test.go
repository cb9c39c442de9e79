package docs

import (
	"net/http"
	"os/exec"
	"testing"

	"poolhouse.dev/test/kit"
)

// TestServerApp signs up with the Go program of the page, signs out and in again.
func TestServerApp(t *testing.T) {
	p := read(t, "server", "NOTES_SECRET=0123456789abcdef0123456789abcdef")
	p.serve(t)
	p.write(t, "main.go")
	// Nothing that waits for the program is to wait for the compiler.
	build := exec.Command("go", "build", "github.com/coreos/go-oidc/v3/oidc", "golang.org/x/oauth2", "net/http")
	build.Dir = kit.Root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p.run(t, p.App+"/")
	c := kit.NewClient()
	p.Server.Register(t, c, p.App+"/login", ann, kit.AnnPassword).Want(t, http.StatusOK, "Hello, "+ann)
	c.Open(t, p.App+"/logout").Want(t, http.StatusOK, "Sign in")
	page := c.Open(t, p.App+"/login")
	if !page.Has("password") {
		t.Fatalf("after signing out: %s", page.Text())
	}
	page.Submit(t, kit.Fields{"username": ann, "password": kit.AnnPassword}).Want(t, http.StatusOK, "Hello, "+ann)
	c.Open(t, p.App+"/callback?code=1&state=2").Want(t, http.StatusBadRequest, "not begun here")
	p.warns(t, "authorize?client_id=notes&response_type=code&redirect_uri=http://localhost:9000/callback", "redirect_uri is missing, given twice or not registered for this client.")
}
