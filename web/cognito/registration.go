package cognito

import (
	"context"
	"time"

	"poolhouse.dev/identity"
)

// CreateInitialAccessTokenRequest is the input of CreateInitialAccessToken.
type CreateInitialAccessTokenRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Name       string          `json:"Name,omitempty"` // for people: who it is for
	Uses       int             `json:"Uses,omitempty"` // how many clients it registers; 0 is 1
	Seconds    int             `json:"Seconds,omitempty"`
}

// InitialAccessToken lets whoever has it register clients (RFC 7591 §1.2). Its
// value is told when it is made, and never again.
type InitialAccessToken struct {
	ID        string     `json:"Id"`
	Name      string     `json:"Name,omitempty"`
	Uses      int        `json:"Uses"`
	Token     Secret     `json:"Token,omitempty"`
	CreatedAt *Timestamp `json:"CreatedAt,omitempty"`
	ExpiresAt *Timestamp `json:"ExpiresAt,omitempty"`
}

// ListInitialAccessTokensResponse is the output of ListInitialAccessTokens.
type ListInitialAccessTokensResponse struct {
	Tokens []InitialAccessToken `json:"Tokens"`
}

// OneInitialAccessToken is the input of DeleteInitialAccessToken.
type OneInitialAccessToken struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	ID         string          `json:"Id"`
}

func initialOf(t identity.InitialToken) InitialAccessToken {
	return InitialAccessToken{ID: t.ID, Name: t.Name, Uses: t.Uses, CreatedAt: stamp(t.CreatedAt), ExpiresAt: stamp(t.ExpiresAt)}
}

// initialLife is how long an initial access token serves unless it is said.
const initialLife = 24 * time.Hour

func (h *Handler) createInitialAccessToken(ctx context.Context, in CreateInitialAccessTokenRequest) (InitialAccessToken, error) {
	life := time.Duration(in.Seconds) * time.Second
	if in.Seconds == 0 {
		life = initialLife
	}
	if in.Uses == 0 {
		in.Uses = 1
	}
	made, value, err := h.Settings.NewInitialToken(ctx, in.UserPoolID, in.Name, in.Uses, life)
	out := initialOf(made)
	out.Token = Secret(value)
	return out, err
}

func (h *Handler) listInitialAccessTokens(ctx context.Context, in OnePool) (ListInitialAccessTokensResponse, error) {
	out := ListInitialAccessTokensResponse{Tokens: []InitialAccessToken{}}
	all, err := h.Settings.InitialTokens(ctx, in.UserPoolID)
	for _, t := range all {
		out.Tokens = append(out.Tokens, initialOf(t))
	}
	return out, err
}

func (h *Handler) deleteInitialAccessToken(ctx context.Context, in OneInitialAccessToken) (done, error) {
	return done{}, h.Settings.DeleteInitialToken(ctx, in.UserPoolID, in.ID)
}
