package identity

import "poolhouse.dev/identity/message"

// VerificationMessage is what people read who confirm a sign-up or an address, or
// have forgotten the password (Cognito VerificationMessageTemplateType). "" is ours,
// in the person's language. Mails are HTML; {####} stands for the code, {##TEXT##} for
// a link.
type VerificationMessage struct {
	// DefaultEmailOption is how the mail of a sign-up confirms it: CONFIRM_WITH_CODE
	// (default), CONFIRM_WITH_LINK. The other mails have codes either way (Cognito).
	DefaultEmailOption string `json:"default_email_option,omitempty"`
	EmailMessage       string `json:"email_message,omitempty"` // 6-20000
	EmailSubject       string `json:"email_subject,omitempty"` // 1-140
	EmailMessageByLink string `json:"email_message_by_link,omitempty"`
	EmailSubjectByLink string `json:"email_subject_by_link,omitempty"`
	SMSMessage         string `json:"sms_message,omitempty"` // 6-140
}

// MessageTemplate is one message for both channels (Cognito MessageTemplateType).
type MessageTemplate struct {
	SMSMessage   string `json:"sms_message,omitempty"`
	EmailMessage string `json:"email_message,omitempty"`
	EmailSubject string `json:"email_subject,omitempty"`
}

// EmailMFA switches codes by mail on as a second factor, and has the words of the
// mails with codes to sign in with (Cognito EmailMfaConfigType).
type EmailMFA struct {
	Switch
	Message string `json:"message,omitempty"`
	Subject string `json:"subject,omitempty"`
}

// EmailConfiguration says who the pool's mails come from (Cognito
// EmailConfigurationType), as far as the server lets it: see message.Senders.
type EmailConfiguration struct {
	From    string `json:"from,omitempty"` // an address, with or without a name
	ReplyTo string `json:"reply_to_email_address,omitempty"`
}

// NotifyConfiguration has the mails about risky sign-ins (Cognito NotifyConfigurationType).
type NotifyConfiguration struct {
	From     string      `json:"from,omitempty"` // "" is that of email_configuration
	ReplyTo  string      `json:"reply_to,omitempty"`
	Block    NotifyEmail `json:"block_email,omitzero"`     // the sign-in was refused
	MFA      NotifyEmail `json:"mfa_email,omitzero"`       // a second factor was asked for because of it
	NoAction NotifyEmail `json:"no_action_email,omitzero"` // nothing was done about it
}

// NotifyEmail is one mail, in HTML, plain text or both (Cognito NotifyEmailType).
type NotifyEmail struct {
	Subject  string `json:"subject,omitempty"`
	HTMLBody string `json:"html_body,omitempty"`
	TextBody string `json:"text_body,omitempty"`
}

// ByLink is the DefaultEmailOption under which a link confirms a sign-up.
const ByLink = "CONFIRM_WITH_LINK"

// ConfirmsByLink says that a message is a mail of a sign-up, in a pool where it has a
// link in place of a code.
func (p *Pool) ConfirmsByLink(m *message.Message) bool {
	ofSignUp := m.Kind == message.SignUp || m.Kind == message.ResendCode
	return ofSignUp && m.Channel == message.Email && p.Verification.DefaultEmailOption == ByLink
}

// WordsFor answers what the pool's administrators have written for a message; what
// is empty is said in our words. The client may be nil.
func (p *Pool) WordsFor(c *Client, m *message.Message) message.Words {
	v, invitation := &p.Verification, &p.AdminCreateUserConfig.Invitation
	var sms string
	var mail message.Words
	switch m.Kind {
	case message.SignUp, message.ResendCode, message.ForgotPassword, message.AttributeChange:
		sms, mail = v.SMSMessage, message.Words{Subject: v.EmailSubject, Body: v.EmailMessage}
		if p.ConfirmsByLink(m) {
			mail = message.Words{Subject: v.EmailSubjectByLink, Body: v.EmailMessageByLink}
		}
	case message.AdminCreateUser:
		sms, mail = invitation.SMSMessage, message.Words{Subject: invitation.EmailSubject, Body: invitation.EmailMessage}
	case message.SignInCode, message.MFACode:
		sms, mail = p.SMSAuthentication, message.Words{Subject: p.EmailMFA.Subject, Body: p.EmailMFA.Message}
	case message.RiskySignIn:
		n := p.notices(c).of(m)
		mail = message.Words{Subject: n.Subject, Body: n.HTMLBody, Text: n.TextBody}
	}
	if m.Channel == message.SMS {
		return message.Words{Body: sms}
	}
	return mail
}

// SenderOf answers who a mail of the pool is to come from, and where answers to it
// go; "" is the server's.
func (p *Pool) SenderOf(c *Client, m *message.Message) (from, replyTo string) {
	from, replyTo = p.Email.From, p.Email.ReplyTo
	if n := p.notices(c); m.Kind == message.RiskySignIn {
		if n.From != "" {
			from = n.From
		}
		if n.ReplyTo != "" {
			replyTo = n.ReplyTo
		}
	}
	return from, replyTo
}

func (p *Pool) notices(c *Client) NotifyConfiguration {
	risk := p.Risk
	if c != nil {
		risk = risk.under(c.Risk)
	}
	return risk.AccountTakeover.Notify
}

// of answers the mail for what was done about the sign-in that a message is about.
func (n NotifyConfiguration) of(m *message.Message) NotifyEmail {
	action := m.Data["action"]
	switch asked := action == riskMFA || action == riskMFAIfConfigured; {
	case m.Data["response"] == eventFail:
		return n.Block
	case m.Data["response"] == eventPending && asked:
		return n.MFA
	}
	return n.NoAction
}
