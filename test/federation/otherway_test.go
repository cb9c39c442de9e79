package federation

import (
	"testing"

	"poolhouse.dev/test/kit"
)

// withoutCorp is a server whose provider Corp, in charge of example.test, is down
// for good.
func withoutCorp(t *testing.T) up {
	t.Helper()
	gone := "http://" + kit.FreeAddress(t)
	return open(t, change("Corp", kit.Map{"idp_identifiers": kit.List{"example.test"}}), func(m kit.Map) {
		kit.PoolOf(m)["identity_providers"].(kit.List)[1].(kit.Map)["provider_details"].(kit.Map)["oidc_issuer"] = gone
	})
}

func TestAnAddressOfAProviderThatIsDownGetsInByPassword(t *testing.T) {
	u := withoutCorp(t)
	b := u.browse(t)
	b.Open(t, u.App.URL+"/start")
	b.Enter(t, "username", ann)
	b.See(t, "Signing in with Corp did not work", "Corp does not answer at the moment")
	b.Press(t, "Sign in another way")
	b.Field(t, "password")
	if name := b.ValueOf(t, "username"); name != ann {
		t.Errorf("the name is kept as %q", name)
	}
	b.Enter(t, "password", kit.AnnPassword)
	u.arrives(t, b, ann)
}

func TestTheWayThatFailedIsNotTheOneUsedLast(t *testing.T) {
	u := withoutCorp(t)
	b := u.browse(t)
	u.begin(t, b, "Corp")
	b.See(t, "Signing in with Corp did not work")
	b.Press(t, "Sign in another way")
	b.Field(t, "username")
	marked := func(way string) bool { return b.Shows(t, `a[data-way="idp:`+way+`"] .badge:not([hidden])`) }
	if marked("Corp") || marked("Google") {
		t.Errorf("a way in is marked that nobody came in by:\n%s", b.Text(t))
	}
	b.Press(t, "Continue with Google")
	u.oidc.SignIn(t, b, "carl")
	u.arrives(t, b, carl)
	b.ForgetSession(t, u.URL)
	u.begin(t, b, "Corp")
	b.See(t, "Signing in with Corp did not work")
	b.Press(t, "Try again")
	b.See(t, "Signing in with Corp did not work")
	b.Press(t, "Sign in another way")
	b.Field(t, "username")
	if marked("Corp") || !marked("Google") {
		t.Errorf("the last way in is not marked:\n%s", b.Text(t))
	}
}
