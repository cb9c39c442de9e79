package cognito

import "poolhouse.dev/identity"

// Session is the session shape of AdminListUserSessions and ListUserSessions.
type Session struct {
	SessionID        string            `json:"SessionId"`
	SessionType      string            `json:"SessionType"` // SSO: a signed-in browser; TOKEN: what an app holds tokens of
	ClientID         identity.ClientID `json:"ClientId,omitempty"`
	CreateDate       *Timestamp        `json:"CreateDate,omitempty"`
	LastActiveDate   *Timestamp        `json:"LastActiveDate,omitempty"`
	DeviceType       string            `json:"DeviceType,omitempty"` // the browser's User-Agent
	LastIPAddress    string            `json:"LastIPAddress,omitempty"`
	LastLocation     *SessionLocation  `json:"LastLocation,omitempty"`
	OriginSessionID  string            `json:"OriginSessionId,omitempty"` // of tokens: the browser's session they came of, while it lives
	IsCurrentSession bool              `json:"IsCurrentSession,omitempty"`
}

// SessionLocation is SessionLocationType.
type SessionLocation struct {
	City    string `json:"City,omitempty"`
	Country string `json:"Country,omitempty"`
}

// AdminListUserSessionsRequest is the input of AdminListUserSessions.
type AdminListUserSessionsRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Username   string          `json:"Username"`
	NextToken  string          `json:"NextToken,omitempty"`
}

// AdminListUserSessionsResponse is the output of AdminListUserSessions, in one page.
type AdminListUserSessionsResponse struct {
	Sessions []Session `json:"Sessions"`
}

// AdminRevokeUserSessionRequest is the input of AdminRevokeUserSession.
type AdminRevokeUserSessionRequest struct {
	UserPoolID               identity.PoolID `json:"UserPoolId"`
	Username                 string          `json:"Username"`
	SessionID                string          `json:"SessionId"`
	RevokeAssociatedSessions string          `json:"RevokeAssociatedSessions,omitempty"` // NONE, LINKED
}
