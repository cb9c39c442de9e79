package web_test

import (
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

func TestAttackProfileFieldThatNoClientMayWrite(t *testing.T) {
	h := webtest.Start(t, func(_ *web.Deps, p *identity.Pool) { p.Schema = []identity.Attribute{{Name: "custom:role"}} })
	h.Client(identity.Client{ID: "app", Name: "Notes", WriteAttributes: []string{"name"}}, webtest.Secret)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	fields, action := b.Get("/account").Form("name")
	fields.Set("custom:role", "admin")
	b.Post(action, fields)
	if body := b.Get("/account").Body; strings.Contains(body, "admin") {
		t.Error("the person wrote their own role")
	}
}

func TestAttackOldSessionMovesTheAddress(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	page := b.Get("/account")
	h.After(20 * time.Minute)
	again := page.Press("/account/address", "email", "eve@example.test").At("/login").Says("Sign in")
	if all := h.AllMail("eve@example.test"); len(all) > 0 {
		t.Error("a code went to the new address")
	}
	again.Submit("username", ann, "password", webtest.Password).At("/account").
		Press("/account/address", "email", "eve@example.test").At("/account")
	h.Mail("eve@example.test")
}
