package mail_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// written are words of a pool's own for every message that can have some.
func written(_ *web.Deps, p *identity.Pool) {
	p.Verification = identity.VerificationMessage{EmailMessage: "<p>Verify with <b>{####}</b></p>", EmailSubject: "Verify", SMSMessage: "Verify {####}"}
	p.AdminCreateUserConfig.Invitation = identity.MessageTemplate{EmailMessage: "Hi {username}, {####}", EmailSubject: "Invited", SMSMessage: "{username}/{####}"}
	p.SMSAuthentication, p.EmailMFA.Message, p.EmailMFA.Subject = "Sign in {####}", "Enter {####}", "Sign in"
	p.Risk.AccountTakeover.Notify = identity.NotifyConfiguration{
		Block:    identity.NotifyEmail{Subject: "Blocked", HTMLBody: "<p>{username} {city} {ip-address} {event-id}</p><a href={one-click-link-invalid}>no</a><a href={one-click-link-valid}>yes</a>"},
		NoAction: identity.NotifyEmail{Subject: "Seen", TextBody: "From {country} at {login-time} by {device-name}: {feedback-token}"},
	}
	p.Email = identity.EmailConfiguration{From: "Shop <login@acme.test>", ReplyTo: "help@example.test"}
}

func TestMessagesOfAPoolAreInItsOwnWords(t *testing.T) {
	h := webtest.Start(t, written)
	for _, c := range []struct{ kind, subject, text, html, sms string }{
		{message.SignUp, "Verify", "Verify with 123456", "<p>Verify with <b>123456</b></p>", "Verify 123456"},
		{message.ResendCode, "Verify", "Verify with 123456", "<p>Verify with <b>123456</b></p>", "Verify 123456"},
		{message.ForgotPassword, "Verify", "Verify with 123456", "<p>Verify with <b>123456</b></p>", "Verify 123456"},
		{message.AttributeChange, "Verify", "Verify with 123456", "<p>Verify with <b>123456</b></p>", "Verify 123456"},
		{message.AdminCreateUser, "Invited", "Hi <i>ann</i>, temporary-word", "Hi &lt;i&gt;ann&lt;/i&gt;, temporary-word", "<i>ann</i>/temporary-word"},
		{message.SignInCode, "Sign in", "Enter 123456", "Enter 123456", "Sign in 123456"},
		{message.MFACode, "Sign in", "Enter 123456", "Enter 123456", "Sign in 123456"},
	} {
		m, secrets := letter(c.kind), map[string]string{"code": "123456", "link": "s3cret.link_-"}
		m.Data["username"] = "<i>ann</i>"
		if c.kind == message.AdminCreateUser {
			secrets = map[string]string{"password": "temporary-word"}
		}
		if got := compose(h, m, secrets); got.Subject != c.subject || got.Text != c.text || got.HTML != c.html || got.ReplyTo != "help@example.test" {
			t.Errorf("%s: %+v", c.kind, got)
		}
		m.Channel = message.SMS
		if got := compose(h, m, secrets); got.Text != c.sms || got.Subject+got.HTML != "" {
			t.Errorf("%s as text message: %+v", c.kind, got)
		}
		m.Channel, m.Words = message.Email, &message.Words{Body: "By the trigger {####}"}
		if got := compose(h, m, secrets); !strings.HasPrefix(got.HTML, "By the trigger") || strings.Contains(got.Subject, c.subject) && c.kind != message.AdminCreateUser {
			t.Errorf("%s: the trigger does not go before the pool: %+v", c.kind, got)
		}
	}
	m := letter(message.PasswordChanged)
	if got := compose(h, m, nil); got.Subject != "Your password for Notes was changed" || got.ReplyTo == "" {
		t.Errorf("a notice: %+v", got)
	}
}

