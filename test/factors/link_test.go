package factors

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"poolhouse.dev/test/kit"
)

func TestMailedLink(t *testing.T) {
	t.Parallel()
	names := []string{"same", "other", "scanner", "used", "window"}
	var people []string
	for _, n := range names {
		people = append(people, n+"@example.test")
	}
	s := kit.Start(t, kit.AtLocalhost, settings(everyWay, people...))
	for name, run := range map[string]func(*testing.T, *kit.Server, string){
		"same": linkHere, "other": linkElsewhere, "scanner": linkScanned, "used": linkSpent, "window": linkInAnotherWindow,
	} {
		t.Run(name, func(t *testing.T) { run(t, s, name+"@example.test") })
	}
}

// mailed asks for a code by mail and answers the link that comes with it.
func mailed(t *testing.T, s *kit.Server, b *kit.Browser, name string) string {
	t.Helper()
	nameThen(t, s, b, name, "Code by email")
	b.Field(t, "code")
	return s.MailAbout(t, name, "Your code to sign in", 1).Link(t)
}

// Opened in the tab that asked, the button goes on to the app there.
func linkHere(t *testing.T, s *kit.Server, name string) {
	b := browse(t, s)
	link := mailed(t, s, b, name)
	b.Open(t, link)
	b.See(t, "Continue as")
	if strings.Contains(b.Location(t), "link=") {
		t.Errorf("the secret is still in the address bar: %s", b.Location(t))
	}
	b.Press(t, "Continue as")
	here(t, b, name)
}

// In a second tab of the same browser one of the two goes on to the app.
func linkInAnotherWindow(t *testing.T, s *kit.Server, name string) {
	b := browse(t, s)
	link := mailed(t, s, b, name)
	back := b.NewTab(t)
	b.Open(t, link)
	b.Press(t, "Continue as")
	here(t, b, name)
	back()
	b.Expect("status of 400") // the app knows its state as used up, as after the Back button
	b.Gone(t, "Check your email")
	if at := b.Location(t); !strings.HasPrefix(at, s.App.URL) {
		t.Errorf("the first tab is led to %s", at)
	}
}

// In another browser the page shows the number that the first tab shows. Its
// button lets the first tab go on by itself, and signs nobody in there.
func linkElsewhere(t *testing.T, s *kit.Server, name string) {
	first, second := browse(t, s), browse(t, s)
	link := mailed(t, s, first, name)
	number := first.TextOf(t, ".number")
	if len(number) != 2 {
		t.Fatalf("the first tab shows %q", number)
	}
	second.Open(t, link)
	second.See(t, "shows this number:", "Asked for from")
	if got := second.TextOf(t, ".number"); got != number {
		t.Errorf("the second browser shows %s, the first %s", got, number)
	}
	second.Press(t, "Continue as")
	second.See(t, "Go back to your other window")
	here(t, first, name)
	second.Open(t, s.URL+"/account")
	second.Field(t, "username") // nobody is signed in there
	if got := len(s.App.Arrivals()); got == 0 {
		t.Error("nobody came back to the app")
	}
}

// Mail scanners open every link, and more than once. They spend nothing.
func linkScanned(t *testing.T, s *kit.Server, name string) {
	b := browse(t, s)
	link := mailed(t, s, b, name)
	for range 2 {
		scanner := kit.NewClient()
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			req, err := http.NewRequest(method, link, nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := scanner.HTTP.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Errorf("%s answers %d", method, res.StatusCode)
			}
		}
		page := scanner.Open(t, link)
		page.Doc.Find("a[href]").Each(func(_ int, a *goquery.Selection) {
			if to, err := page.URL.Parse(a.AttrOr("href", "")); err == nil && strings.HasPrefix(to.String(), s.URL) {
				scanner.Open(t, to.String())
			}
		})
	}
	if !strings.Contains(b.Text(t), "Check your email") {
		t.Errorf("the scanner signed somebody in:\n%s", b.Text(t))
	}
	b.Open(t, link)
	b.Press(t, "Continue as")
	here(t, b, name)
}

// A link that was used, replaced or made up says so calmly, and leads on.
func linkSpent(t *testing.T, s *kit.Server, name string) {
	c := kit.NewClient()
	page := c.Open(t, s.App.URL+"/start").Submit(t, kit.Fields{"username": name})
	page = page.SubmitIn(t, "form.ways", kit.Fields{"factor": "EMAIL_OTP"}).Want(t, http.StatusOK, "Check your email")
	first := s.MailAbout(t, name, "Your code to sign in", 1).Link(t)
	page.SubmitIn(t, `form[action*="/login/resend"]`, nil).Want(t, http.StatusOK, "Check your email")
	second := s.MailAbout(t, name, "Your code to sign in", 2).Link(t)
	spent := func(link, want string) {
		t.Helper()
		page := kit.NewClient().Open(t, link).Want(t, http.StatusGone, want)
		if page.Doc.Find(`main a[href*="/login"]`).Length() == 0 {
			t.Errorf("%q leads nowhere:\n%s", want, page.Text())
		}
	}
	spent(first, "There is a newer link")
	c.Open(t, second).Press(t, "Continue as").Want(t, http.StatusOK, "Hello, "+name)
	spent(second, "This link was used already")
	spent(s.URL+"/login/link?link=nonsense", "This link does not work")
}
