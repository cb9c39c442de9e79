// Package mail puts the messages of the outbox into words: subject, HTML and
// plain text in the language of the person, with links built from the public
// URL and the domains of pools alone, and the short form for text messages.
package mail

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"poolhouse.dev/assets"
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/views/email"
	"poolhouse.dev/views/theme"
	"poolhouse.dev/web"
)

// Composer is a message.Composer. All exported fields are required.
type Composer struct {
	Settings *identity.Settings
	// URL answers an absolute URL of a pool's page (web.Server.URL).
	URL func(pool identity.PoolID, path string) string
	// Senders are who mails of pools may come from.
	Senders message.Senders
	Log     *slog.Logger

	saying sync.Mutex
	said   map[string]bool // the pools' senders that were said not to count
}

// Compose puts a message into words.
func (c *Composer) Compose(ctx context.Context, m message.Message, secrets map[string]string) (message.Content, error) {
	pool, err := c.Settings.Pool(ctx, identity.PoolID(m.Pool))
	if err != nil {
		return message.Content{}, fmt.Errorf("mail: pool %s: %w", m.Pool, err)
	}
	client, err := c.client(ctx, &pool, identity.ClientID(m.Client))
	if err != nil {
		return message.Content{}, err
	}
	props := c.props(&pool, client, m, secrets)
	words, fill := wordsOf(&pool, client, &m), c.fill(&pool, m, props, secrets)
	if m.Channel == message.SMS {
		text := words.SMS(fill)
		if text == "" {
			text = email.SMS(props)
		}
		return message.Content{ID: m.ID, To: m.To, Text: text}, nil
	}
	content, err := ours(ctx, m, props)
	if err != nil {
		return message.Content{}, err
	}
	words.Over(&content, fill)
	from, replyTo := pool.SenderOf(client, &m)
	if c.Senders.Allow(from) {
		content.From = from
	} else if from != "" {
		c.tell(ctx, pool.ID, from)
	}
	content.ReplyTo = replyTo
	return content, nil
}

// mostSaid bounds what is remembered: pools may change their senders for ever.
const mostSaid = 1000

// tell says once that a pool's sender does not count: mails go out all the same.
func (c *Composer) tell(ctx context.Context, pool identity.PoolID, from string) {
	c.saying.Lock()
	defer c.saying.Unlock()
	key := string(pool) + " " + from
	if c.said[key] {
		return
	}
	if c.said == nil || len(c.said) >= mostSaid {
		c.said = map[string]bool{}
	}
	c.said[key] = true
	c.Log.InfoContext(ctx, "email.allowed_senders does not open the sender of a pool: mails come from email.from", "pool", string(pool), "from", from)
}

// ours is a mail in our words and layout.
func ours(ctx context.Context, m message.Message, props email.Props) (message.Content, error) {
	var html bytes.Buffer
	if err := email.HTML(props).Render(ctx, &html); err != nil {
		return message.Content{}, fmt.Errorf("mail: %w", err)
	}
	return message.Content{ID: m.ID, To: m.To, Subject: email.Subject(props), Text: email.Text(props), HTML: html.String()}, nil
}

func (c *Composer) props(pool *identity.Pool, client *identity.Client, m message.Message, secrets map[string]string) email.Props {
	words := assets.Catalogues().For(m.Locale, pool.DefaultLanguage)
	name, look := app(pool, client)
	code := secrets["code"]
	if pool.ConfirmsByLink(&m) {
		code = ""
	}
	at := func(path string) string { return c.at(pool, m.Base, path) }
	help, toAccount := help(pool, m.Kind, at)
	return email.Props{
		Kind: m.Kind, Lang: words.Tag, Dir: words.Dir, T: words.T, AppName: name,
		Code: code, Password: secrets["password"], Link: link(m, secrets["link"], at),
		Minutes: number(m.Data["minutes"]), Days: number(m.Data["days"]), Username: invited(m), Factor: m.Data["factor"], Provider: m.Data["provider"],
		Address: changedAddress(m), When: when(words, m.Data["at"]), Until: when(words, m.Data["on"]), Device: web.Device(words.T, m.Data["user_agent"]), Where: where(m),
		HelpURL: help, ToAccount: toAccount,
		Host: hostOf(at("/")), Primary: look.PrimaryColour(), OnPrimary: look.OnPrimary(),
	}
}

