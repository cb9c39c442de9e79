// Package mail puts the messages of the outbox into words: subject, HTML and
// plain text in the language of the person, with links built from the public
// URL alone, and the short form for text messages.
package mail

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"poolhouse.dev/assets"
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/views/email"
	"poolhouse.dev/views/theme"
	"poolhouse.dev/web"
)

// Composer is a message.Composer. All fields are required.
type Composer struct {
	Settings *identity.Settings
	// URL answers an absolute URL of a pool's page (web.Server.URL).
	URL func(pool identity.PoolID, path string) string
}

// Compose puts a message into words.
func (c *Composer) Compose(ctx context.Context, m message.Message, secrets map[string]string) (message.Content, error) {
	pool, err := c.Settings.Pool(ctx, identity.PoolID(m.Pool))
	if err != nil {
		return message.Content{}, fmt.Errorf("mail: pool %s: %w", m.Pool, err)
	}
	props, err := c.props(ctx, pool, m, secrets)
	if err != nil {
		return message.Content{}, err
	}
	if m.Channel == message.SMS {
		return message.Content{ID: m.ID, To: m.To, Text: email.SMS(props)}, nil
	}
	var html bytes.Buffer
	if err := email.HTML(props).Render(ctx, &html); err != nil {
		return message.Content{}, fmt.Errorf("mail: %w", err)
	}
	return message.Content{ID: m.ID, To: m.To, Subject: email.Subject(props), Text: email.Text(props), HTML: html.String()}, nil
}

func (c *Composer) props(ctx context.Context, pool identity.Pool, m message.Message, secrets map[string]string) (email.Props, error) {
	words := assets.Catalogues().For(m.Locale, pool.DefaultLanguage)
	name, look, err := c.app(ctx, pool, identity.ClientID(m.Client))
	if err != nil {
		return email.Props{}, err
	}
	return email.Props{
		Kind: m.Kind, Lang: words.Tag, Dir: words.Dir, T: words.T, AppName: name,
		Code: secrets["code"], Password: secrets["password"], Link: c.link(pool.ID, m, secrets["link"]),
		Minutes: number(m.Data["minutes"]), Days: number(m.Data["days"]), Username: m.Data["username"], Address: m.Data["address"],
		When: when(words, m.Data["at"]), Device: web.Device(words.T, m.Data["user_agent"]), HelpURL: c.help(pool.ID, m.Kind),
		Host: c.host(pool.ID), Primary: look.PrimaryColour(), OnPrimary: look.OnPrimary(),
	}, nil
}

// app answers the name and the colours a message carries: those of the client
// the person used, or the pool's.
func (c *Composer) app(ctx context.Context, pool identity.Pool, id identity.ClientID) (string, theme.Theme, error) {
	name, look := pool.Name, colours(pool.Theme)
	if id == "" {
		return name, look, nil
	}
	client, err := c.Settings.Client(ctx, pool.ID, id)
	if code, ok := identity.CodeOf(err); ok && code == identity.ClientNotFound {
		return name, look, nil // deleted since; the message is still true
	}
	if err != nil {
		return "", look, fmt.Errorf("mail: client %s: %w", id, err)
	}
	if client.Name != "" {
		name = client.Name
	}
	if client.Theme != nil {
		look = look.Over(colours(*client.Theme))
	}
	return name, look, nil
}

func colours(t identity.Theme) theme.Theme {
	return theme.Theme{Primary: t.Primary, Background: t.Background, Surface: t.Surface, Text: t.Text}
}

// paths are the pages behind the secrets of mailed links. Opening one changes
// nothing; its button does.
var paths = map[string]string{
	message.SignUp: "/confirm", message.ResendCode: "/confirm", message.AttributeChange: "/confirm",
	message.ForgotPassword: "/resetPassword",
}

func (c *Composer) link(pool identity.PoolID, m message.Message, secret string) string {
	switch {
	case m.Kind == message.AccountExists || m.Kind == message.AdminCreateUser:
		return c.URL(pool, "/login")
	case secret == "" || paths[m.Kind] == "":
		return ""
	}
	return c.URL(pool, paths[m.Kind]) + "?" + url.Values{"link": {secret}}.Encode()
}

// help is where somebody goes who did not change what was changed.
func (c *Composer) help(pool identity.PoolID, kind string) string {
	if kind == message.PasswordChanged || kind == message.AddressChanged {
		return c.URL(pool, "/forgotPassword")
	}
	return ""
}

func (c *Composer) host(pool identity.PoolID) string {
	u, err := url.Parse(c.URL(pool, "/"))
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

func when(words *assets.Localizer, at string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return ""
	}
	return words.DateTime(t.UTC())
}
