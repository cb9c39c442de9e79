package mail

import (
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/views/email"
)

// wordsOf are what others have written for a message: the pool's custom message
// trigger, or else its administrators.
func wordsOf(pool *identity.Pool, client *identity.Client, m *message.Message) message.Words {
	if m.Words != nil {
		return *m.Words
	}
	return pool.WordsFor(client, m)
}

// fill is what placeholders of others' words stand for, by the names that Cognito
// gives them. Those about a sign-in are filled in mails about one.
func (c *Composer) fill(pool *identity.Pool, m message.Message, props email.Props, secrets map[string]string) message.Fill {
	f := message.Fill{Code: message.CodeIn(secrets), Link: props.Link, Named: map[string]string{}}
	if name := m.Data["username"]; name != "" {
		f.Named[message.NamePlaceholder] = name
	}
	if m.Kind != message.RiskySignIn {
		return f
	}
	for name, value := range map[string]string{
		"{ip-address}": m.Data["address"], "{city}": m.Data["city"], "{country}": m.Data["country"],
		"{login-time}": props.When, "{device-name}": props.Device,
		"{one-click-link-invalid}": props.Link, "{one-click-link-valid}": c.at(pool, m.Base, "/account"),
		"{event-id}": m.Data["event"], "{feedback-token}": secrets["link"],
	} {
		f.Named[name] = value
	}
	return f
}

// invited is the name in an invitation; our words say it nowhere else.
func invited(m message.Message) string {
	if m.Kind != message.AdminCreateUser {
		return ""
	}
	return m.Data["username"]
}
