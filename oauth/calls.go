package oauth

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/google/uuid"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
)

// Calls puts what clients are told into words, at each try anew. It is made for
// message.Sender.ComposeApp.
type Calls struct{ *Provider }

// calls are all kinds of call.
var calls = map[string]func(*Provider, context.Context, message.Message, map[string]string) (message.Content, error){
	message.BackchannelLogout: (*Provider).logoutCall,
	message.CIBAPing:          (*Provider).pingCall,
}

// Compose implements message.Composer.
func (c Calls) Compose(ctx context.Context, m message.Message, secrets map[string]string) (message.Content, error) {
	compose, known := calls[m.Kind]
	if !known {
		return message.Content{}, &message.PermanentError{Err: errors.New("oauth: no call is of this kind")}
	}
	return compose(c.Provider, ctx, m, secrets)
}

const (
	// logoutType is the typ of a logout token (Back-Channel Logout §2.4), so that
	// none passes for an ID token.
	logoutType = "logout+jwt"
	// logoutLife is how long one is good: §2.4 recommends at most two minutes.
	logoutLife = 2 * time.Minute
	// logoutEvent is the one member of events (§2.4).
	logoutEvent = "http://schemas.openid.net/event/backchannel-logout"
)

// logoutClaims are the claims of a logout token. A nonce is prohibited (§2.4).
type logoutClaims struct {
	Issuer   string              `json:"iss"`
	Subject  string              `json:"sub"`
	Audience string              `json:"aud"`
	IssuedAt int64               `json:"iat"`
	Expires  int64               `json:"exp"`
	ID       string              `json:"jti"`
	Session  string              `json:"sid,omitempty"`
	Events   map[string]struct{} `json:"events"`
}

// logoutCall is a back-channel logout request (§2.5), to where the client wants it
// by now.
func (p *Provider) logoutCall(ctx context.Context, m message.Message, _ map[string]string) (message.Content, error) {
	pool := identity.PoolID(m.Pool)
	client, known, err := p.lookUp(ctx, pool, m.Client)
	if err != nil {
		return message.Content{}, err
	}
	if !known || client.BackchannelLogoutURI == "" {
		return message.Content{}, &message.PermanentError{Err: errors.New("oauth: the client no longer has a backchannel_logout_uri")}
	}
	now := p.Now()
	token, err := p.Keys.Sign(ctx, pool, signingAlg(&client), logoutType, logoutClaims{
		Issuer: p.Issuer(pool), Subject: m.Data["sub"], Audience: m.Client, IssuedAt: now.Unix(), Expires: now.Add(logoutLife).Unix(),
		ID: uuid.NewString(), Session: m.Data["sid"], Events: map[string]struct{}{logoutEvent: {}},
	})
	if err != nil {
		return message.Content{}, fault("logout token", err)
	}
	return message.Content{
		To: client.BackchannelLogoutURI, Text: url.Values{"logout_token": {token}}.Encode(),
		Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
	}, nil
}