func TestALinkConfirmsASignUpWhereThePoolSaysSo(t *testing.T) {
	h := webtest.Start(t, func(_ *web.Deps, p *identity.Pool) {
		p.Verification = identity.VerificationMessage{
			DefaultEmailOption: identity.ByLink, EmailMessage: "Code {####}", EmailMessageByLink: "Hello {##Verify##}", EmailSubjectByLink: "A link",
		}
	})
	const link = webtest.PublicURL + "/confirm?link=s3cret.link_-"
	for _, kind := range []string{message.SignUp, message.ResendCode} {
		if got := compose(h, letter(kind), secrets); got.HTML != `Hello <a href="`+link+`">Verify</a>` || got.Text != "Hello Verify: "+link || got.Subject != "A link" {
			t.Errorf("%s: %+v", kind, got)
		}
	}
	for _, kind := range []string{message.ForgotPassword, message.AttributeChange} {
		if got := compose(h, letter(kind), secrets); got.HTML != "Code 123456" {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

// Without words of the pool's own a link stands in ours, and no code that the page
// does not ask for.
func TestALinkAloneInOurWords(t *testing.T) {
	h := webtest.Start(t, func(_ *web.Deps, p *identity.Pool) { p.Verification.DefaultEmailOption = identity.ByLink })
	for _, kind := range []string{message.SignUp, message.ResendCode} {
		for _, locale := range []string{"en", "de", "ar"} {
			m := letter(kind)
			m.Locale = locale
			got := compose(h, m, secrets)
			if whole := got.Subject + got.Text + got.HTML; strings.Contains(whole, "123456") || !strings.Contains(got.Text, webtest.PublicURL+"/confirm?link=") || strings.Contains(whole, "mail.") {
				t.Errorf("%s in %s: %s\n%s", kind, locale, got.Subject, got.Text)
			}
		}
	}
	if got := compose(h, letter(message.SignUp), secrets); !strings.Contains(got.Text, "Open this page and press the button there to confirm your account for Notes.") {
		t.Errorf("text:\n%s", got.Text)
	}
	m := letter(message.SignUp)
	m.Channel = message.SMS
	if got := compose(h, m, secrets); !strings.Contains(got.Text, "123456") {
		t.Errorf("a text message: %s", got.Text)
	}
}

func TestMailsAboutADoubtFollowWhatWasDone(t *testing.T) {
	h := webtest.Start(t, written)
	m := letter(message.RiskySignIn)
	m.Data = map[string]string{
		"username": "ann<", "city": "Berlin", "country": "DE", "address": "192.0.2.7", "event": "e-1", "at": "2026-05-03T12:00:00Z",
		"user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "response": "Fail", "action": "BLOCK",
	}
	got := compose(h, m, secrets)
	want := "<p>ann&lt; Berlin 192.0.2.7 e-1</p><a href=" + webtest.PublicURL + "/notMe?link=s3cret.link_->no</a><a href=" + webtest.PublicURL + "/account>yes</a>"
	if got.Subject != "Blocked" || got.HTML != want {
		t.Errorf("blocked: %+v", got)
	}
	m.Data["response"], m.Data["action"] = "Pass", "MFA_IF_CONFIGURED"
	if got := compose(h, m, secrets); got.Subject != "Seen" || got.HTML != "" || got.Text != "From DE at 3 May 2026, 12:00 UTC by Firefox on Linux: s3cret.link_-" {
		t.Errorf("nothing done: %+v", got)
	}
	m.Data["response"] = "InProgress"
	if got := compose(h, m, secrets); got.Subject != "An unusual sign-in to Notes" || got.HTML == "" {
		t.Errorf("a second factor, which has no words: %+v", got)
	}
}

func TestAttackAPoolWritesInAnothersName(t *testing.T) {
	for from, want := range map[string]string{
		"Shop <login@acme.test>": "Shop <login@acme.test>", "Boss <boss@bank.test>": "", "Acme Payroll <boss@acme.test>": "", "boss@acme.test": "",
	} {
		var log bytes.Buffer
		h := webtest.Start(t, written, func(_ *web.Deps, p *identity.Pool) {
			p.Email.From, p.Risk.AccountTakeover.Notify.From = "x@elsewhere.test", from
		})
		c := newComposer(h)
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		for range 2 {
			if got := composedBy(h, c, letter(message.RiskySignIn), secrets); got.From != want {
				t.Errorf("%s: from %q", from, got.From)
			}
			if got := composedBy(h, c, letter(message.SignUp), secrets); got.From != "" {
				t.Errorf("a sign-up comes from %q", got.From)
			}
		}
		lines := []int{strings.Count(log.String(), "from=x@elsewhere.test"), strings.Count(log.String(), "boss@")}
		if lines[0] != 1 || want == "" && lines[1] != 1 || !strings.Contains(log.String(), "pool="+string(webtest.PoolID)) {
			t.Errorf("%s: the log says\n%s", from, &log)
		}
	}
}
