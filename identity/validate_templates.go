package identity

import (
	netmail "net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"poolhouse.dev/identity/message"
)

// shortest is how short a message may be (Cognito); 6 characters are {####}.
const shortest = 6

// templateRules hold what administrators have written for messages, by Cognito's bounds.
func templateRules(p *Pool) []setting {
	const of, invite, mfa = "verification_message_template.", "admin_create_user_config.invite_message_template.", "email_mfa_configuration."
	v, i := &p.Verification, &p.AdminCreateUserConfig.Invitation
	return []setting{
		{of + "default_email_option", oneOf(v.DefaultEmailOption, "CONFIRM_WITH_CODE", ByLink), "takes CONFIRM_WITH_CODE and " + ByLink},
		body(of+"email_message", v.EmailMessage, longestMail), codeHolds(of+"email_message", v.EmailMessage),
		subject(of+"email_subject", v.EmailSubject),
		body(of+"email_message_by_link", v.EmailMessageByLink, longestMail),
		{of + "email_message_by_link", v.EmailMessageByLink == "" || (&message.Words{Body: v.EmailMessageByLink}).Links(), "must hold the link as {##TEXT##}"},
		subject(of+"email_subject_by_link", v.EmailSubjectByLink),
		body(of+"sms_message", v.SMSMessage, longestSMS), codeHolds(of+"sms_message", v.SMSMessage),
		body("sms_authentication_message", p.SMSAuthentication, longestSMS), codeHolds("sms_authentication_message", p.SMSAuthentication),
		body(mfa+"message", p.EmailMFA.Message, longestMail), codeHolds(mfa+"message", p.EmailMFA.Message),
		subject(mfa+"subject", p.EmailMFA.Subject),
		body(invite+"email_message", i.EmailMessage, longestMail), codeHolds(invite+"email_message", i.EmailMessage),
		subject(invite+"email_subject", i.EmailSubject),
		body(invite+"sms_message", i.SMSMessage, longestSMS), codeHolds(invite+"sms_message", i.SMSMessage),
		sender("email_configuration.from", p.Email.From),
		sender("email_configuration.reply_to_email_address", p.Email.ReplyTo),
	}
}

func notifyRules(of string, n *NotifyConfiguration) []setting {
	rules := []setting{sender(of+".from", n.From), sender(of+".reply_to", n.ReplyTo)}
	for name, mail := range map[string]*NotifyEmail{".block_email.": &n.Block, ".mfa_email.": &n.MFA, ".no_action_email.": &n.NoAction} {
		rules = append(rules, subject(of+name+"subject", mail.Subject),
			body(of+name+"html_body", mail.HTMLBody, longestMail), body(of+name+"text_body", mail.TextBody, longestMail))
	}
	return rules
}

func body(field, text string, longest int) setting {
	n := utf8.RuneCountInString(text)
	why := "must have 6-20000 characters"
	if longest == longestSMS {
		why = "must have 6-140 characters"
	}
	return setting{field, text == "" || within(n, shortest, longest), why}
}

func codeHolds(field, text string) setting {
	return setting{field, text == "" || strings.Contains(text, message.CodePlaceholder), "must hold " + message.CodePlaceholder + ", where the code stands"}
}

// subject: line breaks become spaces when it is sent; other control characters have
// no place in a header.
func subject(field, text string) setting {
	odd := strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) })
	return setting{field, utf8.RuneCountInString(text) <= longestSubject && !odd, "must have at most 140 characters, none of control"}
}

func sender(field, text string) setting {
	_, err := netmail.ParseAddress(text)
	odd := strings.ContainsFunc(text, unicode.IsControl) || !message.PlainName(text)
	return setting{field, text == "" || err == nil && !odd, "must be an address such as Acme <login@acme.test>, without an @ in the name"}
}
