package factors

import (
	"net/http"
	"net/url"
	"testing"

	"poolhouse.dev/test/kit"
)

// What people do in the middle of a sign-in leads on, never to a dead end.
func TestDetours(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.AtLocalhost, settings(everySecond, "back@example.test", "cookies@example.test", "tabs@example.test"))
	for name, run := range map[string]func(*testing.T, *kit.Server, string, *kit.TOTPApp){
		"back": backAndForth, "cookies": cookiesGone, "tabs": twoTabs,
	} {
		t.Run(name, func(t *testing.T) {
			who := name + "@example.test"
			run(t, s, who, withApp(t, s, account(t, s, who)))
		})
	}
	t.Run("made up", func(t *testing.T) { pagesOfNoAttempt(t, s) })
}

func backAndForth(t *testing.T, s *kit.Server, name string, app *kit.TOTPApp) {
	b := browse(t, s)
	withPassword(t, s, b, name)
	b.See(t, "Enter the code from your app")
	b.Back(t)
	b.Field(t, "password")
	b.Forward(t)
	b.See(t, "Enter the code from your app")
	b.Press(t, "Not you?")
	b.Field(t, "password")
	b.Enter(t, "password", kit.AnnPassword)
	b.See(t, "Enter the code from your app")
	b.Enter(t, "code", app.Code(t))
	here(t, b, name)
}

// A browser that has forgotten everything begins again, and says so.
func cookiesGone(t *testing.T, s *kit.Server, name string, app *kit.TOTPApp) {
	b := browse(t, s)
	withPassword(t, s, b, name)
	b.Field(t, "code")
	b.Forget(t)
	b.Enter(t, "code", app.Code(t))
	b.See(t, "we started over")
	b.Type(t, "username", name)
	b.Enter(t, "password", kit.AnnPassword)
	b.Field(t, "code")
	b.Enter(t, "code", app.Code(t))
	here(t, b, name)
}

// Two tabs do not disturb one another: whoever signed in in one goes on in the other.
func twoTabs(t *testing.T, s *kit.Server, name string, app *kit.TOTPApp) {
	b := browse(t, s)
	withPassword(t, s, b, name)
	b.Field(t, "code")
	back := b.NewTab(t)
	withPassword(t, s, b, name)
	b.Field(t, "code")
	b.Enter(t, "code", app.Code(t))
	here(t, b, name)
	back()
	b.Enter(t, "code", app.Code(t))
	here(t, b, name)
	if got := len(s.App.Arrivals()); got < 2 {
		t.Errorf("%d sign-ins came back, want one for each tab", got)
	}
}

// The pages of steps without an attempt, or with one that nobody began, lead to
// the sign-in page.
func pagesOfNoAttempt(t *testing.T, s *kit.Server) {
	for _, path := range []string{"choose", "password", "code", "passkey", "setup"} {
		for _, attempt := range []string{"", "nonsense", "VFl4zd_CAU8loXYBvPAzq3W1gaxvCv3HY2U8rvPn2QI"} {
			page := kit.NewClient().Open(t, s.URL+"/login/"+path+"?"+url.Values{"attempt": {attempt}}.Encode())
			if page.Want(t, http.StatusOK, "we started over"); !page.Has("username") {
				t.Errorf("%s leads to %s:\n%s", path, page.URL, page.Text())
			}
		}
	}
}
