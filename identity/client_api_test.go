package identity

import (
	"context"
	"testing"

	"golang.org/x/text/language"
)

// TestAClientsOwnRiskStandsBeforeThePools: networks that a client shuts out are
// shut out there, and nowhere else.
func TestAClientsOwnRiskStandsBeforeThePools(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	here := k.origin(7)
	begin := func() error {
		_, err := k.signIn().Begin(context.Background(), Start{Pool: testPool, Client: testClient, Channel: testChannel, Identifier: "ann@example.test", Origin: here})
		return err
	}
	if err := begin(); err != nil {
		t.Fatal(err)
	}
	k.client(func(c *Client) {
		c.Risk = &RiskConfiguration{Exceptions: RiskExceptions{Blocked: []string{here.Address.String() + "/32"}}}
	})
	k.refused(begin(), SignInBlocked)
	k.client(func(c *Client) { c.Risk = nil })
	if err := begin(); err != nil {
		t.Error(err)
	}
}

func TestOAuthOfAClientIsSwitchedOff(t *testing.T) {
	off := false
	c := Client{AllowedOAuthFlows: []string{"code"}}
	c.OAuthFlows = &off
	if c.MayGrant(GrantCode) || len(c.Responses()) > 0 || !c.MayGrant(GrantRefresh) {
		t.Errorf("may be granted %v", c.Grants())
	}
}

func TestDocumentsAreInTheReadersLanguage(t *testing.T) {
	c := Client{}
	c.TermsURI = "https://example.test/own"
	c.Beside = &Beside{Terms: map[string]map[string]string{"tos_uri": {"": "https://example.test/t", "de": "https://example.test/t/de"}}}
	for tag, want := range map[string]string{"de-AT": "https://example.test/t/de", "ar": "https://example.test/t"} {
		if got := c.Said("tos_uri", language.MustParse(tag)); got != want {
			t.Errorf("%s reads %s", tag, got)
		}
	}
	if got := c.Said("policy_uri", language.English); got != "" {
		t.Error(got)
	}
}
