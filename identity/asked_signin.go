package identity

import (
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

type preAuthenticationRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	ValidationData map[string]string `json:"validationData"`
	UserNotFound   bool              `json:"userNotFound"`
}

// askPreAuthentication asks whether the person may try at all, before anything is
// proven. It is asked about names that nobody has as well, or its refusals would
// tell who exists.
func (c *Core) askPreAuthentication(w storage.Writer, p *Pool, u *User, typed string, client ClientID, o Origin) error {
	request := preAuthenticationRequest{UserAttributes: map[string]string{}, ValidationData: metadata(o.Told.Validation), UserNotFound: u.isGhost()}
	name := typed
	if !request.UserNotFound {
		name, request.UserAttributes = u.Username, eventAttributes(u)
	}
	_, err := c.ask(w, question{
		pool: p, kind: trigger.PreAuthentication, source: "PreAuthentication_Authentication", user: name, client: client, origin: o,
		request: request, response: struct{}{},
	})
	return err
}

type postAuthenticationRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	NewDeviceUsed  bool              `json:"newDeviceUsed"`
	ClientMetadata map[string]string `json:"clientMetadata"`
}

// askPostAuthentication asks once everything is proven, and nothing of it
// recorded yet: what it refuses has not happened.
//
// Cognito asks neither trigger when somebody comes from a provider for the first
// time: pre sign-up and post confirmation are asked then.
func (c *Core) askPostAuthentication(w storage.Writer, s *standing, a attempt, o Origin) error {
	if a.First {
		return nil
	}
	known := a.Familiar
	if a.API {
		var err error
		if _, known, err = c.keyedOf(w, &s.pool, s.user.ID, a.DeviceKey); err != nil {
			return err
		}
	}
	_, err := c.ask(w, question{
		pool: &s.pool, kind: trigger.PostAuthentication, source: "PostAuthentication_Authentication", user: s.user.Username, client: a.ClientID, origin: o,
		request:  postAuthenticationRequest{eventAttributes(&s.user), s.pool.Devices != nil && !known, metadata(o.Told.Client)},
		response: struct{}{},
	})
	return err
}
