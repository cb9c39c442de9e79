package cognito

import "context"

func (h *Handler) adminListUserSessions(ctx context.Context, in OneUser) (AdminListUserSessionsResponse, error) {
	out := AdminListUserSessionsResponse{Sessions: []Session{}}
	u, err := h.Admin.User(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return out, err
	}
	found, err := h.Sessions.List(ctx, in.UserPoolID, u.ID)
	for _, s := range found {
		out.Sessions = append(out.Sessions, Session{
			SessionID: s.ID, SessionType: "SSO", ClientID: s.ClientID, CreateDate: stamp(s.AuthTime), LastActiveDate: stamp(s.LastSeen),
			DeviceType: s.UserAgent, LastIPAddress: s.Address,
		})
	}
	return out, err
}

func (h *Handler) adminRevokeUserSession(ctx context.Context, in AdminRevokeUserSessionRequest) (done, error) {
	u, err := h.Admin.User(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return done{}, err
	}
	return done{}, h.Sessions.Revoke(ctx, in.UserPoolID, u.ID, in.SessionID)
}
