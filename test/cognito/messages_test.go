package cognito

import (
	"net/http"
	"strings"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/test/kit"
)

// letterhead is a mail as people have it in Cognito: a whole page, with styles.
const letterhead = `<!DOCTYPE html><html><head><title>Shop</title><style>.b { color: #0b5d57 }</style></head><body style="font-family: sans-serif">` +
	`<h1 class="b">Welcome to the shop</h1><p>Nice to have you.</p><p>{##Confirm your address##}</p></body></html>`

// TestMessagesAreInTheWordsOfThePool sets templates with the Go SDK and reads what
// arrives by SMTP, asked for by the API and on the pages.
func TestMessagesAreInTheWordsOfThePool(t *testing.T) {
	t.Parallel()
	box := kit.NewPostbox(t)
	s := start(t, func(config kit.Map) {
		config["email"].(kit.Map)["transport"] = "smtp://" + box.Address + "?starttls=off"
	})
	g := newGoSDK(s, keyID, keySecret)
	in := &cip.UpdateUserPoolInput{
		UserPoolId: &g.pool, AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"},
		EmailConfiguration: &types.EmailConfigurationType{From: to("The shop <login@acme.test>"), ReplyToEmailAddress: to("help@example.test")},
		VerificationMessageTemplate: &types.VerificationMessageTemplateType{DefaultEmailOption: types.DefaultEmailOptionTypeConfirmWithLink,
			EmailMessageByLink: to(letterhead), EmailSubjectByLink: to("Your shop\naccount")},
		AdminCreateUserConfig: &types.AdminCreateUserConfigType{InviteMessageTemplate: &types.MessageTemplateType{
			EmailMessage: to("<p>{username}, your password is <b>{####}</b></p>"), EmailSubject: to("Come in")}},
	}
	do(t, g, g.UpdateUserPool, in)
	byAPI, byPage, late := somebody(), somebody(), somebody()
	do(t, g, g.SignUp, &cip.SignUpInput{ClientId: to(apiClient), Username: &byAPI, Password: to(password)})
	page := kit.NewClient().Open(t, s.App.URL+"/start").Click(t, "Sign up").Submit(t, kit.Fields{"username": byPage, "password": password})
	page = page.Want(t, http.StatusOK, "We sent a link to").Submit(t, nil).Want(t, http.StatusOK, "The link is not confirmed yet")
	for _, name := range []string{byAPI, byPage} {
		m := mailed(t, box, name)
		if m.Subject != "Your shop account" || !strings.Contains(m.From, "<login@acme.test>") || m.ReplyTo != "<help@example.test>" {
			t.Errorf("%s: from %s, answers to %s, about %q", name, m.From, m.ReplyTo, m.Subject)
		}
		if want := strings.ReplaceAll(letterhead, "{##Confirm your address##}", ""); len(m.HTML) < len(want) || !strings.HasPrefix(m.HTML, want[:len(want)/2]) {
			t.Errorf("the page is\n%s", m.HTML)
		}
		if text := "Welcome to the shop\nNice to have you.\nConfirm your address: " + s.URL; !strings.HasPrefix(strings.ReplaceAll(m.Text, "\r", ""), text) || strings.Contains(m.Text, "color") {
			t.Errorf("the text is\n%s", m.Text)
		}
		kit.NewClient().Open(t, m.Link(t)).Submit(t, nil).Want(t, http.StatusOK)
		if u := do(t, g, g.AdminGetUser, &cip.AdminGetUserInput{UserPoolId: &g.pool, Username: &name}); u.UserStatus != "CONFIRMED" {
			t.Errorf("%s is %s after the link", name, u.UserStatus)
		}
	}
	page.Submit(t, nil).Want(t, http.StatusOK, "Hello, "+byPage)
	do(t, g, g.AdminCreateUser, &cip.AdminCreateUserInput{UserPoolId: &g.pool, Username: to("guest-" + late), TemporaryPassword: to("<i>Temp-1</i>")})
	if m := mailed(t, box, "guest-"+late); m.Subject != "Come in" || !strings.Contains(m.HTML, "<b>&lt;i&gt;Temp-1&lt;/i&gt;</b>") || !strings.Contains(m.Text, "your password is <i>Temp-1</i>") {
		t.Errorf("an invitation: %+v", m)
	}
	in.EmailConfiguration.From = to("Acme payroll <boss@acme.test>")
	do(t, g, g.UpdateUserPool, in)
	do(t, g, g.SignUp, &cip.SignUpInput{ClientId: to(apiClient), Username: &late, Password: to(password)})
	if m := mailed(t, box, late); !strings.Contains(m.From, "login@acme.test") || strings.Contains(m.From, "ayroll") {
		t.Errorf("a mail comes from %s", m.From)
	}
	p := do(t, g, g.DescribeUserPool, &cip.DescribeUserPoolInput{UserPoolId: &g.pool}).UserPool
	if *p.EmailConfiguration.From != "Acme payroll <boss@acme.test>" || p.EmailConfigurationFailure == nil || *p.VerificationMessageTemplate.EmailMessageByLink != letterhead {
		t.Errorf("given back: %+v, %+v", p.EmailConfiguration, p.VerificationMessageTemplate)
	}
}

// mailed waits for a mail to somebody.
func mailed(t *testing.T, box *kit.Postbox, name string) (found kit.Mail) {
	t.Helper()
	kit.Eventually(t, "mail to "+name, func() bool {
		for _, m := range box.Mails(t) {
			if strings.Trim(m.To, "<>") == name {
				found = m
			}
		}
		return found.To != ""
	})
	return found
}
