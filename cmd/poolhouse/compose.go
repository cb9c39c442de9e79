package main

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mileusna/useragent"

	"poolhouse.dev/assets"
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/views/email"
	"poolhouse.dev/views/theme"
)

// composer puts messages into words: the catalogue of the person's language,
// the theme and name of the app it is about.
type composer struct {
	settings *identity.Settings
	url      func(identity.PoolID) string
}

// Compose answers the finished mail or text message.
func (c *composer) Compose(ctx context.Context, m message.Message, secrets map[string]string) (message.Content, error) {
	props, err := c.props(ctx, m, secrets)
	if err != nil {
		return message.Content{}, err
	}
	if m.Channel == message.SMS {
		return message.Content{To: m.To, Text: email.SMS(props)}, nil
	}
	var html strings.Builder
	if err := email.HTML(props).Render(ctx, &html); err != nil {
		return message.Content{}, err
	}
	return message.Content{To: m.To, Subject: email.Subject(props), Text: email.Text(props), HTML: html.String()}, nil
}

func (c *composer) props(ctx context.Context, m message.Message, secrets map[string]string) (email.Props, error) {
	pool, err := c.settings.Pool(ctx, identity.PoolID(m.Pool))
	if err != nil {
		return email.Props{}, err
	}
	words := assets.Catalogues().For(m.Locale, pool.DefaultLanguage)
	base := c.url(pool.ID)
	p := email.Props{
		Kind: m.Kind, Lang: words.Tag, Dir: words.Dir, T: words.T, AppName: c.appName(ctx, &pool, m),
		Code: secrets["code"], Password: secrets["password"], Link: link(base, m.Kind, secrets["link"]), Username: m.Data["username"],
		Minutes: number(m.Data["minutes"]), Days: number(m.Data["days"]), Address: m.Data["address"],
		Device: device(m.Data["user_agent"]), HelpURL: base + "/forgotPassword", Host: hostOf(base),
	}
	colours := theme.Theme{Primary: pool.Theme.Primary, Background: pool.Theme.Background, Surface: pool.Theme.Surface, Text: pool.Theme.Text}
	p.Primary, p.OnPrimary = colours.PrimaryColour(), colours.OnPrimary()
	if at, err := time.Parse(time.RFC3339, m.Data["at"]); err == nil {
		p.When = words.DateTime(at)
	}
	return p, nil
}

// appName is the name of the app the message is about, or the pool's.
func (c *composer) appName(ctx context.Context, pool *identity.Pool, m message.Message) string {
	if m.Client != "" {
		client, err := c.settings.Client(ctx, pool.ID, identity.ClientID(m.Client))
		if err == nil && client.Name != "" {
			return client.Name
		}
	}
	return pool.Name
}

// link answers the page behind the mail's button. It changes nothing by being
// opened: mail scanners open links, too.
func link(base, kind, token string) string {
	path := map[string]string{
		message.SignUp: "/confirm", message.ResendCode: "/confirm", message.AttributeChange: "/confirm", message.ForgotPassword: "/resetPassword",
	}[kind]
	switch {
	case kind == message.AccountExists || kind == message.AdminCreateUser:
		return base + "/login"
	case path == "" || token == "":
		return ""
	}
	return base + path + "?" + url.Values{"link": {token}}.Encode()
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// device names a browser in few words: Firefox on Linux.
func device(agent string) string {
	ua := useragent.Parse(agent)
	if ua.Name == "" || ua.OS == "" {
		return ua.Name
	}
	return ua.Name + " on " + ua.OS
}

func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Host
}
