package web_test

import (
	"testing"
	"time"

	"poolhouse.dev/web/internal/webtest"
)

// marked signs in for a request and answers the way back to the authorize
// endpoint, with the mark of the sign-in.
func marked(b *webtest.Browser, pairs ...string) string {
	done := b.SignInTo(webtest.AuthorizeURL(pairs...), ann, webtest.Password)
	done.Lands(webtest.Callback)
	return done.URL.RequestURI()
}

func TestAttackMarkOfAnotherBrowserMeetsPromptLogin(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.User("bob@example.test")
	mark := marked(h.Browser(), "prompt", "login")
	victim := h.Browser()
	victim.SignIn("bob@example.test", webtest.Password)
	victim.Get(mark).At("/login")
}

func TestAttackOldMarkMeetsPromptLoginAndMaxAge(t *testing.T) {
	for _, asks := range [][]string{{"prompt", "login"}, {"max_age", "60"}} {
		h := webtest.Start(t)
		h.User(ann)
		b := h.Browser()
		mark := marked(b, asks...)
		h.After(20 * time.Minute)
		b.Get(mark).At("/login").Submit("username", ann, "password", webtest.Password).Lands(webtest.Callback)
	}
}

func TestAttackChoiceOfAnotherBrowser(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	mine, victim := h.Browser(), h.Browser()
	mine.SignIn(ann, webtest.Password)
	victim.SignIn(ann, webtest.Password)
	done := mine.Get(webtest.AuthorizeURL("prompt", "select_account")).Press("/login/continue")
	done.Lands(webtest.Callback)
	victim.Get(done.URL.RequestURI()).Says("Choose an account")
}
