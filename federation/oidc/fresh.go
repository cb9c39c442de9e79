package oidc

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"poolhouse.dev/federation"
)

// standard is how OpenID Connect Core §3.1.2.1 asks for a new sign-in. max_age
// beside prompt makes auth_time a member of the ID token that must be there.
var standard = federation.Freshness{Parameters: url.Values{"prompt": {"login"}, "max_age": {"0"}}}

func (p *Provider) freshness() federation.Freshness {
	if p.profile.Fresh != nil {
		return *p.profile.Fresh
	}
	return standard
}

// askFresh answers what asks for a new sign-in, and has the trip remember what it
// will be recognised by.
func (p *Provider) askFresh(trip *pending) []oauth2.AuthCodeOption {
	var options []oauth2.AuthCodeOption
	asks := p.freshness()
	for name := range asks.Parameters {
		options = append(options, oauth2.SetAuthURLParam(name, asks.Parameters.Get(name)))
	}
	if asks.Nonce != "" {
		trip.Proof = rand.Text()
		options = append(options, oauth2.SetAuthURLParam(asks.Nonce, trip.Proof))
	}
	return options
}

// since answers from when on a sign-in is new enough; zero where none was asked for.
func (trip pending) since() time.Time {
	if trip.Fresh == 0 {
		return time.Time{}
	}
	return time.Unix(trip.Fresh, 0).Add(-federation.Skew)
}

// checkFresh: OpenID Connect Core §3.1.3.7, 13. The person could have taken
// prompt and max_age out of the address: only the signed time tells.
func checkFresh(t idToken) string {
	if t.want.since.IsZero() || t.profile.Fresh != nil && !t.profile.Fresh.Timed {
		return ""
	}
	_, said := t.claims["auth_time"]
	at, read := instant(t.claims["auth_time"])
	switch {
	case !said && t.profile.Fresh != nil:
		return ""
	case !read:
		return "the ID token does not say when the person signed in, which max_age demands (auth_time)"
	case at.Before(t.want.since):
		return "the person signed in before a new sign-in was asked for (auth_time)"
	case at.After(t.now.Add(federation.Skew)):
		return "the person signed in in the future; is a clock wrong?"
	}
	return ""
}

// proven asks a provider whether there was a new sign-in, where it can be asked.
func (p *Provider) proven(ctx context.Context, trip pending, access string) error {
	asks := p.freshness()
	if trip.Fresh == 0 || asks.Proven == nil {
		return nil
	}
	err := asks.Proven(ctx, p.get, access, trip.Proof)
	var known *federation.Error
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case errors.As(err, &known):
		return p.named(err)
	}
	return p.fail(federation.Stale, err.Error())
}
