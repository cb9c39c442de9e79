package cognito

import (
	"context"
	"encoding/json"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
)

// Apps is what the operations need to know of the apps that people let in.
type Apps interface {
	Connections(context.Context, identity.PoolID, identity.UserID) ([]oauth.Connected, error)
	Disconnect(context.Context, identity.PoolID, identity.UserID, identity.ClientID, identity.Origin) error
}

// Consent is an app that may be given tokens for a user, or that they have allowed
// something.
type Consent struct {
	ClientID   identity.ClientID `json:"ClientId"`
	ClientName string            `json:"ClientName"`
	Scopes     []string          `json:"Scopes"`
	Claims     []string          `json:"Claims,omitempty"`
	Details    []json.RawMessage `json:"AuthorizationDetails,omitempty"`
	Since      *Timestamp        `json:"Since,omitempty"`
	Allowed    *Timestamp        `json:"Allowed,omitempty"` // when they were last asked; absent for the house's own
	LastUsed   *Timestamp        `json:"LastUsed,omitempty"`
}

// ListUserConsentsResponse is the output of ListUserConsents.
type ListUserConsentsResponse struct {
	Consents []Consent `json:"Consents"`
}

// RevokeUserConsentRequest is the input of RevokeUserConsent.
type RevokeUserConsentRequest struct {
	UserPoolID identity.PoolID   `json:"UserPoolId"`
	Username   string            `json:"Username"`
	ClientID   identity.ClientID `json:"ClientId"`
}

func (h *Handler) listUserConsents(ctx context.Context, in OneUser) (ListUserConsentsResponse, error) {
	out := ListUserConsentsResponse{Consents: []Consent{}}
	u, err := h.Admin.User(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return out, err
	}
	found, err := h.Apps.Connections(ctx, in.UserPoolID, u.ID)
	for _, c := range found {
		one := Consent{ClientID: c.Client, ClientName: c.Name, Claims: c.Claims, Details: c.Details, Since: since(c.Since), Allowed: since(c.AllowedAt), LastUsed: since(c.LastUsed)}
		for _, s := range c.Scopes {
			one.Scopes = append(one.Scopes, s.Scope)
		}
		out.Consents = append(out.Consents, one)
	}
	return out, err
}

// since leaves out a time that never was.
func since(at time.Time) *Timestamp {
	if at.IsZero() {
		return nil
	}
	return stamp(at)
}

func (h *Handler) revokeUserConsent(ctx context.Context, in RevokeUserConsentRequest) (done, error) {
	u, err := h.Admin.User(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return done{}, err
	}
	return done{}, h.Apps.Disconnect(ctx, in.UserPoolID, u.ID, in.ClientID, identity.Origin{})
}
