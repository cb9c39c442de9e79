package kit

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Open goes to an address and waits until the page is there. The end of the load
// that is waited for can be that of the page before: the new one is asked itself.
func (b *Browser) Open(t testing.TB, address string) {
	t.Helper()
	b.Do(t, chromedp.Navigate(address))
	for began := time.Now(); !Ask(t, b, chromedp.Evaluate[bool](complete)); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > Patience {
			t.Fatalf("%s does not finish loading", address)
		}
	}
}

const complete = `document.readyState === "complete" && document.body !== null`

// Type types into a field, over what it holds.
func (b *Browser) Type(t testing.TB, field, text string) {
	t.Helper()
	at := named(field)
	b.Do(t, chromedp.WaitVisible(at), chromedp.Focus(at),
		chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(text))
}

// Enter types a field's text and sends its form with the Enter key.
func (b *Browser) Enter(t testing.TB, field, text string) {
	t.Helper()
	b.Type(t, field, text)
	b.Keys(t, kb.Enter)
}

// Keys presses keys, wherever the focus is.
func (b *Browser) Keys(t testing.TB, keys string) {
	t.Helper()
	b.Do(t, chromedp.KeyEvent(keys))
}

// Press clicks the button or link that carries the text.
func (b *Browser) Press(t testing.TB, text string) {
	t.Helper()
	b.Do(t, chromedp.Click(chromedp.Search(fmt.Sprintf(`//*[self::button or self::a][contains(normalize-space(.), %q)]`, text))))
}

// Follow clicks the first link that leads to the path.
func (b *Browser) Follow(t testing.TB, path string) {
	t.Helper()
	b.Do(t, chromedp.Click(chromedp.CSS(fmt.Sprintf(`a[href*=%q]`, path))))
}

// Forget drops every cookie, as a browser does that was away for long.
func (b *Browser) Forget(t testing.TB) {
	t.Helper()
	call(t, b, network.ClearBrowserCookies, cdp.Empty{})
}

// ForgetSession drops the cookie of the session at the server alone: the browser
// is signed out, and is still the one it was.
func (b *Browser) ForgetSession(t testing.TB, server string) {
	t.Helper()
	for _, c := range call(t, b, network.GetCookies, network.GetCookiesParams{URLs: []string{server}}).Cookies {
		if strings.HasSuffix(c.Name, "ph_session") {
			call(t, b, network.DeleteCookies, network.DeleteCookiesParams{Name: c.Name, Domain: c.Domain, Path: c.Path})
		}
	}
}

// Cookies answers what the browser sends to the server.
func (b *Browser) Cookies(t testing.TB, server string) (all []*http.Cookie) {
	t.Helper()
	for _, c := range call(t, b, network.GetCookies, network.GetCookiesParams{URLs: []string{server}}).Cookies {
		all = append(all, &http.Cookie{Name: c.Name, Value: c.Value, Path: c.Path})
	}
	return all
}

// Back presses the browser's Back button.
func (b *Browser) Back(t testing.TB) {
	t.Helper()
	b.Do(t, chromedp.NavigateBack())
}

// Forward presses the browser's Forward button.
func (b *Browser) Forward(t testing.TB) {
	t.Helper()
	b.Do(t, chromedp.NavigateForward())
}

// See waits until the page in front shows every phrase.
func (b *Browser) See(t testing.TB, phrases ...string) {
	t.Helper()
	for _, phrase := range phrases {
		if !until(Patience, func() bool { return strings.Contains(b.read(), phrase) }) {
			t.Fatalf("%s does not show %q:\n%s", b.Location(t), phrase, b.read())
		}
	}
}

// Gone waits until the page in front no longer shows the phrase.
func (b *Browser) Gone(t testing.TB, phrase string) {
	t.Helper()
	if !until(Patience, func() bool { return !strings.Contains(b.read(), phrase) }) {
		t.Fatalf("%s still shows %q:\n%s", b.Location(t), phrase, b.read())
	}
}

// Field waits until the page has a field that can be seen.
func (b *Browser) Field(t testing.TB, field string) {
	t.Helper()
	b.Do(t, chromedp.WaitVisible(named(field)))
}

// Text answers the words of the page's main part.
func (b *Browser) Text(t testing.TB) string {
	t.Helper()
	return Ask(t, b, chromedp.Evaluate[string](`(document.querySelector("main") || document.body).innerText`))
}

// Wait waits until the page shows something that the selector finds.
func (b *Browser) Wait(t testing.TB, selector string) {
	t.Helper()
	b.Do(t, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// TextOf answers the words of the first element that the selector finds.
func (b *Browser) TextOf(t testing.TB, selector string) string {
	t.Helper()
	return strings.TrimSpace(Ask(t, b, chromedp.Text(chromedp.CSS(selector))))
}

// Shows says that the page has something now that the selector finds and that
// can be seen.
func (b *Browser) Shows(t testing.TB, selector string) bool {
	t.Helper()
	return Ask(t, b, chromedp.Evaluate[bool](fmt.Sprintf(`(e => e !== null && e.checkVisibility())(document.querySelector(%q))`, selector)))
}

// SignUp goes from a sign-in page to the sign-up page, fills it in, and waits
// for the page that asks for the code.
func (b *Browser) SignUp(t testing.TB, name, password string) {
	t.Helper()
	b.Follow(t, "/signup")
	b.Wait(t, "#password-rules")
	b.Type(t, "username", name)
	b.Enter(t, "password", password)
	b.Field(t, "code")
}

// ValueOf answers what a field holds.
func (b *Browser) ValueOf(t testing.TB, field string) string {
	t.Helper()
	return Ask(t, b, chromedp.Value(named(field)))
}

// Focused answers the name or id of what has the focus.
func (b *Browser) Focused(t testing.TB) string {
	t.Helper()
	return Ask(t, b, chromedp.Evaluate[string](`document.activeElement ? (document.activeElement.name || document.activeElement.id || document.activeElement.innerText || "") : ""`))
}

// Tab presses the Tab key until the element with that name, id or text has the focus.
func (b *Browser) Tab(t testing.TB, to string) {
	t.Helper()
	var passed []string
	for range 40 {
		if now := b.Focused(t); now == to {
			return
		} else if now != "" {
			passed = append(passed, now)
		}
		b.Keys(t, kb.Tab)
	}
	t.Fatalf("Tab never reaches %q, it passes %q", to, passed)
}

func named(field string) chromedp.CSS {
	return chromedp.CSS(fmt.Sprintf(`input[name=%q]:not([type=hidden]):not([readonly])`, field))
}
