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
	const at, browser, network, forgot = "3 May 2026, 14:02 UTC", "Firefox on Linux", "192.0.2.7", "https://login.acme.test/forgotPassword"
	coded := func(kind string) email.Props {
		return email.Props{Kind: kind, Code: "193482", Link: link, Minutes: 15, Host: host}
	}
	return []email.Props{
		coded(email.SignUp), coded(email.ResendCode), coded(email.ForgotPassword), coded(email.AttributeChange),
		{Kind: email.AdminCreateUser, Username: "ann@example.test", Password: "marsh-hazel-42-finch", Link: "https://login.acme.test/login", Days: 7},
		{Kind: email.AccountExists, Link: "https://login.acme.test/login"},
		{Kind: email.PasswordChanged, When: at, Device: browser, HelpURL: forgot},
		{Kind: email.AddressChanged, Address: masked, When: at, HelpURL: forgot},
		{Kind: email.UserDeleted},
		{Kind: email.DeletionPlanned, Link: "https://login.acme.test/login", Until: "2 June 2026, 14:02 UTC", When: at, Device: browser},
		{Kind: email.SignInCode, Code: "193482", Link: "https://login.acme.test/login/link?link=Yk3", Minutes: 10, Host: host, Device: browser, Where: network},
		{Kind: email.MFACode, Code: "193482", Minutes: 10, Host: host, Device: browser, Where: network, HelpURL: forgot},
		{Kind: email.FactorAdded, Factor: "WEB_AUTHN", When: at, Device: browser, HelpURL: forgot},
		{Kind: email.FactorRemoved, Factor: "SOFTWARE_TOKEN_MFA", When: at, Device: browser, HelpURL: "https://login.acme.test/account", ToAccount: true},
		{Kind: email.RecoveryUsed, When: at, Device: browser, HelpURL: forgot},
		{Kind: email.RecoveryMade, When: at, Device: browser, HelpURL: forgot},
		{Kind: email.RiskySignIn, Link: "https://login.acme.test/notMe?link=Yk3", When: at, Device: browser, Where: "Berlin, DE (" + network + ")"},
		{Kind: email.RecoveryLink, Link: "https://login.acme.test/resetPassword?link=Yk3", Minutes: 60},
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
