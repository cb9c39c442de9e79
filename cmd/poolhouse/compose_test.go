package main

import (
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
)

func TestEveryKindOfMessageHasWords(t *testing.T) {
	s := devLike(t)
	h, err := (&app{env: lookup(nil), errs: &output{}}).openHouse(t.Context(), s, inMemory)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	if err := (&server{house: h}).applyFile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	c := &composer{settings: &identity.Settings{Core: h.core}, url: func(identity.PoolID) string { return "https://login.example.test" }}
	for _, kind := range message.Kinds() {
		m := message.Message{Kind: kind, Pool: "local_main", To: "ann@example.test", Channel: message.Email, Data: map[string]string{
			"minutes": "15", "days": "7", "username": "ann", "at": "2026-05-03T12:00:00Z",
			"user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		}}
		secrets := map[string]string{"code": "493027", "link": "a-link", "password": "abcd-efgh"}
		got, err := c.Compose(t.Context(), m, secrets)
		if err != nil || got.Subject == "" || got.Text == "" || got.HTML == "" {
			t.Errorf("%s: %v, subject %q, %d and %d bytes", kind, err, got.Subject, len(got.Text), len(got.HTML))
		}
		for _, part := range []string{got.Text, got.HTML} {
			for _, want := range wanted[kind] {
				if !strings.Contains(part, want) {
					t.Errorf("%s lacks %q:\n%s", kind, want, part)
				}
			}
		}
		m.Channel = message.SMS
		if got, err = c.Compose(t.Context(), m, secrets); err != nil || got.Text == "" || got.HTML != "" {
			t.Errorf("%s as text message: %v, %q", kind, err, got.Text)
		}
	}
}

// wanted is what a message must not lack.
var wanted = map[string][]string{
	message.SignUp:          {"493027", "https://login.example.test/confirm?link=a-link"},
	message.ResendCode:      {"493027", "https://login.example.test/confirm?link=a-link"},
	message.AttributeChange: {"493027", "https://login.example.test/confirm?link=a-link"},
	message.ForgotPassword:  {"493027", "https://login.example.test/resetPassword?link=a-link"},
	message.AdminCreateUser: {"abcd-efgh", "https://login.example.test/login"},
	message.AccountExists:   {"https://login.example.test/login"},
	message.PasswordChanged: {"https://login.example.test/forgotPassword", "Firefox on Linux"},
	message.AddressChanged:  {"https://login.example.test/forgotPassword"},
	message.UserDeleted:     {"Poolhouse"},
}
