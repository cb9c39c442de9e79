package cognito

import (
	"context"
	"errors"
	"slices"
	"strings"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
)

// GetTokensFromRefreshTokenRequest is the input of GetTokensFromRefreshToken.
type GetTokensFromRefreshTokenRequest struct {
	RefreshToken   Secret            `json:"RefreshToken"`
	ClientID       identity.ClientID `json:"ClientId"`
	ClientSecret   Secret            `json:"ClientSecret,omitempty"`
	ClientMetadata map[string]string `json:"ClientMetadata,omitempty"`
}

// GetTokensFromRefreshTokenResponse is its output. RefreshToken is there where the
// client rotates them.
type GetTokensFromRefreshTokenResponse struct {
	AuthenticationResult AuthenticationResult `json:"AuthenticationResult"`
}

// RevokeTokenRequest is the input of RevokeToken.
type RevokeTokenRequest struct {
	Token                    Secret            `json:"Token"`
	ClientID                 identity.ClientID `json:"ClientId"`
	ClientSecret             Secret            `json:"ClientSecret,omitempty"`
	RevokeAssociatedSessions string            `json:"RevokeAssociatedSessions,omitempty"` // LINKED
}

// GetClientTokenRequest is the input of GetClientToken.
type GetClientTokenRequest struct {
	ClientID identity.ClientID `json:"ClientId"`
	Secret   Secret            `json:"Secret"`
	Scopes   []string          `json:"Scopes,omitempty"`
}

// GetClientTokenResponse is its output.
type GetClientTokenResponse struct {
	AccessToken Secret `json:"AccessToken"`
	ExpiresIn   int    `json:"ExpiresIn"`
	TokenType   string `json:"TokenType"`
}

// tokenRefusal says in Cognito's words why there are no tokens.
func tokenRefusal(err error) error {
	var refusal *oauth.Error
	if _, ours := identity.CodeOf(err); ours || !errors.As(err, &refusal) {
		return err
	}
	switch {
	case errors.Is(err, oauth.ErrReused):
		return exception("RefreshTokenReuseException", "The refresh token was used before.")
	case errors.Is(err, oauth.ErrExpired):
		return exception("NotAuthorizedException", "Refresh Token has expired")
	case errors.Is(err, oauth.ErrRevoked):
		return exception("NotAuthorizedException", "Refresh Token has been revoked")
	}
	return exception("NotAuthorizedException", refusal.Description)
}

// refresh is REFRESH_TOKEN_AUTH. The secret hash is over whatever the app calls the
// person, which it need not say.
func (t *talk) refresh(ctx context.Context) (AuthResponse, error) {
	token, err := t.param("REFRESH_TOKEN")
	if err != nil {
		return AuthResponse{}, err
	}
	names, err := t.OAuth.RefreshedNames(ctx, t.pool.ID, token)
	if err == nil {
		err = t.checkHash(ctx, &t.client, t.said["SECRET_HASH"], names...)
	}
	if err != nil {
		return AuthResponse{}, err
	}
	got, err := t.renewed(ctx, &t.app, token)
	if err != nil {
		return AuthResponse{}, err
	}
	return AuthResponse{ChallengeParameters: map[string]string{}, AuthenticationResult: &got}, nil
}

// renewed renews tokens. A token of nobody's is told from one that has ended.
func (h *Handler) renewed(ctx context.Context, a *app, token string) (AuthenticationResult, error) {
	got, err := h.OAuth.Refresh(ctx, a.pool.ID, a.client.ID, token, a.origin)
	if refused := tokenRefusal(err); refused != nil {
		var e *Exception
		if errors.As(refused, &e) && !strings.HasPrefix(e.Message, "Refresh Token") && e.Type == "NotAuthorizedException" {
			refused = exception(e.Type, "Invalid Refresh Token")
		}
		return AuthenticationResult{}, refused
	}
	return result(got), nil
}

func (h *Handler) getTokensFromRefreshToken(ctx context.Context, in GetTokensFromRefreshTokenRequest) (out GetTokensFromRefreshTokenResponse, err error) {
	a, err := h.appOf(ctx, "", in.ClientID)
	if err == nil {
		err = h.proveSecret(ctx, &a.client, in.ClientSecret, "NotAuthorizedException")
	}
	if err != nil {
		return out, err
	}
	a.origin.Told.Client = in.ClientMetadata
	out.AuthenticationResult, err = h.renewed(ctx, &a, string(in.RefreshToken))
	return out, err
}

// revocations are the refusals of RevokeToken.
var revocations = map[string]tongue{
	oauth.UnsupportedTokenType: {"UnsupportedTokenTypeException", "Unsupported token type"},
	oauth.InvalidGrant:         {"UnauthorizedException", "The token was issued to another client."},
	oauth.InvalidRequest:       {"UnsupportedOperationException", "Token revocation is not enabled for this client."},
}

func (h *Handler) revokeToken(ctx context.Context, in RevokeTokenRequest) (done, error) {
	a, err := h.appOf(ctx, "", in.ClientID)
	if err == nil {
		err = h.proveSecret(ctx, &a.client, in.ClientSecret, "UnauthorizedException")
	}
	if err != nil {
		return done{}, err
	}
	err = h.OAuth.RevokeRefresh(ctx, &a.client, string(in.Token), in.RevokeAssociatedSessions == linked)
	if code, refused := oauth.CodeOf(err); refused {
		said := revocations[code]
		err = exception(said.name, said.message)
	}
	return done{}, err
}

func (h *Handler) getClientToken(ctx context.Context, in GetClientTokenRequest) (GetClientTokenResponse, error) {
	a, err := h.appOf(ctx, "", in.ClientID)
	if err == nil {
		err = h.proveSecret(ctx, &a.client, in.Secret, "NotAuthorizedException")
	}
	if err == nil && !slices.Contains(a.client.ExplicitAuthFlows, identity.FlowClientToken) {
		err = exception("InvalidParameterException", identity.FlowClientToken+" flow not enabled for this client")
	}
	if err != nil {
		return GetClientTokenResponse{}, err
	}
	got, err := h.OAuth.ClientToken(ctx, &a.client, strings.Join(in.Scopes, " "), a.origin)
	if code, _ := oauth.CodeOf(err); code == oauth.InvalidScope {
		err = exception("ScopeDoesNotExistException", "A scope is not one that the client may have.")
	}
	return GetClientTokenResponse{AccessToken: Secret(got.AccessToken), ExpiresIn: got.ExpiresIn, TokenType: got.TokenType}, tokenRefusal(err)
}
