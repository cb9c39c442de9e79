package config

import (
	"encoding/json"
	"strings"
	"testing"
)

const messages = `
email: {from: "Acme <login@acme.test>", allowed_senders: [shop.test, help@other.test]}
pools:
  - email_configuration: {from: "Shop <no-reply@shop.test>", reply_to_email_address: help@example.test}
    verification_message_template:
      {default_email_option: CONFIRM_WITH_LINK, email_message_by_link: "{##Verify##}", email_subject_by_link: Verify, sms_message: "{####}"}
    sms_authentication_message: "{####}"
    email_mfa_configuration: {enabled: true, message: "<b>{####}</b>", subject: Code}
    admin_create_user_config: {invite_message_template: {email_message: "{username} {####}"}}
    risk_configuration:
      account_takeover_risk_configuration:
        notify_configuration: {from: help@other.test, block_email: {subject: Blocked, html_body: "<p>Blocked</p>"}}
`

func TestMessagesOfTheFileAreRead(t *testing.T) {
	parsed, err := load(t, messages)
	if err == nil {
		err = CheckServer(&parsed.File, parsed, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(parsed.Pools[0])
	for _, want := range []string{
		`"email_configuration":{"from":"Shop \u003cno-reply@shop.test\u003e","reply_to_email_address":"help@example.test"}`,
		`"email_message_by_link":"{##Verify##}"`, `"sms_authentication_message":"{####}"`, `"subject":"Code"`,
		`"invite_message_template":{"email_message":"{username} {####}"}`, `"block_email":{"subject":"Blocked","html_body":"\u003cp\u003eBlocked\u003c/p\u003e"}`,
	} {
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s is not in\n%s: %v", want, text, err)
		}
	}
}

func TestMistakesInMessagesNameTheLine(t *testing.T) {
	const of, acme = "pools:\n  - verification_message_template: ", "email: {from: login@acme.test}\npools:\n"
	for name, c := range map[string]struct{ text, want string }{
		"a key near one":        {of + "{email_text: x}\n", `:2: unknown key "email_text" in pools[0].verification_message_template`},
		"an option nobody has":  {of + "{default_email_option: LINK}\n", `:2: pools[0].verification_message_template.default_email_option: takes CONFIRM_WITH_CODE and CONFIRM_WITH_LINK`},
		"no code":               {of + "{email_message: Welcome}\n", `.email_message: must hold {####}, where the code stands`},
		"no link":               {of + "{email_message_by_link: \"Welcome {####}\"}\n", `.email_message_by_link: must hold the link as {##TEXT##}`},
		"a long text message":   {of + "{sms_message: \"{####}" + strings.Repeat("x", 140) + "\"}\n", `.sms_message: must have 6-140 characters`},
		"a header":              {"pools:\n  - email_mfa_configuration: {subject: \"a\\0b\"}\n", `email_mfa_configuration.subject: must have at most 140 characters, none of control`},
		"no sender":             {"pools:\n  - email_configuration: {from: Acme}\n", `email_configuration.from: must be an address such as Acme <login@acme.test>`},
		"a stranger's address":  {acme + "  - email_configuration: {from: ceo@bank.test}\n", `:3: pools[0].email_configuration.from: mails may not come from ceo@bank.test`},
		"a colleague's address": {acme + "  - email_configuration: {from: Payroll <ceo@acme.test>}\n", `:3: pools[0].email_configuration.from: mails may not come from Payroll <ceo@acme.test>`},
		"an address for a name": {acme + "  - email_configuration: {from: '\"ceo@acme.test\" <login@acme.test>'}\n", `email_configuration.from: must be an address such as Acme <login@acme.test>, without an @ in the name`},
		"a client's stranger": {acme + "  - clients:\n      - client_name: web\n        client_id: web\n        risk_configuration: {account_takeover_risk_configuration: {notify_configuration: {from: ceo@bank.test}}}\n",
			`:6: pools[0].clients[0].risk_configuration.account_takeover_risk_configuration.notify_configuration.from: mails may not come from ceo@bank.test`},
		"a pattern of senders": {"email: {from: login@acme.test, allowed_senders: [acme.test, \"*@shop.test\"]}\n", `email.allowed_senders[1]: "*@shop.test" is no address and no domain`},
	} {
		t.Run(name, func(t *testing.T) {
			parsed, err := load(t, c.text)
			if err == nil {
				err = CheckServer(&parsed.File, parsed, nil)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("said:\n%v\nwant it to hold:\n%s", err, c.want)
			}
		})
	}
}
