package cognito

import (
	"context"
	"errors"
	"slices"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
)

// GetDerivedTokenRequest is the input of GetDerivedToken.
type GetDerivedTokenRequest struct {
	ClientID                 identity.ClientID `json:"ClientId"`
	ClientSecret             Secret            `json:"ClientSecret,omitempty"`
	SubjectToken             Secret            `json:"SubjectToken"`
	SubjectTokenType         string            `json:"SubjectTokenType"` // ACCESS_TOKEN, ID_TOKEN
	SubjectTokenProviderName string            `json:"SubjectTokenProviderName,omitempty"`
	ActorToken               Secret            `json:"ActorToken,omitempty"`
	ActorTokenType           string            `json:"ActorTokenType,omitempty"`
	ActorTokenProviderName   string            `json:"ActorTokenProviderName,omitempty"`
	Scopes                   []string          `json:"Scopes,omitempty"`
	Audiences                []string          `json:"Audiences,omitempty"`
	Resources                []string          `json:"Resources,omitempty"`
	RequestedTokenType       string            `json:"RequestedTokenType,omitempty"` // ACCESS_TOKEN
}

// GetDerivedTokenResponse is its output.
type GetDerivedTokenResponse struct {
	IssuedToken     Secret   `json:"IssuedToken"`
	IssuedTokenType string   `json:"IssuedTokenType"` // ACCESS_TOKEN
	TokenType       string   `json:"TokenType"`       // Bearer
	ExpiresIn       int      `json:"ExpiresIn"`
	Scopes          []string `json:"Scopes,omitempty"`
}

// The types of tokens that can be exchanged.
const tokenAccess, tokenID = "ACCESS_TOKEN", "ID_TOKEN"

// check refuses what no exchange here can do.
func (in *GetDerivedTokenRequest) check() error {
	ours := []string{tokenAccess, tokenID}
	switch {
	case !slices.Contains(ours, in.SubjectTokenType) || in.SubjectTokenProviderName != "":
		return invalid("SubjectToken", "is an access or ID token of the pool; tokens of others are exchanged by signing in")
	case in.ActorToken != "" && !slices.Contains(ours, in.ActorTokenType) || in.ActorTokenProviderName != "":
		return invalid("ActorToken", "is an access or ID token of the pool, with its type")
	case in.RequestedTokenType == tokenID:
		return invalid("RequestedTokenType", "is "+tokenAccess+": ID tokens are for the app that somebody signs in to")
	case len(in.Audiences) > 0 && len(in.Resources) > 0:
		return invalid("Audiences", "cannot stand beside Resources")
	}
	return nil
}

func (h *Handler) getDerivedToken(ctx context.Context, in GetDerivedTokenRequest) (out GetDerivedTokenResponse, err error) {
	a, err := h.appOf(ctx, "", in.ClientID)
	if err == nil {
		err = h.proveSecret(ctx, &a.client, in.ClientSecret, "NotAuthorizedException")
	}
	if err == nil {
		err = in.check()
	}
	if err != nil {
		return out, err
	}
	got, err := h.OAuth.Derive(ctx, oauth.Derivation{
		Client: a.client, Scopes: in.Scopes, Targets: slices.Concat(in.Audiences, in.Resources), Origin: a.origin,
		Subject: oauth.Bring{Token: string(in.SubjectToken), ID: in.SubjectTokenType == tokenID},
		Actor:   oauth.Bring{Token: string(in.ActorToken), ID: in.ActorTokenType == tokenID},
	})
	if err != nil {
		return out, derivationRefusal(err)
	}
	return GetDerivedTokenResponse{
		IssuedToken: Secret(got.AccessToken), IssuedTokenType: tokenAccess, TokenType: got.TokenType, ExpiresIn: got.ExpiresIn, Scopes: strings.Fields(got.Scope),
	}, nil
}

// derivationRefusal tells what was asked wrongly from who may not ask.
func derivationRefusal(err error) error {
	var refusal *oauth.Error
	if errors.As(err, &refusal) && slices.Contains([]string{oauth.InvalidScope, oauth.InvalidTarget}, refusal.Code) {
		return exception("InvalidParameterException", refusal.Description)
	}
	return tokenRefusal(err)
}
