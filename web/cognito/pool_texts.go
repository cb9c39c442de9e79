package cognito

import (
	"cmp"
	"encoding/json"

	"poolhouse.dev/identity"
)

// emailConfiguration keeps what names something of AWS.
const emailConfiguration = "EmailConfiguration"

// kept is what is given back as it came; who mails come from is a setting.
func (c *EmailConfiguration) kept() json.RawMessage {
	if c == nil {
		return nil
	}
	rest := *c
	rest.From, rest.ReplyToEmailAddress = "", ""
	text, err := json.Marshal(rest)
	if err != nil {
		return nil // texts can be written
	}
	return text
}

// applyTexts sets the words of messages. What the template says goes before the
// members that it took the place of.
func (m *PoolMembers) applyTexts(p *identity.Pool) {
	v := VerificationMessage{}
	if m.VerificationMessageTemplate != nil {
		v = *m.VerificationMessageTemplate
	}
	p.Verification = identity.VerificationMessage{
		DefaultEmailOption: v.DefaultEmailOption, EmailMessageByLink: v.EmailMessageByLink, EmailSubjectByLink: v.EmailSubjectByLink,
		EmailMessage: cmp.Or(v.EmailMessage, m.EmailVerificationMessage), EmailSubject: cmp.Or(v.EmailSubject, m.EmailVerificationSubject),
		SMSMessage: cmp.Or(v.SMSMessage, m.SMSVerificationMessage),
	}
	p.SMSAuthentication, p.Email = m.SMSAuthenticationMessage, identity.EmailConfiguration{}
	if c := m.EmailConfiguration; c != nil {
		p.Email = identity.EmailConfiguration{From: c.From, ReplyTo: c.ReplyToEmailAddress}
	}
}

// texts answers the words of messages, those of the template under both of their
// names, as Cognito does.
func (m *PoolMembers) texts(p *identity.Pool) {
	v := &p.Verification
	m.VerificationMessageTemplate = &VerificationMessage{
		SMSMessage: v.SMSMessage, EmailMessage: v.EmailMessage, EmailSubject: v.EmailSubject,
		EmailMessageByLink: v.EmailMessageByLink, EmailSubjectByLink: v.EmailSubjectByLink,
		DefaultEmailOption: cmp.Or(v.DefaultEmailOption, "CONFIRM_WITH_CODE"),
	}
	m.SMSVerificationMessage, m.EmailVerificationMessage, m.EmailVerificationSubject = v.SMSMessage, v.EmailMessage, v.EmailSubject
	m.SMSAuthenticationMessage = p.SMSAuthentication
	if t := p.AdminCreateUserConfig.Invitation; t != (identity.MessageTemplate{}) {
		shown := MessageTemplate(t)
		m.AdminCreateUserConfig.InviteMessageTemplate = &shown
	}
	c := EmailConfiguration{}
	if givenMember(p.Beside, emailConfiguration, &c) || p.Email != (identity.EmailConfiguration{}) {
		c.From, c.ReplyToEmailAddress = p.Email.From, p.Email.ReplyTo
		m.EmailConfiguration = &c
	}
}
