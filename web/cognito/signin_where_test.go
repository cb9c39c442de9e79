package cognito

import (
	"testing"

	"poolhouse.dev/identity"
)

const elsewhere = "203.0.113.7"

func from(in m, address string) m {
	in["UserContextData"] = m{"IpAddress": address, "EncodedData": "eyJ4IjoxfQ=="}
	return in
}

// seenAt answers where ann's newest session was opened from.
func (a *apps) seenAt() string {
	a.Helper()
	u, err := a.handler.Admin.User(a.Context(), pool, ann)
	if err != nil {
		a.Fatal(err)
	}
	open, err := a.handler.Sessions.List(a.Context(), pool, u.ID)
	if err != nil || len(open) == 0 {
		a.Fatalf("%d sessions, %v", len(open), err)
	}
	return open[0].Address
}

// proven is a sign-in by the client with a secret.
func proven() m {
	in := byPassword(backend, ann, annWord)
	in["AuthParameters"].(m)["SECRET_HASH"] = hash(ann)
	return in
}

func propagates(c *identity.Client) {
	on := true
	c.PropagateContext = &on
}

func TestAnAppWithASecretSaysWhereThePersonIs(t *testing.T) {
	a := withApps(t)
	a.ann()
	a.signedIn(a.ok("InitiateAuth", from(proven(), elsewhere)))
	if got := a.seenAt(); got == elsewhere {
		t.Error("an address is taken where the client may not say it")
	}
	a.client(backend, propagates)
	a.wait(1)
	a.signedIn(a.ok("InitiateAuth", from(proven(), elsewhere)))
	if got := a.seenAt(); got != elsewhere {
		t.Errorf("seen at %q, want %s", got, elsewhere)
	}
	a.wait(1)
	a.signedIn(a.ok("InitiateAuth", from(proven(), "nowhere")))
	if got := a.seenAt(); got == elsewhere || got == "nowhere" {
		t.Errorf("seen at %q", got)
	}
}

func TestAttackAPublicClientSaysWhereItIs(t *testing.T) {
	a := withApps(t)
	a.ann()
	_, err := a.handler.Settings.ChangeClient(t.Context(), pool, mobile, func(_ *identity.Pool, c *identity.Client) error {
		propagates(c)
		return nil
	})
	if code, _ := identity.CodeOf(err); err != nil && code != identity.InvalidParameter {
		t.Fatal(err)
	}
	a.signedIn(a.ok("InitiateAuth", from(byPassword(mobile, ann, annWord), elsewhere)))
	if a.seenAt() == elsewhere {
		t.Error("anybody may say where they are")
	}
	// Nor does a wrong hash spend the tries of another address, or get around a blocked one.
	a.client(backend, propagates)
	a.pool(func(p *identity.Pool) { p.Risk.Exceptions.Blocked = []string{elsewhere + "/32"} })
	wrong := from(proven(), elsewhere)
	wrong["AuthParameters"].(m)["SECRET_HASH"] = hash("bea@example.test")
	a.fails("InitiateAuth", wrong, "NotAuthorizedException", "secret hash")
	a.fails("InitiateAuth", from(proven(), elsewhere), "NotAuthorizedException", "security reasons")
}

func TestFlowsThatCognitoTakesOnlyAlone(t *testing.T) {
	s := start(t)
	for words, members := range map[string]string{
		"beside values that begin with ALLOW_": `"ExplicitAuthFlows":["USER_PASSWORD_AUTH","ALLOW_USER_SRP_AUTH"]`,
		"cannot be ENABLED beside":             `"ExplicitAuthFlows":["ALLOW_REFRESH_TOKEN_AUTH"],"RefreshTokenRotation":{"Feature":"ENABLED"}`,
		"takes a client with a secret":         `"EnablePropagateAdditionalUserContextData":true`,
	} {
		s.refuses("CreateUserPoolClient", `{"UserPoolId":"local_main","ClientName":"x",`+members+`}`, "InvalidParameterException", words)
	}
}
