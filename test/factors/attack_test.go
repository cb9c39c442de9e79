package factors

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"poolhouse.dev/test/kit"
)

// Somebody knows the password and tries codes of the authenticator app from
// many addresses. None gets in, all are slowed down with a Retry-After, and the
// owner gets in meanwhile from the browser that the account knows.
func TestCodesAreNotGuessedFromManyAddresses(t *testing.T) {
	s := serve(t, everySecond, "owner@example.test")
	const name = "owner@example.test"
	owner := kit.NewClient()
	if _, err := owner.SignIn(s.URL+"/account", name, kit.AnnPassword); err != nil {
		t.Fatal(err)
	}
	app := withApp(t, s, owner)
	const addresses, tries = 60, 6
	slowed, wrong := 0, 0
	for i := range addresses {
		attacker := kit.NewClientFrom(fmt.Sprintf("127.0.2.%d", i+1))
		page, err := attacker.SignIn(s.App.URL+"/start", name, kit.AnnPassword)
		if err != nil {
			t.Fatal(err)
		}
		for try := range tries {
			if page.Status == http.StatusTooManyRequests || !page.Has("code") {
				slowed++
				wantsPatience(t, page)
				break
			}
			page = page.Submit(t, kit.Fields{"code": fmt.Sprintf("%06d", i*tries+try)})
			wrong++
		}
	}
	t.Logf("%d codes were looked at, %d addresses were slowed down", wrong, slowed)
	if got := len(s.App.Arrivals()); got != 0 {
		t.Fatalf("%d attackers got in", got)
	}
	if slowed < addresses/2 {
		t.Errorf("only %d of %d addresses were slowed down", slowed, addresses)
	}
	owner.ForgetSession(t, s.URL)
	page := with(t, s, owner, name, kit.AnnPassword).Want(t, http.StatusOK, "Enter the code from your app")
	page.Submit(t, kit.Fields{"code": app.Code(t)}).Want(t, http.StatusOK, "Hello, "+name)
}

// wantsPatience says that the answer tells how long to wait.
func wantsPatience(t *testing.T, page *kit.Page) {
	t.Helper()
	seconds, err := strconv.Atoi(page.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		t.Errorf("status %d without a Retry-After (%q):\n%s", page.Status, page.Header.Get("Retry-After"), page.Text())
	}
}
