package identity

import (
	"strings"
	"testing"
)

// Names that people from a provider get (Provider_subject) are nobody else's:
// whoever had one would keep its owner out.

func chosenNames(p *Pool) {
	p.UsernameAttributes, p.AliasAttributes = nil, []string{attrEmail, attrPreferredUsername}
}

func TestAttackAliasInTheWayOfANewcomer(t *testing.T) {
	k := joins(t, chosenNames)
	auth := k.in(k.user("mallory@example.test", Confirmed).Attributes[attrEmail], k.origin(9)).Auth
	for _, name := range []string{"Elsewhere_s-1", "elsewhere_S-1", "ＥＬＳＥＷＨＥＲＥ_s-1", "Google_1", "SignInWithApple_1"} {
		_, err := k.own(auth, map[string]string{attrPreferredUsername: name})
		if e := k.refused(err, AttributeRefused); e.Field != attrPreferredUsername {
			t.Errorf("%s: the field is %s", name, e.Field)
		}
		_, err = k.admin().UpdateAttributes(t.Context(), testPool, "mallory@example.test", map[string]string{attrPreferredUsername: name})
		k.refused(err, AttributeRefused)
	}
	if step, err := k.comesFrom("", "Elsewhere", "s-1", "new@example.test"); err != nil || step.Done == nil {
		t.Errorf("the newcomer is kept out: %+v, %v", step, err)
	}
	_, err := k.own(auth, map[string]string{attrPreferredUsername: "mallory_1"})
	k.ok(err)
}

func TestAttackUsernameInTheWayOfANewcomer(t *testing.T) {
	k := joins(t, aliased)
	for _, name := range []string{"Elsewhere_s-1", "elsewhere_S-1"} {
		_, _, err := k.invite(NewUser{Username: name, Attributes: map[string]string{attrEmail: "m@example.test"}})
		k.refused(err, InvalidUsername)
		_, _, err = k.admin().ImportUser(t.Context(), ImportUser{Pool: testPool, Username: name, Password: goodWord})
		k.refused(err, InvalidUsername)
		_, err = ValidateUser(&Pool{}, ImportUser{Username: name, Password: goodWord}, []string{"Elsewhere"})
		k.refused(err, InvalidUsername)
	}
	_, _, err := k.invite(NewUser{Username: "elsewhere", Attributes: map[string]string{attrEmail: "elsewhere_fan@example.test", attrEmailVerified: "true"}})
	k.ok(err) // an address belongs to who has it, however it begins
}

func TestANewcomerWhoseNameIsTakenGetsAnother(t *testing.T) {
	k := joins(t, aliased)
	k.settings().DeleteProvider(t.Context(), testPool, "Elsewhere")
	_, _, err := k.invite(NewUser{Username: "Elsewhere_s-1", Attributes: map[string]string{attrEmail: "older@example.test"}})
	k.ok(err) // before there was such a provider
	_, err = k.settings().PutProvider(t.Context(), IdentityProvider{PoolID: testPool, Name: "Elsewhere", Type: "OIDC"})
	k.ok(err)
	seen := map[UserID]bool{k.find("Elsewhere_s-1").ID: true}
	for _, subject := range []string{"s-1", "AbC", "aBc", "a name with spaces", strings.Repeat("x", 255)} {
		who := k.fromIn("Elsewhere", subject, "", false)
		if seen[who] || k.fromIn("Elsewhere", subject, "", false) != who {
			t.Errorf("%s is %s", subject, who)
		}
		if u := k.find(string(who)); !strings.HasPrefix(u.Username, "Elsewhere_") {
			t.Errorf("%s is called %s", subject, u.Username)
		}
		seen[who] = true
	}
}
