package docs

import (
	"testing"

	"poolhouse.dev/test/kit"
)

// TestSinglePageApp signs in and out with the page's app in Chromium, and lets it
// call an API with a proof of its key.
func TestSinglePageApp(t *testing.T) {
	p := read(t, "spa")
	p.serve(t)
	p.ann(t)
	p.write(t, "index.html")
	p.run(t, p.App+"/")
	b := kit.NewBrowser(t, p.App, p.Server.URL)
	b.Expect("the server responded with a status of 40") // the first proof of each kind lacks its nonce
	b.Open(t, p.App+"/")
	b.See(t, "Nobody is signed in")
	b.Press(t, "Sign in")
	b.Type(t, "username", ann)
	b.Enter(t, "password", kit.AnnPassword)
	b.See(t, "Hello, "+ann)
	b.Press(t, "Ask an API")
	b.See(t, "The API knows "+ann)
	b.Press(t, "Sign out")
	b.See(t, "Nobody is signed in")
	b.Press(t, "Sign in")
	b.Field(t, "password") // the session has ended, too
}
