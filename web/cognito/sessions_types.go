package cognito

import "poolhouse.dev/identity"

// Session is the session shape of AdminListUserSessions.
type Session struct {
	SessionID      string            `json:"SessionId"`
	SessionType    string            `json:"SessionType"` // SSO: a signed-in browser
	ClientID       identity.ClientID `json:"ClientId,omitempty"`
	CreateDate     *Timestamp        `json:"CreateDate,omitempty"`
	LastActiveDate *Timestamp        `json:"LastActiveDate,omitempty"`
	DeviceType     string            `json:"DeviceType,omitempty"`
	LastIPAddress  string            `json:"LastIPAddress,omitempty"`
}

// AdminListUserSessionsResponse is the output of AdminListUserSessions.
type AdminListUserSessionsResponse struct {
	Sessions []Session `json:"Sessions"`
}

// AdminRevokeUserSessionRequest is the input of AdminRevokeUserSession.
type AdminRevokeUserSessionRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	Username   string          `json:"Username"`
	SessionID  string          `json:"SessionId"`
}
