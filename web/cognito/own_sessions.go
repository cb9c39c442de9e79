package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

// ListUserSessionsResponse is the output of ListUserSessions, in one page.
type ListUserSessionsResponse struct {
	Sessions []OwnSession `json:"Sessions"`
}

// OwnSession is the session shape for its own person.
type OwnSession struct {
	Session
	OriginSessionID  string `json:"OriginSessionId,omitempty"` // of tokens: the sign-in that they came of
	IsCurrentSession bool   `json:"IsCurrentSession"`
}

// RevokeUserSessionRequest is the input of RevokeUserSession.
type RevokeUserSessionRequest struct {
	AccessToken              Secret `json:"AccessToken"`
	SessionID                string `json:"SessionId"`
	RevokeAssociatedSessions string `json:"RevokeAssociatedSessions,omitempty"` // LINKED
}

// linked asks that what was issued under the same sign-in end too (Cognito
// RevokeAssociatedSessionsType).
const linked = "LINKED"

// listUserSessions answers the signed-in browsers (SSO), and what apps hold tokens
// of (TOKEN).
func (h *Handler) listUserSessions(ctx context.Context, in OneToken) (ListUserSessionsResponse, error) {
	out := ListUserSessionsResponse{Sessions: []OwnSession{}}
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return out, err
	}
	browsers, err := h.Sessions.List(ctx, who.pool, who.auth.User())
	if err != nil {
		return out, err
	}
	for _, s := range browsers {
		if s.API {
			continue // its tokens stand for it
		}
		out.Sessions = append(out.Sessions, OwnSession{Session: Session{
			SessionID: s.ID, SessionType: "SSO", ClientID: s.ClientID, CreateDate: stamp(s.AuthTime), LastActiveDate: stamp(s.LastSeen),
			DeviceType: s.UserAgent, LastIPAddress: s.Address,
		}, IsCurrentSession: s.ID == who.auth.Session()})
	}
	issued, err := h.OAuth.GrantsOf(ctx, who.pool, who.auth.User())
	for _, g := range issued {
		used := g.UsedAt
		if used.IsZero() {
			used = g.CreatedAt
		}
		out.Sessions = append(out.Sessions, OwnSession{Session: Session{
			SessionID: g.ID, SessionType: "TOKEN", ClientID: g.ClientID, CreateDate: stamp(g.CreatedAt), LastActiveDate: stamp(used),
		}, OriginSessionID: g.Session, IsCurrentSession: g.ID == who.token.LineageOf()})
	}
	return out, err
}

// revokeUserSession ends tokens of one sign-in, or a browser's session with what was
// issued under it.
func (h *Handler) revokeUserSession(ctx context.Context, in RevokeUserSessionRequest) (done, error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return done{}, err
	}
	found, err := h.OAuth.RevokeLineage(ctx, who.pool, who.auth.User(), in.SessionID, in.RevokeAssociatedSessions == linked)
	if err != nil || found {
		return done{}, err
	}
	err = h.Sessions.Revoke(ctx, who.pool, who.auth.User(), in.SessionID)
	if code, _ := identity.CodeOf(err); code == identity.SessionEnded {
		err = exception("ResourceNotFoundException", "Session does not exist.")
	}
	return done{}, err
}
