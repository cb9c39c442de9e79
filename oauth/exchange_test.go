package oauth

import (
	"context"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/storage"
)

const backend = "https://backend.example.test"

// startExchange is a kit whose web2 may exchange the tokens of web, as the policy has it.
func startExchange(t *testing.T, policy identity.ExchangePolicy) *kit {
	t.Helper()
	k := start(t)
	policy.SubjectClients = []identity.ClientID{web}
	k.change(web2, func(c *identity.Client) {
		c.GrantTypes = []string{identity.GrantExchange, identity.GrantClientCredentials, identity.GrantCode, identity.GrantRefresh}
		c.TokenExchange = &policy
	})
	return k
}

func allowsBoth() identity.ExchangePolicy {
	return identity.ExchangePolicy{Impersonation: true, Delegation: true, Audiences: []string{backend, "backend"}}
}

func (k *kit) exchange(client identity.ClientID, subject string, pairs ...string) (TokenResponse, error) {
	return k.token(client, append([]string{"grant_type", identity.GrantExchange, "subject_token", subject, "subject_token_type", typeAccess}, pairs...)...)
}

func (k *kit) machineToken(client identity.ClientID) string {
	k.Helper()
	got, err := k.token(client, "grant_type", identity.GrantClientCredentials, "scope", "api/read")
	k.must(err)
	return got.AccessToken
}

func TestExchangeToImpersonate(t *testing.T) {
	k := startExchange(t, allowsBoth())
	subject := k.tokens(web, "scope", "openid email api/read")
	k.wait(20 * time.Minute)
	got, err := k.exchange(web2, subject.AccessToken, "scope", "api/read")
	k.must(err)
	claims := claimsOf(t, got.AccessToken)
	if got.Issued != typeAccess || got.Scope != "api/read" || got.IDToken != "" || got.RefreshToken != "" || got.TokenType != "Bearer" {
		t.Errorf("%+v", got)
	}
	if claims["act"] != nil || claims["client_id"] != "web2" || claims["sub"] != claimsOf(t, subject.AccessToken)["sub"] {
		t.Errorf("%v", claims)
	}
	if got.ExpiresIn != 40*60 || claims["exp"] != claimsOf(t, subject.AccessToken)["exp"] {
		t.Errorf("it lives %d seconds", got.ExpiresIn)
	}
	if !k.good(got.AccessToken) {
		t.Error("the token is not good")
	}
}

func TestExchangeToDelegate(t *testing.T) {
	k := startExchange(t, allowsBoth())
	subject := k.tokens(web, "scope", "openid api/read")
	got, err := k.exchange(web2, subject.AccessToken, "actor_token", k.machineToken(web2), "actor_token_type", typeJWT)
	k.must(err)
	act := claimsOf(t, got.AccessToken)["act"].(map[string]any)
	if act["sub"] != "web2" || act["iss"] != k.Issuer(testPool) || act["act"] != nil {
		t.Errorf("%v", act)
	}
	person, err := k.redeemAs(web2, k.code(k.signIn("ann@example.test"), request(web2)))
	k.must(err)
	got, err = k.exchange(web2, got.AccessToken, "actor_token", person.IDToken, "actor_token_type", typeID)
	k.must(err)
	act = claimsOf(t, got.AccessToken)["act"].(map[string]any)
	if act["client_id"] != "web2" || act["sub"] != claimsOf(t, person.IDToken)["sub"] || act["act"].(map[string]any)["sub"] != "web2" {
		t.Errorf("nested: %v", act)
	}
}

func TestExchangeWithoutAnActorByAClientThatMayOnlyDelegate(t *testing.T) {
	k := startExchange(t, identity.ExchangePolicy{Delegation: true})
	got, err := k.exchange(web2, k.tokens(web, "scope", "openid api/read").AccessToken)
	k.must(err)
	if act := claimsOf(t, got.AccessToken)["act"].(map[string]any); act["sub"] != "web2" {
		t.Errorf("%v", act)
	}
	k = startExchange(t, identity.ExchangePolicy{Impersonation: true})
	_, err = k.exchange(web2, k.tokens(web).AccessToken, "actor_token", k.machineToken(web2), "actor_token_type", typeAccess)
	refused(t, err, InvalidRequest)
}

