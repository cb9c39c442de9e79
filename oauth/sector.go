package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/avatar"
	"poolhouse.dev/identity/fetch"
)

// sectorRule is how long the list of a sector serves. A list that was once good
// is not held against people while its server is away.
var sectorRule = fetch.Rule{Fresh: 24 * time.Hour, Retry: 5 * time.Minute, Keep: 7 * 24 * time.Hour}

// maxSector bounds the list of a sector.
const maxSector = 256 << 10

var errSector = errors.New("a redirect URI is not in the list")

// checkSectorOf: OpenID Connect Registration §5: what stands at the
// sector_identifier_uri lists every redirect URI, so that nobody takes part in a
// sector that does not know them. It asks the network.
func (p *Provider) checkSectorOf(ctx context.Context, c *identity.Client, redirects []string) error {
	if c.SectorIdentifier == "" {
		return nil
	}
	listed, err := fetch.Load(ctx, p.ClientKeys.Cache, "sector "+c.SectorIdentifier, p.Now(), sectorRule, func(ctx context.Context) ([]string, error) {
		return p.getSector(ctx, c.SectorIdentifier)
	})
	if err != nil {
		return err
	}
	for _, each := range redirects {
		if !slices.Contains(listed, each) {
			return errSector
		}
	}
	return nil
}

func (p *Provider) getSector(ctx context.Context, address string) ([]string, error) {
	answer, err := p.ClientKeys.Client.Narrow(maxSector).Get(ctx, address, map[string]string{"Accept": "application/json"})
	if err != nil {
		return nil, err
	}
	var listed []string
	if answer.Status != 200 || json.Unmarshal(answer.Body, &listed) != nil {
		return nil, fmt.Errorf("the sector_identifier_uri answers with status %d and no list", answer.Status)
	}
	return listed, nil
}

// checkSector holds the sector of clients whose settings nobody could hold when
// they were written, with what was found kept.
func (p *Provider) checkSector(ctx context.Context, q *AuthorizationRequest) (*Error, error) {
	c := &q.Client
	if c.SubjectType != "pairwise" || c.SectorIdentifier == "" || c.RegisteredBy != "" {
		return nil, nil
	}
	if err := p.checkSectorOf(ctx, c, c.CallbackURLs); err != nil {
		return &Error{Code: UnauthorizedClient, Description: "The client's sector_identifier_uri does not list its redirect URIs.", Err: err}, nil
	}
	return nil, nil
}

// maxLogo bounds the picture of a client.
const maxLogo = 1 << 20

// drawLogo fetches the picture of a client and draws it anew, so that no page of
// ours shows a stranger's file or asks a stranger's server. nil is no picture that
// can be drawn, which is no reason to refuse the client.
func (p *Provider) drawLogo(ctx context.Context, c *identity.Client) *identity.ClientLogo {
	if c.LogoURI == "" {
		return nil
	}
	answer, err := p.ClientKeys.Client.Narrow(maxLogo).Get(ctx, c.LogoURI, map[string]string{"Accept": "image/png, image/jpeg, image/gif"})
	if err != nil || answer.Status != 200 {
		return nil
	}
	drawn, err := avatar.Make(ctx, answer.Body)
	if err != nil {
		return nil
	}
	return p.settings().NewClientLogo(c.PoolID, drawn.ContentType, drawn.Body)
}
