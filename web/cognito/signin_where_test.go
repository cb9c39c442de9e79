package cognito

import (
	"fmt"
	"net/netip"
	"strings"
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

// Who has a key for a pool makes an app that may say where its people are, and says
// another address each time: its own is counted all the same.
func TestAttackAnAppSaysAnotherAddressEachTime(t *testing.T) {
	for operation, input := range map[string]func(name, at string) m{
		"InitiateAuth": func(name, at string) m {
			in := byPassword(backend, name, annWord)
			in["AuthParameters"].(m)["SECRET_HASH"] = hash(name)
			return from(in, at)
		},
		"AdminInitiateAuth": func(name, at string) m {
			in := byPassword(backend, name, annWord)
			in["AuthParameters"].(m)["SECRET_HASH"] = hash(name)
			in["AuthFlow"], in["UserPoolId"], in["ContextData"] = "ADMIN_USER_PASSWORD_AUTH", pool, m{"IpAddress": at, "ServerName": "app", "ServerPath": "/", "HttpHeaders": []m{}}
			return in
		},
		"ForgotPassword": func(name, at string) m {
			return from(m{"ClientId": backend, "SecretHash": hash(name), "Username": name}, at)
		},
	} {
		t.Run(operation, func(t *testing.T) {
			a := withApps(t)
			a.from.Kind = Owner
			a.client(backend, propagates)
			try := func(i int) string {
				_, answer := a.asks(operation, input(fmt.Sprintf("p%d@example.test", i), fmt.Sprintf("198.51.%d.%d", i/250, 1+i%250)))
				return string(answer)
			}
			answer, i := "", 0
			for ; i < 1000 && !strings.Contains(answer, "TooManyRequestsException"); i++ {
				answer = try(i)
			}
			if i < 150 || i > 500 {
				t.Fatalf("after %d tries: %s", i, answer)
			}
			reached, err := a.handler.Admin.Limits(t.Context(), pool, identity.LimitQuery{Address: a.from.Origin.Address})
			if err != nil || len(reached) != 1 || !strings.HasSuffix(reached[0].Limit, "_server") || reached[0].By != identity.ByAddress {
				t.Errorf("the server's address has reached %+v, %v", reached, err)
			}
			a.from.Origin.Address = netip.MustParseAddr("192.0.2.8")
			if answer = try(i); strings.Contains(answer, "TooManyRequestsException") {
				t.Errorf("another server is refused: %s", answer)
			}
		})
	}
}

// Right passwords spend nothing of the server's, as of the person's.
func TestAServerWhosePeopleKnowTheirPasswordsIsNotHeldUp(t *testing.T) {
	a := withApps(t)
	a.ann()
	a.client(backend, propagates)
	for i := range 450 {
		a.ok("InitiateAuth", from(proven(), fmt.Sprintf("198.51.%d.%d", i/250, 1+i%250)))
	}
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
