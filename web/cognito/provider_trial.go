package cognito

import (
	"context"
	"errors"
	"net/url"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/saml"
	"poolhouse.dev/identity"
	"poolhouse.dev/identity/fetch"
)

// TestIdentityProviderResponse is the output of TestIdentityProvider: what is to
// be entered at the provider, and what was found there.
type TestIdentityProviderResponse struct {
	Callback string `json:"Callback"`           // redirect URI, or assertion consumer service
	EntityID string `json:"EntityId,omitempty"` // of the pool, for SAML
	Metadata string `json:"Metadata,omitempty"` // of the pool, for SAML
	// SignIn is where people are sent, without what a request would add.
	SignIn       string        `json:"SignIn,omitempty"`
	Certificates []Certificate `json:"Certificates,omitempty"`
	// Failure says why the provider cannot be used; empty when it can.
	Failure string `json:"Failure,omitempty"`
}

// Certificate signs what a SAML identity provider says.
type Certificate struct {
	Fingerprint string     `json:"Fingerprint"` // SHA-256, hexadecimal
	Subject     string     `json:"Subject"`
	NotAfter    *Timestamp `json:"NotAfter"`
	EndsSoon    bool       `json:"EndsSoon,omitempty"` // within 30 days, or it has ended
}

// CreateProviderTestLinkResponse is the output of CreateProviderTestLink: where
// an administrator signs in for a test, once and for ten minutes. Nobody is
// signed in by it, and nothing is kept.
type CreateProviderTestLinkResponse struct {
	Link      Secret     `json:"Link"`
	ExpiresAt *Timestamp `json:"ExpiresAt"`
}

func (h *Handler) createProviderTestLink(ctx context.Context, in OneProvider) (CreateProviderTestLinkResponse, error) {
	link, until, err := h.Settings.NewProviderTrial(ctx, in.UserPoolID, in.ProviderName)
	if err != nil {
		return CreateProviderTestLinkResponse{}, err
	}
	page := h.URL(in.UserPoolID) + "/login/provider/test?" + url.Values{"link": {link}}.Encode()
	return CreateProviderTestLinkResponse{Link: Secret(page), ExpiresAt: stamp(until)}, nil
}

// testIdentityProvider asks the provider for its discovery document or metadata
// anew, and begins a trip that nobody goes on.
func (h *Handler) testIdentityProvider(ctx context.Context, in OneProvider) (TestIdentityProviderResponse, error) {
	p, err := h.provider(ctx, in.UserPoolID, in.ProviderName)
	if err != nil {
		return TestIdentityProviderResponse{}, err
	}
	settings := h.openable(&p)
	out := TestIdentityProviderResponse{Callback: settings.Callback}
	if p.Type == federation.SAML {
		out.EntityID, out.Metadata = saml.EntityID(settings.Pool), settings.Base+"/saml2/metadata"
	}
	var failed *federation.Error
	if err := h.try(ctx, settings, &out); errors.As(err, &failed) {
		out.Failure = failed.Error()
		return out, nil
	} else if err != nil {
		return out, err
	}
	return out, nil
}

func (h *Handler) openable(p *identity.IdentityProvider) federation.Settings {
	base, path := h.URL(p.PoolID), "/oauth2/idpresponse"
	if p.Type == federation.SAML {
		path = "/saml2/idpresponse"
	}
	return federation.Settings{Pool: string(p.PoolID), Name: p.Name, Type: p.Type, Details: p.Details, Callback: base + path, Base: base}
}

func (h *Handler) try(ctx context.Context, s federation.Settings, out *TestIdentityProviderResponse) error {
	deps := h.Upstream
	deps.Cache = fetch.NewCache(0) // what was kept may be an hour old
	opened, err := h.Providers.Open(s, deps)
	if err != nil {
		return err
	}
	if fetches, ok := opened.(interface{ Refresh(context.Context) error }); ok {
		if err := fetches.Refresh(ctx); err != nil { // what was kept would do for Begin
			return err
		}
	}
	trip, err := opened.Begin(ctx, federation.Start{State: "test"})
	if err != nil {
		return err
	}
	out.SignIn = trip.Post
	if u, err := url.Parse(trip.URL); err == nil && trip.URL != "" {
		out.SignIn = u.Scheme + "://" + u.Host + u.Path
	}
	signed, ok := opened.(interface {
		Certificates(context.Context) ([]saml.Certificate, error)
	})
	if !ok {
		return nil
	}
	found, err := signed.Certificates(ctx)
	for _, c := range found {
		out.Certificates = append(out.Certificates, Certificate{Fingerprint: c.Fingerprint, Subject: c.Subject, NotAfter: stamp(c.NotAfter), EndsSoon: c.NotAfter.Before(h.Now().Add(saml.EndsSoon))})
	}
	return err
}
