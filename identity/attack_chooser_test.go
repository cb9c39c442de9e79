package identity

import (
	"testing"
	"time"
)

// A key means something only by what of the answer is taken for it.

func TestAttackKeyOfAnotherAttribute(t *testing.T) {
	for _, row := range []struct {
		kind   string
		first  map[string]string
		then   map[string]string
		closed bool
	}{
		{"OAuth2", map[string]string{"subject_attribute": "id"}, map[string]string{"subject_attribute": "login"}, true},
		{"OAuth2", nil, map[string]string{"subject_attribute": "sub"}, false},
		{"OAuth2", nil, map[string]string{"subject_attribute": "id"}, true},
		{"SAML", map[string]string{"SubjectAttribute": "uid"}, map[string]string{"SubjectAttribute": "mail"}, true},
		{"SAML", map[string]string{"SubjectAttribute": "uid"}, nil, true},
		{"SAML", nil, map[string]string{"NameIDFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"}, false},
		{"SAML", nil, map[string]string{"NameIDFormat": "emailAddress"}, true},
		{"SAML", map[string]string{"SubjectAttribute": "uid"}, map[string]string{"SubjectAttribute": "uid", "NameIDFormat": "transient"}, false},
		{"OIDC", nil, map[string]string{"subject_attribute": "id"}, false},
	} {
		k := joins(t)
		k.remakesAs("Elsewhere", row.kind, row.first)
		step, err := k.comesFrom(oldIssuer, "Elsewhere", "1001", "")
		ann := k.isThere(step, err, "")
		k.alters("Elsewhere", func(p *IdentityProvider) { p.Details = row.then })
		step, err = k.comesFrom(oldIssuer, "Elsewhere", "1001", "")
		if !row.closed {
			k.isThere(step, err, ann)
			continue
		}
		k.refused(err, IssuerChanged)
		if e := k.did("sign_in_elsewhere")[0]; e.Detail["bound_keyed_by"] == "" || e.Detail["bound_keyed_by"] == e.Detail["keyed_by"] {
			t.Errorf("%v: told as %+v", row, e)
		}
		if n, err := k.admin().RebindProvider(t.Context(), testPool, "Elsewhere", oldIssuer); err != nil || n != 1 {
			t.Errorf("freed %d, %v", n, err)
		}
		step, err = k.comesFrom(oldIssuer, "Elsewhere", "1001", "")
		k.isThere(step, err, ann)
	}
}

// remakesAs makes a provider anew, of another type.
func (k *kit) remakesAs(name, kind string, details map[string]string) {
	k.Helper()
	k.ok(k.settings().DeleteProvider(k.Context(), testPool, name))
	_, err := k.settings().PutProvider(k.Context(), IdentityProvider{PoolID: testPool, Name: name, Type: kind, Details: details})
	k.ok(err)
}

// Whoever takes the last other way away would be shut out.
func TestAnIdentityThatTheProviderHasLeftIsNoWayIn(t *testing.T) {
	for what, leave := range map[string]func(k *kit){
		"issuer": func(k *kit) {
			step, err := k.comesFrom(newIssuer, "Elsewhere", "2002", "")
			k.isThere(step, err, "")
		},
		"key": func(k *kit) {
			k.alters("Elsewhere", func(p *IdentityProvider) { p.Details = map[string]string{"subject_attribute": "id"} })
		},
	} {
		k := joins(t)
		k.remakesAs("Elsewhere", "OAuth2", nil)
		step, err := k.comesFrom(oldIssuer, "Elsewhere", "1001", "ann@example.test")
		k.isThere(step, err, "")
		auth := step.Done.Auth
		k.ok((&Identities{k.core}).Link(t.Context(), auth, External{Provider: "Google", Subject: "g", Issuer: oldIssuer}, k.origin(7)))
		if now := k.joinedNow(auth); now.List[0].Off || now.List[1].Fixed {
			t.Fatalf("%s: before: %+v", what, now)
		}
		leave(k)
		if now := k.joinedNow(auth); !now.List[0].Off || now.List[0].Fixed || !now.List[1].Fixed {
			t.Errorf("%s: %+v", what, now)
		}
		k.refused((&Identities{k.core}).Unlink(t.Context(), auth, "Google", "g", k.origin(7)), LastWayIn)
		k.ok((&Identities{k.core}).Unlink(t.Context(), auth, "Elsewhere", "1001", k.origin(7)))
	}
}

// A sign-in that waits for the second factor is the provider's login, too.
func TestALogoutEndsWhatIsOnItsWayToASession(t *testing.T) {
	for what, row := range map[string]struct {
		name     string
		sessions []string
		ends     bool
	}{
		"all of hers":     {"ann-1", nil, true},
		"this one":        {"ann-1", []string{"one"}, true},
		"another of hers": {"ann-1", []string{"two"}, false},
		"somebody else":   {"bob-1", nil, false},
	} {
		k := newFactorKit(t)
		_, err := k.settings().PutProvider(t.Context(), IdentityProvider{PoolID: testPool, Name: "Elsewhere", Type: "SAML", MFARequired: true})
		k.ok(err)
		k.client(func(c *Client) { c.IdentityProviders = []string{"COGNITO", "Elsewhere"} })
		ann := k.person("ann@example.test").withApp()
		k.ok(k.admin().LinkProvider(t.Context(), testPool, ann.email, "Elsewhere", "s-1"))
		x := External{Provider: "Elsewhere", Subject: "s-1", Login: Login{Name: "ann-1", Session: "one"}}
		step, err := k.signIn().Federated(t.Context(), Federated{Pool: testPool, Client: testClient, Channel: testChannel, External: x, Origin: k.origin(7)})
		k.asks(step, err, AskTOTP)
		n, err := (&Sessions{k.core}).EndLogin(t.Context(), LoginEnded{
			Pool: testPool, Provider: "Elsewhere", Name: row.name, Sessions: row.sessions, Message: "1", Until: k.clock().Add(time.Minute),
		})
		if err != nil || n != 0 {
			t.Errorf("%s: %d, %v", what, n, err)
		}
		step, err = k.respond(step, CodeAnswer{FactorTOTP, ann.shown()}, k.origin(7))
		if row.ends {
			k.refused(err, AttemptExpired)
		} else if err != nil || step.Done == nil {
			t.Errorf("%s: %+v, %v", what, step, err)
		}
	}
}
