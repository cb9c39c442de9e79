package oidc

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"

	"golang.org/x/oauth2"

	"poolhouse.dev/federation"
)

// pending is what a trip is recognised by when it comes back. It names the
// provider as it was, so that an answer is never taken for another's.
type pending struct {
	Provider string `json:"provider"`
	Client   string `json:"client"`
	Callback string `json:"callback"`
	State    string `json:"state"`
	Nonce    string `json:"nonce,omitempty"`
	Verifier string `json:"verifier,omitempty"`
	// Fresh is when a new sign-in was asked for, in Unix seconds; 0 for none was.
	Fresh int64  `json:"fresh,omitempty"`
	Proof string `json:"proof,omitempty"` // what a new sign-in is recognised by
}

// Begin answers the authorization request (OpenID Connect Core §3.1.2.1) with
// PKCE and, where an ID token will come, a nonce.
func (p *Provider) Begin(ctx context.Context, s federation.Start) (federation.Trip, error) {
	if s.State == "" {
		return federation.Trip{}, errors.New("federation/oidc: a trip needs a state")
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return federation.Trip{}, err
	}
	trip := pending{Provider: p.settings.String(), Client: p.profile.ClientID, Callback: p.settings.Callback, State: s.State}
	options := p.parameters(s)
	if s.Fresh {
		trip.Fresh = p.deps.Now().Unix()
		options = append(options, p.askFresh(&trip)...)
	}
	if !p.profile.NoPKCE {
		trip.Verifier = oauth2.GenerateVerifier()
		options = append(options, oauth2.S256ChallengeOption(trip.Verifier))
	}
	if p.wantsIDToken() {
		trip.Nonce = rand.Text() + rand.Text()
		options = append(options, oauth2.SetAuthURLParam("nonce", trip.Nonce))
	}
	kept, err := json.Marshal(trip)
	if err != nil {
		return federation.Trip{}, err
	}
	config := p.config(m)
	return federation.Trip{URL: config.AuthCodeURL(s.State, options...), Pending: kept}, nil
}

func (p *Provider) config(m metadata) *oauth2.Config {
	return &oauth2.Config{
		ClientID:    p.profile.ClientID,
		RedirectURL: p.settings.Callback,
		Scopes:      p.profile.Scopes,
		Endpoint:    oauth2.Endpoint{AuthURL: m.endpoints.Authorize, TokenURL: m.endpoints.Token, AuthStyle: oauth2.AuthStyleInParams},
	}
}

// maxHint bounds what a person typed on its way to somebody else.
const maxHint = 320

func (p *Provider) parameters(s federation.Start) []oauth2.AuthCodeOption {
	var options []oauth2.AuthCodeOption
	set := func(name, value string) {
		if name != "" && value != "" {
			options = append(options, oauth2.SetAuthURLParam(name, value))
		}
	}
	for name := range p.profile.Parameters {
		set(name, p.profile.Parameters.Get(name))
	}
	if p.profile.FormPost {
		set("response_mode", "form_post")
	}
	if len(s.LoginHint) <= maxHint {
		set(p.profile.Hint, s.LoginHint)
	}
	set(p.profile.Locale, s.Locale)
	if s.SelectAccount && !s.Fresh && !p.profile.NoPrompt {
		set("prompt", "select_account")
	}
	return options
}
