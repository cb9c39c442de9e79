package views_test

import (
	"testing"

	"poolhouse.dev/views/provider"
	"poolhouse.dev/views/signin"
)

var upstairs = []provider.Button{
	{Type: provider.Google, Name: "Google", URL: "/login/provider?name=Google"}, {Type: "SAML", Name: "Upstairs", URL: "/login/provider?name=Upstairs"},
}

func TestProvidersStandBelowTheForm(t *testing.T) {
	d := render(t, signin.View(signin.Props{Page: frame(), Action: "/login", Names: byEmail, Providers: upstairs}))
	d.has(1, `form[action="/login"]`)
	d.has(2, `form ~ .actions > a.button.plain[data-way^="idp:"] > svg[aria-hidden="true"]`)
	d.says(`a[data-way="idp:Google"] > span`, "Continue with Google")
	d.says(`a[data-way="idp:Upstairs"] > span`, "Continue with Upstairs")
	d.says("form ~ .hint", "or")
	d.has(2, "a .badge[hidden]")
	d.has(0, "[data-turned]")
}

func TestProvidersMayBeTheOnlyWayIn(t *testing.T) {
	d := render(t, signin.View(signin.Props{Page: frame(), Action: "/login", Names: byEmail, Providers: upstairs, Elsewhere: true, Turned: "Upstairs"}))
	d.has(0, "main form")
	d.has(0, "main .hint")
	d.has(1, `.actions[data-turned="idp:Upstairs"]`)
}

func TestNoProvidersLeaveNothing(t *testing.T) {
	d := render(t, signin.View(signin.Props{Page: frame(), Action: "/login", Names: byEmail}))
	d.has(0, "main .actions")
	d.has(0, "form ~ .hint")
}
