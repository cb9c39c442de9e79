package mail_test

import (
	"log/slog"
	"net/mail"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
	composer "poolhouse.dev/web/mail"
)

func compose(h *webtest.House, m message.Message, secrets map[string]string) message.Content {
	h.Helper()
	return composedBy(h, newComposer(h), m, secrets)
}

func newComposer(h *webtest.House) *composer.Composer {
	return &composer.Composer{
		Settings: &identity.Settings{Core: h.Core}, URL: h.Server.URL, Senders: message.NewSenders("login@acme.test", nil), Log: slog.New(slog.DiscardHandler),
	}
}

func composedBy(h *webtest.House, c *composer.Composer, m message.Message, secrets map[string]string) message.Content {
	h.Helper()
	content, err := c.Compose(h.Context(), m, secrets)
	if err != nil {
		h.Fatal(err)
	}
	return content
}

func letter(kind string) message.Message {
	return message.Message{
		ID: "id", Kind: kind, Pool: string(webtest.PoolID), Client: "app", Channel: message.Email, To: "ann@example.test",
		Data: map[string]string{"minutes": "60", "days": "7", "username": "ann", "at": "2026-05-03T12:00:00Z", "on": "2026-06-02T12:00:00Z", "user_agent": "", "address": "n***@e***.test"},
	}
}

var secrets = map[string]string{"code": "123456", "link": "s3cret.link_-", "password": "temporary-word"}

func TestEveryKindHasWordsInEveryLanguage(t *testing.T) {
	h := webtest.Start(t)
	for _, kind := range message.Kinds() {
		for _, locale := range []string{"en", "de", "ar", "fr", ""} {
			m := letter(kind)
			m.Locale = locale
			content := compose(h, m, secrets)
			whole := content.Subject + content.Text + content.HTML
			if content.Subject == "" || strings.Contains(whole, "mail."+kind) || !strings.Contains(whole, "Notes") || content.To != m.To || content.ID != m.ID {
				t.Errorf("%s in %q: %s\n%s", kind, locale, content.Subject, content.Text)
			}
			if strings.ContainsAny(content.Subject, "\r\n") || strings.Contains(content.Subject, "123456") {
				t.Errorf("%s: subject %q", kind, content.Subject)
			}
			m.Channel = message.SMS
			if text := compose(h, m, secrets); text.Text == "" || strings.Contains(text.Text, "sms.") || text.HTML != "" || text.Subject != "" {
				t.Errorf("%s as text message: %+v", kind, text)
			}
		}
	}
}

func TestLinksComeFromThePublicURL(t *testing.T) {
	h := webtest.Start(t)
	for kind, link := range map[string]string{
		message.SignUp:          webtest.PublicURL + "/confirm?link=s3cret.link_-",
		message.ForgotPassword:  webtest.PublicURL + "/resetPassword?link=s3cret.link_-",
		message.AttributeChange: webtest.PublicURL + "/confirm?link=s3cret.link_-",
		message.AccountExists:   webtest.PublicURL + "/login",
		message.PasswordChanged: webtest.PublicURL + "/forgotPassword",
		message.SignInCode:      webtest.PublicURL + "/login/link?link=s3cret.link_-",
		message.DeletionPlanned: webtest.PublicURL + "/login",
		message.MFACode:         webtest.PublicURL + "/forgotPassword",
		message.FactorAdded:     webtest.PublicURL + "/forgotPassword",
		message.RecoveryUsed:    webtest.PublicURL + "/forgotPassword",
		message.RiskySignIn:     webtest.PublicURL + "/notMe?link=s3cret.link_-",
		message.RecoveryLink:    webtest.PublicURL + "/resetPassword?link=s3cret.link_-",
	} {
		content := compose(h, letter(kind), secrets)
		if !strings.Contains(content.Text, link+"\n") || !strings.Contains(content.HTML, `href="`+link+`"`) {
			t.Errorf("%s lacks %s:\n%s", kind, link, content.Text)
		}
	}
}

