package cognito

import (
	"encoding/json"

	"poolhouse.dev/identity"
)

// notifySource keeps which identity of Amazon SES sends, which none does here.
const notifySource = "NotifySourceArn"

func (in *SetRiskRequest) keptSource() map[string]json.RawMessage {
	out := map[string]json.RawMessage{notifySource: nil}
	if in.AccountTakeover != nil && in.AccountTakeover.NotifyConfiguration != nil {
		text, err := json.Marshal(in.AccountTakeover.NotifyConfiguration.SourceArn)
		if err == nil {
			out[notifySource] = text
		}
	}
	return out
}

// settings are the mails about risky sign-ins; of none, ours.
func (n *NotifyConfiguration) settings() (out identity.NotifyConfiguration) {
	if n == nil {
		return out
	}
	out.From, out.ReplyTo = n.From, n.ReplyTo
	for to, from := range map[*identity.NotifyEmail]*NotifyEmail{&out.Block: n.BlockEmail, &out.MFA: n.MFAEmail, &out.NoAction: n.NoActionEmail} {
		if from != nil {
			*to = identity.NotifyEmail(*from)
		}
	}
	return out
}

// notifyOf answers nil where nobody set any.
func notifyOf(n *identity.NotifyConfiguration, b *identity.Beside) *NotifyConfiguration {
	out := NotifyConfiguration{From: n.From, ReplyTo: n.ReplyTo, BlockEmail: mailOf(n.Block), MFAEmail: mailOf(n.MFA), NoActionEmail: mailOf(n.NoAction)}
	if !givenMember(b, notifySource, &out.SourceArn) && *n == (identity.NotifyConfiguration{}) {
		return nil
	}
	return &out
}

func mailOf(m identity.NotifyEmail) *NotifyEmail {
	if m == (identity.NotifyEmail{}) {
		return nil
	}
	shown := NotifyEmail(m)
	return &shown
}