// client answers the client that the person used; nil when there is none, or none any
// more: the message is still true.
func (c *Composer) client(ctx context.Context, pool *identity.Pool, id identity.ClientID) (*identity.Client, error) {
	if id == "" {
		return nil, nil
	}
	client, err := c.Settings.Client(ctx, pool.ID, id)
	if code, ok := identity.CodeOf(err); ok && code == identity.ClientNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("mail: client %s: %w", id, err)
	}
	return &client, nil
}

// app answers the name and the colours a message carries: those of the client
// the person used, or the pool's.
func app(pool *identity.Pool, client *identity.Client) (string, theme.Theme) {
	name, look := pool.Name, colours(pool.Look())
	if client == nil {
		return name, look
	}
	if client.Name != "" {
		name = client.Name
	}
	if own := client.Look(); own != nil {
		look = look.Over(colours(*own))
	}
	return name, look
}

func colours(t identity.Theme) theme.Theme {
	return theme.Theme{Primary: t.Primary, Background: t.Background, Surface: t.Surface, Text: t.Text}
}

// paths are the pages behind the secrets of mailed links. Opening one changes
// nothing; its button does.
var paths = map[string]string{
	message.SignUp: "/confirm", message.ResendCode: "/confirm", message.AttributeChange: "/confirm",
	message.ForgotPassword: "/resetPassword", message.RecoveryLink: "/resetPassword",
	message.SignInCode: "/login/link", message.RiskySignIn: "/notMe",
}

// at answers a page of the pool: at the host where the letter was asked for.
func (c *Composer) at(pool *identity.Pool, asked, path string) string {
	if origin := c.Settings.LetterOrigin(pool, asked); origin != "" {
		return origin + path
	}
	return c.URL(pool.ID, path)
}

func link(m message.Message, secret string, at func(string) string) string {
	switch {
	case m.Kind == message.AccountExists || m.Kind == message.AdminCreateUser || m.Kind == message.DeletionPlanned:
		return at("/login")
	case m.Kind == message.ApprovalAsked:
		return at("/account/approvals")
	case secret == "" || paths[m.Kind] == "":
		return ""
	}
	return at(paths[m.Kind]) + "?" + url.Values{"link": {secret}}.Encode()
}

// helped are the messages about what somebody else may have done.
var helped = []string{
	message.PasswordChanged, message.AddressChanged, message.MFACode, message.FactorAdded, message.FactorRemoved,
	message.RecoveryUsed, message.RecoveryMade,
}

// help is where somebody goes who did not do what was done: to a new password,
// which ends all sessions, or to the account where the pool has no passwords.
func help(pool *identity.Pool, kind string, at func(string) string) (link string, toAccount bool) {
	if !slices.Contains(helped, kind) {
		return "", false
	}
	ways := pool.Policies.SignInPolicy.AllowedFirstAuthFactors
	if len(ways) > 0 && !slices.Contains(ways, identity.FactorPassword) {
		return at("/account"), true
	}
	return at("/forgotPassword"), false
}

// changedAddress is the new address of address_changed; elsewhere "address" is
// the network address somebody was at.
func changedAddress(m message.Message) string {
	if m.Kind == message.AddressChanged {
		return m.Data["address"]
	}
	return ""
}

// where says from where somebody did it: "Berlin, DE (192.0.2.1)".
func where(m message.Message) string {
	if m.Kind == message.AddressChanged {
		return ""
	}
	var place []string
	for _, part := range []string{m.Data["city"], m.Data["country"]} {
		if part != "" {
			place = append(place, part)
		}
	}
	named, at := strings.Join(place, ", "), m.Data["address"]
	if named != "" && at != "" {
		return named + " (" + at + ")"
	}
	return named + at
}

func hostOf(address string) string {
	u, err := url.Parse(address)
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