func TestExchangeOfAnIDTokenGivesNoAPI(t *testing.T) {
	k := startExchange(t, allowsBoth())
	subject := k.tokens(web, "scope", "openid email api/read")
	for _, kind := range []string{typeID, typeJWT} {
		got, err := k.exchange(web2, subject.IDToken, "subject_token_type", kind)
		k.must(err)
		if got.Scope != "openid email" {
			t.Errorf("%s gives %q", kind, got.Scope)
		}
	}
	_, err := k.exchange(web2, subject.IDToken)
	refused(t, err, InvalidRequest)
	k.wait(time.Hour)
	_, err = k.exchange(web2, subject.IDToken, "subject_token_type", typeID)
	refused(t, err, InvalidRequest)
}

func TestExchangeTargets(t *testing.T) {
	k := startExchange(t, allowsBoth())
	subject := k.tokens(web, "scope", "openid api/read").AccessToken
	for _, pair := range [][2]string{{"audience", "backend"}, {"resource", backend}, {"audience", backend}} {
		_, err := k.exchange(web2, subject, pair[0], pair[1])
		k.must(err)
	}
	for _, pair := range [][2]string{{"audience", "other"}, {"resource", "https://other.example.test"}, {"resource", "backend"}} {
		_, err := k.exchange(web2, subject, pair[0], pair[1])
		refused(t, err, InvalidTarget)
	}
}

func TestExchangeForms(t *testing.T) {
	k := startExchange(t, allowsBoth())
	subject := k.tokens(web).AccessToken
	for _, pairs := range [][]string{
		{"subject_token", ""}, {"subject_token_type", ""}, {"subject_token_type", "urn:ietf:params:oauth:token-type:saml2"},
		{"actor_token", "x"}, {"actor_token_type", typeAccess}, {"requested_token_type", typeID}, {"subject_token", "nonsense"},
	} {
		_, err := k.exchange(web2, subject, pairs...)
		refused(t, err, InvalidRequest)
	}
	_, err := k.exchange(web, subject)
	refused(t, err, UnauthorizedClient)
	k.change(spa, func(c *identity.Client) {
		c.GrantTypes, c.TokenExchange = []string{identity.GrantExchange}, &identity.ExchangePolicy{Impersonation: true}
	})
	_, err = k.exchange(spa, subject)
	refused(t, err, UnauthorizedClient)
}

func TestExchangedTokenEndsWithItsLineage(t *testing.T) {
	k := startExchange(t, allowsBoth())
	subject := k.tokens(web, "scope", "openid api/read")
	got, err := k.exchange(web2, subject.AccessToken)
	k.must(err)
	k.must(k.Revoke(context.Background(), testPool, map[string][]string{"token": {subject.RefreshToken}}, as(web)))
	if k.good(got.AccessToken) {
		t.Error("it outlives the lineage")
	}
	_, err = k.exchange(web2, subject.AccessToken)
	refused(t, err, InvalidRequest)
}

func TestExchangeIsInTheAudit(t *testing.T) {
	k := startExchange(t, allowsBoth())
	subject := k.tokens(web, "scope", "openid api/read").AccessToken
	_, err := k.exchange(web2, subject, "actor_token", k.machineToken(web2), "actor_token_type", typeAccess)
	k.must(err)
	e := k.lastEvent("token_exchanged")
	if e.Client != "web2" || e.Detail["subject_client"] != "web" || e.Detail["actor"] != "web2" || e.Detail["mode"] != delegation || e.User == "" {
		t.Errorf("%+v", e)
	}
}

func TestExchangeOfATokenWhosePersonWasDisabledMeanwhile(t *testing.T) {
	k := startExchange(t, allowsBoth())
	b, err := k.bringAccess(context.Background(), testPool, k.tokens(web).AccessToken)
	k.must(err)
	k.must(k.admin().Disable(context.Background(), testPool, "ann@example.test"))
	k.must(k.Identity.Store.View(context.Background(), func(r storage.Reader) error {
		if good, err := b.still(r); err != nil || good {
			t.Errorf("still good: %v, %v", good, err)
		}
		return nil
	}))
}

func TestAttackExchangeBeforeAClientThatDemandsTwoFactors(t *testing.T) {
	k := startExchange(t, allowsBoth())
	k.takeTwo()
	k.change(web2, func(c *identity.Client) { c.MFAConfiguration = "ON" })
	subject := k.tokens(web, "scope", "openid api/read")
	for _, each := range [][]string{{subject.AccessToken}, {subject.IDToken, "subject_token_type", typeID}} {
		_, err := k.exchange(web2, each[0], each[1:]...)
		refused(t, err, InvalidRequest)
	}
	twice, err := k.redeemAs(web, k.code(k.signInTwice("ann@example.test"), request(web, "scope", "openid api/read")))
	k.must(err)
	if _, err := k.exchange(web2, twice.AccessToken); err != nil {
		t.Errorf("of somebody who has proven two: %v", err)
	}
}
