package cognito

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"poolhouse.dev/identity"
)

// withExchange is a backend that may exchange the tokens of the mobile app.
func withExchange(t *testing.T, flows ...string) *apps {
	t.Helper()
	a := withApps(t)
	a.pool(func(p *identity.Pool) {
		p.ResourceServers = []identity.ResourceServer{{Identifier: "api", Name: "API", Scopes: []identity.Scope{{Name: "read"}}}}
	})
	a.client(backend, func(c *identity.Client) {
		c.ExplicitAuthFlows = append(c.ExplicitAuthFlows, flows...)
		c.GrantTypes = []string{identity.GrantClientCredentials, identity.GrantExchange}
		c.AllowedOAuthScopes = []string{"api/read", "aws.cognito.signin.user.admin"}
		c.TokenExchange = &identity.ExchangePolicy{SubjectClients: []identity.ClientID{mobile}, Audiences: []string{"api"}, Delegation: true}
	})
	a.ann()
	return a
}

func derive(token string, more m) m {
	in := m{"ClientId": backend, "ClientSecret": secret, "SubjectToken": token, "SubjectTokenType": "ACCESS_TOKEN"}
	for name, value := range more {
		in[name] = value
	}
	return in
}

// claimsIn reads a token whose signature is not in question.
func (a *apps) claimsIn(token string) (claims m) {
	a.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token+"..", ".")[1])
	if err == nil {
		err = json.Unmarshal(raw, &claims)
	}
	if err != nil {
		a.Fatal(err)
	}
	return claims
}

func TestADerivedTokenNamesTheClientAndForWhomItIs(t *testing.T) {
	a := withExchange(t, identity.FlowImpersonation)
	access, _ := a.in()
	out := a.ok("GetDerivedToken", derive(access, m{"Resources": []string{"api"}, "RequestedTokenType": "ACCESS_TOKEN"}))
	claims, subject := a.claimsIn(text(out, "IssuedToken")), a.claimsIn(access)
	if claims["sub"] != subject["sub"] || claims["client_id"] != string(backend) || claims["aud"] != "api" || claims["act"] != nil {
		t.Errorf("got %v", claims)
	}
	if out["IssuedTokenType"] != "ACCESS_TOKEN" || out["TokenType"] != "Bearer" || claims["exp"] != subject["exp"] || out["ExpiresIn"].(float64) > 3600 {
		t.Errorf("got %v", out)
	}
}

func TestADerivedTokenSaysWhoActs(t *testing.T) {
	a := withExchange(t, identity.FlowDelegation, identity.FlowClientToken)
	a.client(backend, func(c *identity.Client) { c.AllowedOAuthFlows = []string{"client_credentials"} })
	access, _ := a.in()
	actor := text(a.ok("GetClientToken", m{"ClientId": backend, "Secret": secret, "Scopes": []string{"api/read"}}), "AccessToken")
	out := a.ok("GetDerivedToken", derive(access, m{"ActorToken": actor, "ActorTokenType": "ACCESS_TOKEN"}))
	if act, _ := a.claimsIn(text(out, "IssuedToken"))["act"].(m); act["sub"] != string(backend) {
		t.Errorf("act is %v", act)
	}
	a.fails("GetDerivedToken", derive(access, nil), "NotAuthorizedException", "in this way") // that would be impersonation
}

func TestATokenIsDerivedOnlyAsTheClientMay(t *testing.T) {
	a := withExchange(t, identity.FlowImpersonation)
	access, refresh := a.in()
	refused := func(in m, name, words string) { t.Helper(); a.fails("GetDerivedToken", in, name, words) }
	refused(derive(access, m{"ClientSecret": secret + "x"}), "NotAuthorizedException", "Unable to verify secret")
	a.client(mobile, func(c *identity.Client) {
		c.ExplicitAuthFlows = append(c.ExplicitAuthFlows, identity.FlowImpersonation)
	})
	refused(m{"ClientId": mobile, "SubjectToken": access, "SubjectTokenType": "ACCESS_TOKEN"}, "NotAuthorizedException", "proves itself")
	refused(derive(refresh, nil), "NotAuthorizedException", "")
	refused(derive(access, m{"SubjectTokenType": "ID_TOKEN"}), "NotAuthorizedException", "")
	refused(derive(access, m{"SubjectTokenType": "SAML2"}), "InvalidParameterException", "SubjectToken")
	refused(derive(access, m{"SubjectTokenProviderName": "Google"}), "InvalidParameterException", "SubjectToken")
	refused(derive(access, m{"ActorToken": access}), "InvalidParameterException", "ActorToken")
	refused(derive(access, m{"RequestedTokenType": "ID_TOKEN"}), "InvalidParameterException", "RequestedTokenType")
	refused(derive(access, m{"Resources": []string{"api"}, "Audiences": []string{"api"}}), "InvalidParameterException", "Audiences")
	refused(derive(access, m{"Resources": []string{"other"}}), "InvalidParameterException", "audience or resource")
	refused(derive(access, m{"Scopes": []string{"api/read"}}), "InvalidParameterException", "")
	a.client(backend, func(c *identity.Client) { c.TokenExchange.SubjectClients = nil })
	refused(derive(access, nil), "NotAuthorizedException", "may not bring")
	a.client(backend, func(c *identity.Client) { c.ExplicitAuthFlows = []string{identity.FlowPassword} })
	refused(derive(access, nil), "NotAuthorizedException", "in this way")
}

func TestADerivedTokenEndsWithTheSignIn(t *testing.T) {
	a := withExchange(t, identity.FlowImpersonation)
	access, _ := a.in()
	out := a.ok("GetDerivedToken", derive(access, nil))
	a.ok("GlobalSignOut", m{"AccessToken": access})
	a.fails("GetDerivedToken", derive(access, nil), "NotAuthorizedException", "")
	if _, err := a.handler.OAuth.Verify(context.Background(), pool, text(out, "IssuedToken")); err == nil {
		t.Error("the derived token is good after the sign-out")
	}
}
