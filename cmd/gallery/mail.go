package main

import (
	"path"
	"strings"

	"poolhouse.dev/assets"
	"poolhouse.dev/views/email"
)

// mails are the messages of each kind, with what each is given.
func mails() []email.Props {
	const host, link = "login.acme.test", "https://login.acme.test/confirm?link=Yk3"
	coded := func(kind string) email.Props {
		return email.Props{Kind: kind, Code: "193482", Link: link, Minutes: 15, Host: host}
	}
	return []email.Props{
		coded(email.SignUp), coded(email.ResendCode), coded(email.ForgotPassword), coded(email.AttributeChange),
		{Kind: email.AdminCreateUser, Username: "ann@example.test", Password: "marsh-hazel-42-finch", Link: "https://login.acme.test/login", Days: 7},
		{Kind: email.AccountExists, Link: "https://login.acme.test/login"},
		{Kind: email.PasswordChanged, When: "3 May 2026, 14:02 UTC", Device: "Firefox on Linux", HelpURL: "https://login.acme.test/forgotPassword"},
		{Kind: email.AddressChanged, Address: masked, When: "3 May 2026, 14:02 UTC", HelpURL: "https://login.acme.test/forgotPassword"},
		{Kind: email.UserDeleted},
	}
}

// writeMails writes HTML and text of every kind in every language.
func writeMails(out string) (int, error) {
	n := 0
	for _, l := range assets.Catalogues().Languages() {
		words := assets.Catalogues().For(l.Tag)
		for _, m := range mails() {
			m.Lang, m.Dir, m.T, m.AppName = l.Tag, l.Dir, words.T, "Acme"
			name := path.Join(out, "mail", l.Tag+"-"+m.Kind)
			if err := write("", name+".html", email.HTML(m)); err != nil {
				return n, err
			}
			text := "Subject: " + email.Subject(m) + "\n\n" + email.Text(m) + "\nSMS:\n" + email.SMS(m) + "\n"
			if err := save(name+".txt", []byte(text)); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

func mailLinks() []string {
	var all []string
	for _, l := range assets.Catalogues().Languages() {
		for _, m := range mails() {
			all = append(all, strings.Join([]string{l.Tag, "-", m.Kind, ".html"}, ""), l.Tag+"-"+m.Kind+".txt")
		}
	}
	return all
}