func TestMailOfAnotherPoolLinksThere(t *testing.T) {
	h := webtest.Start(t)
	h.Pool(identity.Pool{ID: "local_two", Name: "Two"})
	m := letter(message.SignUp)
	m.Pool, m.Client = "local_two", "gone"
	if text := compose(h, m, secrets).Text; !strings.Contains(text, webtest.PublicURL+"/local_two/confirm?link=") || !strings.Contains(text, "Two") {
		t.Errorf("text:\n%s", text)
	}
}

func TestTextMessageEndsWithTheHostBoundCode(t *testing.T) {
	h := webtest.Start(t)
	m := letter(message.SignUp)
	m.Channel = message.SMS
	text := compose(h, m, secrets).Text
	if lines := strings.Split(text, "\n"); lines[len(lines)-1] != "@login.example.test #123456" {
		t.Errorf("text:\n%s", text)
	}
}

func TestACodeOfASecondFactorCarriesNoLink(t *testing.T) {
	h := webtest.Start(t)
	content := compose(h, letter(message.MFACode), secrets)
	if whole := content.Text + content.HTML; strings.Contains(whole, secrets["link"]) || !strings.Contains(content.Text, "\n123456\n") {
		t.Errorf("text:\n%s", content.Text)
	}
}

func TestMessagesSayFromWhere(t *testing.T) {
	h := webtest.Start(t)
	m := letter(message.RiskySignIn)
	m.Data = map[string]string{
		"at": "2026-05-03T12:00:00Z", "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
		"address": "192.0.2.7", "city": "Berlin", "country": "DE",
	}
	text := compose(h, m, secrets).Text
	for _, line := range []string{"When: 3 May 2026, 12:00", "From: Firefox on Linux\n", "Where: Berlin, DE (192.0.2.7)\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("the text lacks %q:\n%s", line, text)
		}
	}
	m.Data["city"], m.Data["country"] = "", ""
	if text := compose(h, m, secrets).Text; !strings.Contains(text, "Where: 192.0.2.7\n") {
		t.Errorf("the text lacks the address:\n%s", text)
	}
	m.Kind, m.Channel = message.RecoveryLink, message.SMS
	if text := compose(h, m, secrets).Text; !strings.Contains(text, webtest.PublicURL+"/resetPassword?link=s3cret.link_-") {
		t.Errorf("the text message lacks the link: %s", text)
	}
}

func TestAPoolWithoutPasswordsSendsNobodyToThem(t *testing.T) {
	h := webtest.Start(t, func(_ *web.Deps, p *identity.Pool) {
		p.Policies.SignInPolicy.AllowedFirstAuthFactors = []identity.Factor{identity.FactorPasskey, identity.FactorEmailCode}
	})
	m := letter(message.FactorAdded)
	m.Data["factor"] = string(identity.FactorPasskey)
	text := compose(h, m, secrets).Text
	if strings.Contains(text, "/forgotPassword") || !strings.Contains(text, webtest.PublicURL+"/account\n") || !strings.Contains(text, "What: Passkey\n") {
		t.Errorf("text:\n%s", text)
	}
}

func TestNamesCannotBecomeMarkup(t *testing.T) {
	h := webtest.Start(t)
	m := letter(message.AdminCreateUser)
	m.Client, m.Data["username"] = "", `<script>alert(1)</script>`
	if html := compose(h, m, secrets).HTML; strings.Contains(html, "<script>alert") {
		t.Errorf("html:\n%s", html)
	}
}

func TestSignUpMailLeadsToTheAccount(t *testing.T) {
	h := webtest.Start(t)
	h.Browser().Get("/signup").Submit("username", "ann@example.test", "password", webtest.Password)
	sent := h.Mail("ann@example.test")
	content := compose(h, sent.Message, sent.Secrets)
	at := strings.Index(content.Text, webtest.PublicURL+"/confirm")
	link, _, _ := strings.Cut(content.Text[at:], "\n")
	h.Browser().Get(link).Press("/confirm").At("/login").Says("Your account is confirmed")
	if _, err := mail.ParseAddress(content.To); err != nil {
		t.Fatal(err)
	}
}
