package cognito

import (
	"testing"

	"poolhouse.dev/identity"
)

func TestAnAppIsFoundAtItsPool(t *testing.T) {
	a := withApps(t)
	a.ann()
	const other = identity.PoolID("local_other")
	if _, err := a.handler.Settings.PutPool(t.Context(), identity.Pool{ID: other, Name: "Other", UsernameAttributes: []string{"email"}}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []identity.ClientID{mobile, "only-there"} {
		a.must(a.handler.Settings.PutClient(t.Context(), identity.Client{PoolID: other, ID: id, Name: "app", ExplicitAuthFlows: []string{identity.FlowPassword}}))
	}
	a.signedIn(a.ok("InitiateAuth", byPassword(mobile, ann, annWord))) // the pool of the root comes first
	a.fails("InitiateAuth", byPassword("only-there", ann, annWord), "NotAuthorizedException", "Incorrect username or password.")
	a.fails("InitiateAuth", byPassword("nowhere", ann, annWord), "ResourceNotFoundException", "User pool client nowhere does not exist.")
	a.from.At = other
	a.fails("InitiateAuth", byPassword(mobile, ann, annWord), "NotAuthorizedException", "Incorrect username or password.")
	a.fails("InitiateAuth", byPassword(backend, ann, annWord), "ResourceNotFoundException", "User pool client backend does not exist.")
}

func TestAClientThatProvesItselfByAKeyStaysOut(t *testing.T) {
	a := withApps(t)
	a.ann()
	in := a.ok("InitiateAuth", byPassword(mobile, ann, annWord))
	a.client(mobile, func(c *identity.Client) { c.DPoPBound = true })
	a.fails("InitiateAuth", byPassword(mobile, ann, annWord), "NotAuthorizedException", "")
	open, err := a.handler.Sessions.List(t.Context(), pool, identity.UserID(text(a.ok("GetUser", m{"AccessToken": text(in, "AuthenticationResult", "AccessToken")}), "Username")))
	if err != nil || len(open) != 1 {
		t.Errorf("%d sessions are open after a sign-in without tokens, %v", len(open), err)
	}
	a.client(mobile, func(c *identity.Client) {
		c.DPoPBound, c.AuthMethod, c.JWKSURI, c.AuthSigningAlg = false, identity.AuthPrivateKeyJWT, "https://app.example.test/jwks", "ES256"
	})
	a.fails("InitiateAuth", byPassword(mobile, ann, annWord), "NotAuthorizedException", "private_key_jwt")
}
