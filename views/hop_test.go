package views_test

import (
	"testing"

	"poolhouse.dev/views/form"
	"poolhouse.dev/views/hop"
)

func TestAHopPostsItsFieldsAndNothingOfOurs(t *testing.T) {
	page := frame()
	page.FormToken, page.Request, page.Languages = "", "", nil
	d := render(t, hop.View(hop.Props{Page: page, Action: "/oauth2/idpresponse?hop=1", Fields: []form.Hidden{{Name: "state", Value: "s-1"}}}))
	d.has(1, `form[method="post"][action="/oauth2/idpresponse?hop=1"][data-autopost] > input[name="state"][value="s-1"]`)
	d.has(1, "main input")
	d.has(1, `form button[type="submit"]`)
	d.says("h1", "One moment")
}

func TestAHopToAProviderIsALink(t *testing.T) {
	d := render(t, hop.View(hop.Props{Page: frame(), Name: "Upstairs", URL: "https://up.example.test/authorize?a=1&b=2"}))
	d.is("main a.button", "href", "https://up.example.test/authorize?a=1&b=2")
	d.has(0, "main form")
	d.has(0, "main .away")
	d.says("h1", "On to Upstairs")
	d = render(t, hop.View(hop.Props{Page: frame(), Name: "Upstairs", URL: "https://up.example.test/", OtherURL: "/login?from=Upstairs"}))
	d.is("main .away a", "href", "/login?from=Upstairs")
	d.says("main .away", "Sign in another way")
}
