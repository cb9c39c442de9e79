package oidc

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"net/url"

	"poolhouse.dev/federation"
)

const (
	maxCode    = 8 << 10
	maxSubject = 255 // OpenID Connect Core §2
)

// Finish takes the answer of an authorization request, redeems the code, and
// answers what the provider vouches for.
func (p *Provider) Finish(ctx context.Context, kept []byte, r federation.Return) (federation.Answer, error) {
	trip, err := p.recall(kept, r)
	if err != nil {
		return federation.Answer{}, err
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return federation.Answer{}, err
	}
	if err := p.checkAnswer(m, r.Values); err != nil {
		return federation.Answer{}, err
	}
	tokens, err := p.redeem(ctx, m, trip, r.Values.Get("code"))
	if err != nil {
		return federation.Answer{}, err
	}
	claims, err := p.claims(ctx, m, trip, tokens)
	if err != nil {
		return federation.Answer{}, err
	}
	if err := p.proven(ctx, trip, tokens.Access); err != nil {
		return federation.Answer{}, err
	}
	if err := p.checkLateIssuer(r.Values, claims); err != nil {
		return federation.Answer{}, err
	}
	if p.profile.Returned != nil {
		p.profile.Returned(r.Values, claims)
	}
	return p.answer(claims, tokens)
}

// IDToken answers what an ID token says that an app got by itself, from the
// provider's own kit on a telephone (Facebook's Limited Login, Sign in with Apple,
// Google). nonce is the one that the app was given for this sign-in.
func (p *Provider) IDToken(ctx context.Context, token, nonce string) (federation.Answer, error) {
	if p.profile.Issuer == "" {
		return federation.Answer{}, p.fail(federation.Misconfigured, "the provider issues no ID tokens")
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return federation.Answer{}, err
	}
	if m.endpoints.Keys = cmp.Or(p.profile.AppKeys, m.endpoints.Keys); m.endpoints.Keys == "" {
		return federation.Answer{}, p.fail(federation.Misconfigured, "the provider's keys are not known")
	}
	claims, err := p.verify(ctx, m, token, expected{nonce: nonce})
	if err != nil {
		return federation.Answer{}, err
	}
	return p.answer(clean(claims), federation.Tokens{ID: token})
}

// recall answers the trip that r ends, when it is this provider's, came back the
// way it should, and with the state it left with.
func (p *Provider) recall(kept []byte, r federation.Return) (pending, error) {
	var trip pending
	if json.Unmarshal(kept, &trip) != nil || trip.State == "" {
		return pending{}, p.fail(federation.Invalid, "nothing is known of this trip")
	}
	if trip.Provider != p.settings.String() || trip.Client != p.profile.ClientID || trip.Callback != p.settings.Callback {
		return pending{}, p.fail(federation.Invalid, "the trip was to another provider, or its settings have changed since")
	}
	if trip.Verifier == "" && !p.profile.NoPKCE || trip.Nonce == "" && p.wantsIDToken() {
		return pending{}, p.fail(federation.Invalid, "the provider's settings have changed since the trip began")
	}
	if (r.Method == "POST") != p.profile.FormPost {
		return pending{}, p.fail(federation.Invalid, "the answer came by the method "+federation.Plain(r.Method, 10))
	}
	for name, values := range r.Values {
		if len(values) != 1 {
			return pending{}, p.fail(federation.Invalid, "the answer holds "+federation.Plain(name, 40)+" more than once")
		}
	}
	if subtle.ConstantTimeCompare([]byte(r.Values.Get("state")), []byte(trip.State)) != 1 {
		return pending{}, p.fail(federation.Invalid, "the answer is not to this request (state)")
	}
	return trip, nil
}

// checkAnswer: RFC 9207 §2.4 goes before everything else, for errors too: what
// another provider says counts for nothing here.
func (p *Provider) checkAnswer(m metadata, values url.Values) error {
	if fault := p.checkIssuer(m, values); fault != "" {
		return p.fail(federation.Invalid, fault)
	}
	if values.Has("error") {
		return p.refusal(values.Get("error"), values.Get("error_description"))
	}
	if values.Has("error_code") && !values.Has("code") { // Facebook's dialog, where the app itself is at fault
		return p.refusal(values.Get("error_code"), values.Get("error_message"))
	}
	if code := values.Get("code"); code == "" || len(code) > maxCode {
		return p.fail(federation.Invalid, "the answer holds no code")
	}
	return nil
}

func (p *Provider) checkIssuer(m metadata, values url.Values) string {
	if !values.Has("iss") {
		if m.announces {
			return "the answer does not name its issuer, which this provider always does (iss)"
		}
		return ""
	}
	if p.profile.IssuerOf == nil && !isIssuer(p.profile, values.Get("iss")) {
		return "the answer is of another issuer: " + federation.Plain(values.Get("iss"), detailLimit)
	}
	return ""
}

// checkLateIssuer compares the iss of an answer with the ID token's, where the
// issuer is known by the claims alone.
func (p *Provider) checkLateIssuer(values url.Values, claims map[string]any) error {
	if p.profile.IssuerOf == nil || !values.Has("iss") || claims["iss"] == values.Get("iss") {
		return nil
	}
	return p.fail(federation.Invalid, "the answer is of another issuer than the ID token")
}

// denials are the codes by which a person went back: RFC 6749 §4.1.2.1, and Apple's.
var denials = map[string]bool{"access_denied": true, "user_cancelled_authorize": true}

func (p *Provider) refusal(reason, description string) error {
	reason = federation.Plain(reason, 80)
	code := federation.Refused
	if denials[reason] {
		code = federation.Denied
	}
	e := p.fail(code, federation.Plain(description, detailLimit))
	e.Reason = reason
	return e
}

// answer is what remains when everything holds.
func (p *Provider) answer(claims map[string]any, tokens federation.Tokens) (federation.Answer, error) {
	subject, _ := claims["sub"].(string)
	if p.profile.Subject != nil {
		subject = p.profile.Subject(claims)
	}
	if subject == "" || federation.Plain(subject, maxSubject) != subject {
		e := p.fail(federation.Invalid, "the person has no usable key at the provider (sub)")
		e.Claims = claims
		return federation.Answer{}, e
	}
	vouches := p.profile.Vouches
	if vouches == nil {
		vouches = func(claims map[string]any) bool { return federation.Vouched(claims["email_verified"]) }
	}
	issuer, err := p.issuer(claims)
	if err != nil {
		return federation.Answer{}, err
	}
	email, _ := claims["email"].(string)
	session, _ := claims["sid"].(string)
	return federation.Answer{
		Subject: subject, Issuer: issuer, Claims: claims, Tokens: tokens, Session: session,
		EmailVerified: email != "" && vouches(claims),
	}, nil
}

// issuer answers whose subject the claims name, in one spelling of several.
func (p *Provider) issuer(claims map[string]any) (string, error) {
	switch {
	case p.profile.IssuerOf != nil:
		issuer, err := p.profile.IssuerOf(claims)
		if err != nil {
			return "", p.fail(federation.Invalid, err.Error())
		}
		return issuer, nil
	case p.profile.Realm != "":
		return p.profile.Realm, nil
	}
	return p.profile.Issuer, nil
}
