package web_test

import (
	"context"
	"encoding/json"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/trigger"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// inbound is an inbound federation trigger that answers this, and keeps what it was asked.
type inbound struct {
	says  string
	asked *[]trigger.Event
}

func (i inbound) Run(_ context.Context, call trigger.Call) (json.RawMessage, error) {
	*i.asked = append(*i.asked, call.Event)
	if i.says == "" {
		return nil, &trigger.Error{Kind: call.Kind, Outcome: trigger.Refused, Message: "not from there"}
	}
	return json.RawMessage(i.says), nil
}

func withInbound(says string, asked *[]trigger.Event) webtest.Option {
	return func(d *web.Deps, p *identity.Pool) {
		d.Identity.Triggers = inbound{says, asked}
		p.LambdaConfig = trigger.Config{InboundFederation: &trigger.Versioned{LambdaARN: "t", LambdaVersion: "V1_0"}}
	}
}

func TestInboundFederationChangesTheClaims(t *testing.T) {
	asked := new([]trigger.Event)
	h := withUp(t, func(p *identity.IdentityProvider) { p.Mapping = map[string]string{"email": "email", "name": "name"} },
		withInbound(`{"userAttributesToMap":{"email":"`+ann+`","name":"Ann of Up"}}`, asked))
	h.signIn(h.Browser(), vouched("s-1", ann)).Lands(webtest.Callback)
	if kept := h.user(ann).Attributes; kept["name"] != "Ann of Up" || kept["email_verified"] != "true" {
		t.Errorf("kept %v", kept)
	}
	if len(*asked) != 1 || (*asked)[0].TriggerSource != "InboundFederation_ExternalProvider" {
		t.Fatalf("asked %+v", *asked)
	}
	text, err := json.Marshal((*asked)[0].Request)
	if err != nil {
		t.Fatal(err)
	}
	var shown struct {
		ProviderName, ProviderType string
		Attributes                 struct{ IDToken, TokenResponse map[string]any }
	}
	if err := json.Unmarshal(text, &shown); err != nil || shown.ProviderName != "Up" || shown.ProviderType != "OIDC" || shown.Attributes.IDToken["email"] != ann || shown.Attributes.TokenResponse["id_token"] == nil {
		t.Errorf("shown %s: %v", text, err)
	}
}

// A trigger that writes an address does not make the provider vouch for it.
func TestAttackInboundAddressIsNotVouchedFor(t *testing.T) {
	const bob = "bob@example.test"
	h := withUp(t, nil, withInbound(`{"userAttributesToMap":{"email":"`+bob+`","email_verified":true}}`, new([]trigger.Event)))
	h.signIn(h.Browser(), vouched("s-1", ann)).Lands(webtest.Callback)
	_, err := (&identity.Admin{Core: h.Core}).User(h.Context(), webtest.PoolID, bob)
	if code, _ := identity.CodeOf(err); code != identity.UserNotFound {
		t.Errorf("an account with the address: %v", err)
	}
}

func TestInboundFederationThatRefuses(t *testing.T) {
	h := withUp(t, nil, withInbound("", new([]trigger.Event)))
	page := h.signIn(h.Browser(), vouched("s-1", ann))
	page.Says("own rules")
}
