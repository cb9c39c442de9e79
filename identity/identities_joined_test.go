package identity

import (
	"encoding/json"
	"strings"
	"testing"
)

// joinedNow answers what the account is joined to, which must work.
func (k *kit) joinedNow(auth Authentication) Joined {
	k.Helper()
	joined, err := (&Identities{k.core}).Joined(k.Context(), auth)
	k.ok(err)
	return joined
}

func TestWhatAnAccountIsJoinedToSaysWhatMustStay(t *testing.T) {
	k := joins(t)
	step, err := k.from("Elsewhere", "s-1", "ann@example.test", true)
	k.ok(err)
	auth := step.Done.Auth
	one := k.joinedNow(auth)
	if len(one.List) != 1 || !one.List[0].Fixed || !one.Alone || one.Full || one.List[0].Type != "OIDC" || one.List[0].Shown != "ann@example.test" {
		t.Fatalf("%+v", one)
	}
	k.ok((&Identities{k.core}).Link(t.Context(), auth, External{Provider: "Google", Subject: "g"}, k.origin(7)))
	if two := k.joinedNow(auth); len(two.List) != 2 || two.List[0].Fixed || two.List[1].Fixed {
		t.Errorf("%+v", two)
	}
	k.ok(k.accounts().SetPassword(t.Context(), auth, "a password of her own", k.origin(7)))
	if with := k.joinedNow(auth); with.Alone || with.List[0].Fixed {
		t.Errorf("%+v", with)
	}
}

func TestAnIdentityIsShownByWhatItsOwnerKnows(t *testing.T) {
	k := joins(t)
	step, err := k.from("Elsewhere", "s-1", "", false)
	k.ok(err)
	auth := step.Done.Auth
	k.ok((&Identities{k.core}).Link(t.Context(), auth, External{Provider: "Google", Subject: "g", Attributes: map[string]string{"name": "Ann"}}, k.origin(7)))
	if now := k.joinedNow(auth); now.List[0].Shown != "" || now.List[1].Shown != "Ann" {
		t.Errorf("%+v", now.List)
	}
}

func TestAProviderThatIsOffIsNoWayIn(t *testing.T) {
	k := joins(t)
	step, err := k.from("Elsewhere", "s-1", "ann@example.test", true)
	k.ok(err)
	auth := step.Done.Auth
	k.ok((&Identities{k.core}).Link(t.Context(), auth, External{Provider: "Google", Subject: "g"}, k.origin(7)))
	k.ok(k.settings().DeleteProvider(t.Context(), testPool, "Google"))
	now := k.joinedNow(auth)
	if !now.List[0].Fixed || now.List[0].Off || now.List[1].Fixed || !now.List[1].Off {
		t.Fatalf("%+v", now)
	}
	k.refused((&Identities{k.core}).Unlink(t.Context(), auth, "Elsewhere", "s-1", k.origin(7)), LastWayIn)
	k.ok((&Identities{k.core}).Unlink(t.Context(), auth, "Google", "g", k.origin(7)))
	k.ok(k.settings().DeleteProvider(t.Context(), testPool, "Elsewhere"))
	k.refused((&Identities{k.core}).Unlink(t.Context(), auth, "Elsewhere", "s-1", k.origin(7)), LastWayIn)
}

func TestAttackUnlinkWhatSomebodyElseIsJoinedTo(t *testing.T) {
	k := joins(t)
	step, err := k.from("Elsewhere", "s-1", "ann@example.test", true)
	k.ok(err)
	k.ok((&Identities{k.core}).Link(t.Context(), step.Done.Auth, External{Provider: "Google", Subject: "g"}, k.origin(7)))
	k.user("mal@example.test", Confirmed)
	mal := k.in("mal@example.test", k.origin(9)).Auth
	k.refused((&Identities{k.core}).Unlink(t.Context(), mal, "Google", "g", k.origin(9)), ResourceNotFound)
	if left := k.joinedNow(step.Done.Auth); len(left.List) != 2 {
		t.Errorf("%+v", left)
	}
}

func TestAnExportNamesTheProvidersWithoutTheirTokens(t *testing.T) {
	k := joins(t)
	p, err := k.settings().Provider(t.Context(), testPool, "Elsewhere")
	k.ok(err)
	p.StoreTokens = true
	_, err = k.settings().PutProvider(t.Context(), p)
	k.ok(err)
	step, err := (&SignIn{k.core}).Federated(t.Context(), Federated{
		Pool: testPool, Client: testClient, Channel: testChannel, Origin: k.origin(7),
		External: External{
			Provider: "Elsewhere", Subject: "s-1", EmailVerified: true,
			Attributes: map[string]string{attrEmail: "ann@example.test"}, Tokens: ProviderTokens{Access: "a-token-of-theirs"},
		},
	})
	k.ok(err)
	e, err := k.accounts().Export(t.Context(), step.Done.Auth, Origin{})
	k.ok(err)
	if len(e.Identities) != 1 || e.Identities[0].Provider != "Elsewhere" || e.Identities[0].Subject != "s-1" || e.Identities[0].Shown != "ann@example.test" {
		t.Errorf("%+v", e.Identities)
	}
	raw, err := json.Marshal(e)
	k.ok(err)
	if strings.Contains(string(raw), "token-of") {
		t.Errorf("tokens are in the file: %s", raw)
	}
}

func TestAttackShutOutByAProviderThatIsOff(t *testing.T) {
	k := joins(t)
	p := k.person("ann@example.test").withKey()
	k.passwordless(p.User)
	k.ok(k.admin().LinkProvider(t.Context(), testPool, p.email, "Elsewhere", "s-1"))
	auth := k.isThereAs(p)
	for _, how := range []func(){
		func() { k.alters("Elsewhere", func(p *IdentityProvider) { p.Disabled = true }) },
		func() { k.ok(k.settings().DeleteProvider(t.Context(), testPool, "Elsewhere")) },
	} {
		how()
		k.refused((&Factors{k.core}).Remove(t.Context(), auth, FactorPasskey, b64(p.key.id), k.origin(7)), LastWayIn)
	}
	_, err := k.settings().PutProvider(t.Context(), IdentityProvider{PoolID: testPool, Name: "Elsewhere", Type: "OIDC"})
	k.ok(err)
	k.ok((&Factors{k.core}).Remove(t.Context(), auth, FactorPasskey, b64(p.key.id), k.origin(7)))
}

// isThereAs answers a session that the person came to by a provider.
func (k *kit) isThereAs(p *person) Authentication {
	k.Helper()
	step, err := k.from("Elsewhere", "s-1", "", false)
	return p.isIn(step, err).Auth
}

func TestIdentitiesNameTheIssuerOfSAMLAlone(t *testing.T) {
	one := Identity{Issuer: "https://idp.example.test/entity"}
	if got := one.ClaimedIssuer("SAML"); got == nil || *got != one.Issuer {
		t.Errorf("SAML: %v", got)
	}
	if one.ClaimedIssuer("OIDC") != nil || (&Identity{}).ClaimedIssuer("SAML") != nil {
		t.Error("an issuer is named where Cognito has null")
	}
}
