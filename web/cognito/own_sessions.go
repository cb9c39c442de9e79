package cognito

import "context"

// ListUserSessionsRequest is the input of ListUserSessions.
type ListUserSessionsRequest struct {
	AccessToken Secret `json:"AccessToken"`
	NextToken   string `json:"NextToken,omitempty"`
}

// ListUserSessionsResponse is the output of ListUserSessions, in one page.
type ListUserSessionsResponse struct {
	Sessions []Session `json:"Sessions"`
}

// RevokeUserSessionRequest is the input of RevokeUserSession.
type RevokeUserSessionRequest struct {
	AccessToken              Secret `json:"AccessToken"`
	SessionID                string `json:"SessionId"`
	RevokeAssociatedSessions string `json:"RevokeAssociatedSessions,omitempty"` // NONE, LINKED
}

// linked asks that what was issued under the same sign-in end too (Cognito
// RevokeAssociatedSessionsType).
const linked = "LINKED"

func (h *Handler) listUserSessions(ctx context.Context, in ListUserSessionsRequest) (ListUserSessionsResponse, error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err == nil && in.NextToken != "" {
		err = invalid("NextToken", "is none that was given out")
	}
	if err != nil {
		return ListUserSessionsResponse{}, err
	}
	found, err := h.sessionsOf(ctx, who.pool, who.auth.User(), who.token.LineageOf())
	return ListUserSessionsResponse{Sessions: found}, err
}

func (h *Handler) revokeUserSession(ctx context.Context, in RevokeUserSessionRequest) (done, error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return done{}, err
	}
	return done{}, h.endSession(ctx, who.pool, who.auth.User(), in.SessionID, in.RevokeAssociatedSessions)
}
