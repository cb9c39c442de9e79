package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

// defaultMaxSessions and defaultSSOMinutes are what Cognito answers where nothing
// was set; here they bound nothing then.
const defaultMaxSessions, defaultSSOMinutes = 20, 60

// PoolSessionConfiguration is the input of SetUserPoolSessionConfiguration, and
// the output of it and of GetUserPoolSessionConfiguration.
type PoolSessionConfiguration struct {
	UserPoolID          identity.PoolID `json:"UserPoolId"`
	UserSessionTracking string          `json:"UserSessionTracking"`
	TokenSession        struct {
		MaxPerUser int `json:"MaxPerUser"`
	} `json:"TokenSession"`
}

// ClientSessionConfiguration is the same for a client.
type ClientSessionConfiguration struct {
	UserPoolID identity.PoolID   `json:"UserPoolId"`
	ClientID   identity.ClientID `json:"ClientId"`
	SSOSession struct {
		MaxValidityMinutes int `json:"MaxValidityMinutes"`
	} `json:"SSOSession"`
}

// tracking is what the configuration is kept as while it is off.
const tracking = "TokenSession"

func poolSessions(p *identity.Pool) PoolSessionConfiguration {
	out := PoolSessionConfiguration{UserPoolID: p.ID, UserSessionTracking: "DISABLED"}
	out.TokenSession.MaxPerUser = defaultMaxSessions
	givenMember(p.Beside, tracking, &out.TokenSession)
	if p.SessionTracking.MaxPerUser > 0 {
		out.UserSessionTracking, out.TokenSession.MaxPerUser = "ENABLED", p.SessionTracking.MaxPerUser
	}
	return out
}

func (h *Handler) getUserPoolSessionConfiguration(ctx context.Context, in OnePool) (PoolSessionConfiguration, error) {
	p, err := h.Settings.Pool(ctx, in.UserPoolID)
	return poolSessions(&p), err
}

func (h *Handler) setUserPoolSessionConfiguration(ctx context.Context, in PoolSessionConfiguration) (PoolSessionConfiguration, error) {
	p, err := h.Settings.ChangePool(ctx, in.UserPoolID, func(p *identity.Pool) error {
		p.SessionTracking.MaxPerUser = 0
		if in.UserSessionTracking == "ENABLED" {
			p.SessionTracking.MaxPerUser = in.TokenSession.MaxPerUser
		}
		p.Beside = p.Beside.Keep(keptMembers(struct{ TokenSession any }{in.TokenSession}))
		return nil
	})
	return poolSessions(&p), err
}

func clientSessions(c *identity.Client) ClientSessionConfiguration {
	out := ClientSessionConfiguration{UserPoolID: c.PoolID, ClientID: c.ID}
	out.SSOSession.MaxValidityMinutes = defaultSSOMinutes
	if c.SSOMinutes != nil {
		out.SSOSession.MaxValidityMinutes = *c.SSOMinutes
	}
	return out
}

func (h *Handler) getUserPoolClientSessionConfiguration(ctx context.Context, in OneClient) (ClientSessionConfiguration, error) {
	c, err := h.Settings.Client(ctx, in.UserPoolID, in.ClientID)
	return clientSessions(&c), err
}

func (h *Handler) setUserPoolClientSessionConfiguration(ctx context.Context, in ClientSessionConfiguration) (ClientSessionConfiguration, error) {
	c, err := h.Settings.ChangeClient(ctx, in.UserPoolID, in.ClientID, func(p *identity.Pool, c *identity.Client) error {
		if p.SessionTracking.MaxPerUser == 0 {
			return exception("InvalidParameterException", "Session tracking is not enabled for the user pool.")
		}
		c.SSOMinutes = &in.SSOSession.MaxValidityMinutes
		return nil
	})
	return clientSessions(&c), err
}
