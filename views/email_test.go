package views_test

import (
	"strings"
	"testing"

	"poolhouse.dev/assets"
	"poolhouse.dev/views/email"
)

func mail(kind string) email.Props {
	words := assets.Catalogues().For("en")
	return email.Props{
		Kind: kind, Lang: "en", Dir: "ltr", T: words.T, AppName: "Acme", Code: "193482", Link: "https://login.acme.test/confirm?link=L",
		Minutes: 15, Host: "login.acme.test",
	}
}

func TestACodeMailHasCodeAndLinkInBothParts(t *testing.T) {
	for _, kind := range []string{email.SignUp, email.ResendCode, email.ForgotPassword, email.AttributeChange} {
		p := mail(kind)
		d := render(t, email.HTML(p))
		d.says("p.box", "193482")
		d.is("a", "href", p.Link)
		d.has(0, "img, link, script")
		text := email.Text(p)
		for _, part := range []string{"\n193482\n", "\n" + p.Link + "\n", "Code and link work for 15 minutes.", "If this was not you"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s: the text part lacks %q:\n%s", kind, part, text)
			}
		}
		if subject := email.Subject(p); strings.Contains(subject, p.Code) || !strings.Contains(subject, "Acme") {
			t.Errorf("the subject is %q", subject)
		}
	}
}

func TestWhatLivesIsNamed(t *testing.T) {
	for kind, want := range map[string]string{
		email.SignInCode: "Code and link work for 15 minutes.", email.MFACode: "The code works for 15 minutes.", email.RecoveryLink: "The link works for 15 minutes",
	} {
		p := mail(kind)
		switch kind {
		case email.MFACode:
			p.Link, p.HelpURL = "", "https://login.acme.test/forgotPassword"
		case email.RecoveryLink:
			p.Code = ""
		}
		text := email.Text(p)
		if !strings.Contains(text, want) {
			t.Errorf("%s: the text part lacks %q:\n%s", kind, want, text)
		}
		if warns := strings.Contains(text, "somebody may know your password"); warns != (kind == email.MFACode) {
			t.Errorf("%s: warns of the password: %t", kind, warns)
		}
		if told := strings.Contains(text, "Give the code to nobody."); told != (p.Code != "") {
			t.Errorf("%s: says to keep the code: %t", kind, told)
		}
	}
}

func TestATextMessageEndsInTheHostBoundCode(t *testing.T) {
	got := email.SMS(mail(email.SignUp))
	if want := "193482 is your code for Acme.\n\n@login.acme.test #193482"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	p := mail(email.PasswordChanged)
	p.Code = ""
	if strings.Contains(email.SMS(p), "@") {
		t.Error("a message without a code ends in a code line")
	}
}

func TestAWarningSaysWhenFromWhereAndWhatToDo(t *testing.T) {
	p := mail(email.PasswordChanged)
	p.Code, p.Link, p.When, p.Device, p.HelpURL = "", "", "3 May 2026, 14:02 UTC", "Firefox on Linux", "https://login.acme.test/forgotPassword"
	text := email.Text(p)
	for _, part := range []string{"When: 3 May 2026, 14:02 UTC", "From: Firefox on Linux", p.HelpURL} {
		if !strings.Contains(text, part) {
			t.Errorf("the text part lacks %q:\n%s", part, text)
		}
	}
	render(t, email.HTML(p)).is("a", "href", p.HelpURL)
}

func TestATemporaryPasswordComesWithItsLife(t *testing.T) {
	p := mail(email.AdminCreateUser)
	p.Code, p.Username, p.Password, p.Days = "", "ann@example.test", "marsh-hazel-42-finch", 7
	text := email.Text(p)
	for _, part := range []string{"Username: ann@example.test", "Temporary password: marsh-hazel-42-finch", "works for 7 days"} {
		if !strings.Contains(text, part) {
			t.Errorf("the text part lacks %q:\n%s", part, text)
		}
	}
}

func TestMailsKeepToTheirLinesAndColours(t *testing.T) {
	p := mail(email.SignUp)
	p.AppName = "Acme\r\nBcc: eve@example.test"
	if strings.ContainsAny(email.Subject(p), "\r\n") {
		t.Error("the subject has a second line")
	}
	p.Primary, p.OnPrimary = "red;background:url(//evil.test)", "#000000"
	d := render(t, email.HTML(p))
	style := d.Find("a").AttrOr("style", "")
	if strings.Contains(style, "evil") || !strings.Contains(style, "#0f5fc2") || !strings.Contains(style, "color:#000000") {
		t.Errorf("the button's style is %q", style)
	}
}

func TestMailsRunInTheirDirection(t *testing.T) {
	p := mail(email.SignUp)
	words := assets.Catalogues().For("ar")
	p.Lang, p.Dir, p.T = "ar", "rtl", words.T
	d := render(t, email.HTML(p))
	d.is("html", "dir", "rtl")
	d.is("p.box", "dir", "ltr")
}

func TestALongLifeIsSaidInHours(t *testing.T) {
	p := mail(email.SignUp)
	for minutes, want := range map[int]string{
		90: "work for 90 minutes.", 60: "work for 1 hour.", 1440: "work for 24 hours.",
	} {
		p.Minutes = minutes
		if text := email.Text(p); !strings.Contains(text, want) {
			t.Errorf("the text part lacks %q:\n%s", want, text)
		}
	}
}

func TestAFactorElsewhereIsNamedByItsProvider(t *testing.T) {
	for name, want := range map[string]string{"LoginWithAmazon": "What: Sign-in with Amazon\n", "Acme SSO": "What: Sign-in with Acme SSO\n"} {
		p := mail(email.FactorAdded)
		p.Factor, p.Provider = "EXTERNAL_PROVIDER", name
		if text := email.Text(p); !strings.Contains(text, want) {
			t.Errorf("%s: the text part lacks %q:\n%s", name, want, text)
		}
	}
}
