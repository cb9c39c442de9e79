package oauth

import (
	"context"
	"net/url"
	"slices"

	"poolhouse.dev/identity"
)

// maxFrames bounds how many clients' pages one sign-out loads.
const maxFrames = 30

// Frame is a client's page that ends its own session when a browser loads it
// (OpenID Connect Front-Channel Logout §2).
type Frame struct {
	Name string // of the client
	URL  string // with iss and sid
}

// FrontChannel answers the clients of a session that want a page loaded when it
// ends, thirty at most. Ask before it ends.
func (p *Provider) FrontChannel(ctx context.Context, pool identity.PoolID, session string) ([]identity.ClientID, error) {
	all, err := p.visited(ctx, pool, session)
	if err != nil {
		return nil, fault("front channel", err)
	}
	var ids []identity.ClientID
	for _, c := range all {
		if c.FrontchannelLogoutURI != "" && len(ids) < maxFrames {
			ids = append(ids, c.ID)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// Frames answers the pages of clients that FrontChannel named. §2: iss and sid go
// together; we always give both.
func (p *Provider) Frames(ctx context.Context, pool identity.PoolID, session string, clients []identity.ClientID) ([]Frame, error) {
	var frames []Frame
	for _, id := range clients {
		client, known, err := p.lookUp(ctx, pool, string(id))
		if err != nil {
			return nil, fault("front channel", err)
		}
		if !known || client.FrontchannelLogoutURI == "" {
			continue
		}
		to := withQuery(client.FrontchannelLogoutURI, url.Values{"iss": {p.Issuer(pool)}, "sid": {p.sessionOf(&client, session)}})
		frames = append(frames, Frame{Name: client.Name, URL: to})
	}
	return frames, nil
}
