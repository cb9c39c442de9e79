package identity

import (
	"bytes"
	"context"
	"encoding/json"

	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/storage"
)

// Inbound is what a provider said of somebody, before it is mapped.
type Inbound struct {
	Pool     PoolID
	Client   ClientID
	Provider *IdentityProvider
	Subject  string
	SAML     bool
	Claims   map[string]any
	Tokens   ProviderTokens
	Origin   Origin
}

type inboundRequest struct {
	ProviderName string            `json:"providerName"`
	ProviderType string            `json:"providerType"`
	Attributes   inboundAttributes `json:"attributes"`
}

// inboundAttributes: the claims of the ID token and of the userinfo endpoint are
// one here, as they are for the mapping.
type inboundAttributes struct {
	TokenResponse map[string]any `json:"tokenResponse,omitempty"`
	IDToken       map[string]any `json:"idToken,omitempty"`
	UserInfo      map[string]any `json:"userInfo,omitempty"`
	SAMLResponse  map[string]any `json:"samlResponse,omitempty"`
}

type inboundResponse struct {
	UserAttributesToMap map[string]any `json:"userAttributesToMap"`
}

const inboundSource = "InboundFederation_ExternalProvider"

// Inbound lets the pool's inbound federation trigger change what a provider said:
// what it answers takes the place of the claims, and an empty answer keeps them.
func (s *SignIn) Inbound(ctx context.Context, in Inbound) (map[string]any, error) {
	var p Pool
	err := s.Store.View(ctx, func(r storage.Reader) (err error) {
		p, _, err = s.reopen(r, "SignIn.Inbound", in.Pool, "")
		return err
	})
	if err != nil || !s.triggered(&p, trigger.InboundFederation) {
		return in.Claims, err
	}
	answer, err := s.consult(ctx, question{
		pool: &p, kind: trigger.InboundFederation, source: inboundSource, user: in.Provider.Name + "_" + in.Subject, client: in.Client, origin: in.Origin,
		request: in.request(), response: inboundResponse{},
	})
	if err != nil || len(answer) == 0 {
		return in.Claims, err
	}
	return in.read(answer)
}

func (in *Inbound) request() inboundRequest {
	r := inboundRequest{ProviderName: in.Provider.Name, ProviderType: in.Provider.Type}
	if in.SAML {
		r.Attributes.SAMLResponse = in.Claims
		return r
	}
	r.Attributes.IDToken, r.Attributes.UserInfo, r.Attributes.TokenResponse = in.Claims, in.Claims, map[string]any{}
	for _, name := range in.Tokens.names() {
		r.Attributes.TokenResponse[name] = *in.Tokens.at(name)
	}
	return r
}

func (in *Inbound) read(answer json.RawMessage) (map[string]any, error) {
	var says inboundResponse
	reader := json.NewDecoder(bytes.NewReader(answer))
	reader.UseNumber() // as the claims themselves are read
	if err := reader.Decode(&says); err != nil {
		return nil, malformed(inboundSource, err)
	}
	if len(says.UserAttributesToMap) == 0 {
		return in.Claims, nil
	}
	return says.UserAttributesToMap, nil
}
