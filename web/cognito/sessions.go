package cognito

import (
	"context"
	"net/netip"

	"poolhouse.dev/identity"
)

// maxSessions is how many sessions are listed, in one page (Cognito).
const maxSessions = 125

// sessionsOf answers the browsers somebody is signed in with, and the lineages of
// tokens that apps hold of them, each newest first. current is the lineage of the
// token that asks, or "".
func (h *Handler) sessionsOf(ctx context.Context, pool identity.PoolID, user identity.UserID, current string) ([]Session, error) {
	browsers, err := h.Sessions.List(ctx, pool, user)
	if err != nil {
		return nil, err
	}
	issued, err := h.OAuth.GrantsOf(ctx, pool, user)
	if err != nil {
		return nil, err
	}
	out, signedIn := []Session{}, map[string]bool{}
	for _, s := range browsers {
		if s.API {
			continue // its tokens stand for it
		}
		signedIn[s.ID] = true
		out = append(out, Session{
			SessionID: browserSession(s.ID), SessionType: "SSO", ClientID: s.ClientID, CreateDate: stamp(s.AuthTime), LastActiveDate: stamp(s.LastSeen),
			DeviceType: s.UserAgent, LastIPAddress: s.Address, LastLocation: h.locationOf(s.Address),
		})
	}
	for _, g := range issued {
		one := Session{SessionID: tokenSession(g.ID), SessionType: "TOKEN", ClientID: g.ClientID, CreateDate: stamp(g.CreatedAt), LastActiveDate: stamp(g.UsedAt), IsCurrentSession: current == g.ID}
		if one.LastActiveDate == nil {
			one.LastActiveDate = one.CreateDate
		}
		if signedIn[g.Session] {
			one.OriginSessionID = browserSession(g.Session)
		}
		out = append(out, one)
	}
	return out[:min(len(out), maxSessions)], nil
}

// locationOf says where an address is, as far as the server knows places.
func (h *Handler) locationOf(address string) *SessionLocation {
	at, err := netip.ParseAddr(address)
	if err != nil {
		return nil
	}
	place := h.Admin.Places.Of(at)
	if place.City == "" && place.Country == "" {
		return nil
	}
	return &SessionLocation{City: place.City, Country: place.Country}
}

// endSession ends a session that the API named. What was issued under a browser's
// goes with it in any case.
func (h *Handler) endSession(ctx context.Context, pool identity.PoolID, user identity.UserID, session, associated string) error {
	kind, id, ok := readSession(session)
	found, err := false, error(nil)
	switch {
	case ok && kind == ofTokens:
		found, err = h.OAuth.RevokeLineage(ctx, pool, user, id, associated == linked)
	case ok:
		err = h.Sessions.Revoke(ctx, pool, user, id)
		code, _ := identity.CodeOf(err)
		if found = err == nil; code == identity.SessionEnded {
			err = nil
		}
	}
	if err == nil && !found {
		return exception("ResourceNotFoundException", "Session does not exist.")
	}
	return err
}

func (h *Handler) adminListUserSessions(ctx context.Context, in AdminListUserSessionsRequest) (AdminListUserSessionsResponse, error) {
	u, err := h.Admin.User(ctx, in.UserPoolID, in.Username)
	if err == nil && in.NextToken != "" {
		err = invalid("NextToken", "is none that was given out")
	}
	if err != nil {
		return AdminListUserSessionsResponse{}, err
	}
	found, err := h.sessionsOf(ctx, in.UserPoolID, u.ID, "")
	return AdminListUserSessionsResponse{Sessions: found}, err
}

func (h *Handler) adminRevokeUserSession(ctx context.Context, in AdminRevokeUserSessionRequest) (done, error) {
	u, err := h.Admin.User(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return done{}, err
	}
	return done{}, h.endSession(ctx, in.UserPoolID, u.ID, in.SessionID, in.RevokeAssociatedSessions)
}
