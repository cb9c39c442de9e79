package federation

import (
	"testing"

	"poolhouse.dev/test/kit"
)

func TestTheFirstSignInMakesTheAccountAndTheSecondFindsIt(t *testing.T) {
	u := open(t)
	first := u.signIn(t, "Google", "carl", carl)
	if first.Claims["email"] != carl || first.Claims["email_verified"] != true || first.Claims["name"] != "Carl" {
		t.Errorf("the app is told %v", first.Claims)
	}
	second := u.signIn(t, "Google", "carl", carl)
	if first.ID.Subject != second.ID.Subject {
		t.Errorf("the second sign-in is %s, the first was %s", second.ID.Subject, first.ID.Subject)
	}
	u.proves(t, "client_secret_post", 2)
}

func TestAProviderFoundByDiscoveryWithItsClaimsAtUserInfo(t *testing.T) {
	u := prepare(t)
	u.oidc.Run(t)
	u.Server.Run(t)
	first := u.signIn(t, "Corp", "bob", bob)
	if first.Claims["email"] != bob || first.Claims["name"] != "Bob" {
		t.Errorf("the app is told %v", first.Claims)
	}
	if again := u.signIn(t, "Corp", "bob", bob); again.ID.Subject != first.ID.Subject {
		t.Errorf("the second sign-in is %s, the first was %s", again.ID.Subject, first.ID.Subject)
	}
	u.proves(t, "private_key_jwt", 2)
}

// proves wants that each request carried a state, a nonce and a challenge, and
// that each code was redeemed with its verifier and the client's proof.
func (u up) proves(t *testing.T, method string, times int) {
	t.Helper()
	asked, redeemed := u.oidc.Asked(t, "/auth"), u.oidc.Asked(t, "/token")
	if len(asked) != times || len(redeemed) != times {
		t.Fatalf("asked %d times, redeemed %d codes, want %d of each", len(asked), len(redeemed), times)
	}
	for i := range asked {
		p := asked[i].Params
		if p["state"] == "" || p["nonce"] == "" || p["code_challenge"] == "" || p["code_challenge_method"] != "S256" {
			t.Errorf("request %d was %v", i, p)
		}
		if redeemed[i].Method != method || redeemed[i].Params["verifier"] != "true" {
			t.Errorf("code %d was redeemed by %+v", i, redeemed[i])
		}
	}
	if a, b := asked[0].Params, asked[1].Params; a["state"] == b["state"] || a["nonce"] == b["nonce"] || a["code_challenge"] == b["code_challenge"] {
		t.Error("a state, nonce or challenge was used twice")
	}
}

func TestAKnownAddressLeadsToLinking(t *testing.T) {
	u := open(t)
	hers := u.subject(t, ann)
	b := u.browse(t)
	u.begin(t, b, "Corp")
	u.oidc.SignIn(t, b, "ann")
	b.See(t, "You already have an account with "+ann, "connect Corp")
	if len(u.App.Arrivals()) != 1 {
		t.Fatal("the app was reached without the password")
	}
	b.Enter(t, "password", kit.AnnPassword)
	if got := u.arrives(t, b, ann).ID.Subject; got != hers {
		t.Errorf("after linking it is %s, the account is %s", got, hers)
	}
	if got := u.signIn(t, "Corp", "ann", ann).ID.Subject; got != hers {
		t.Errorf("the joined identity signs in %s, the account is %s", got, hers)
	}
}

func TestATrustedDomainJoinsAtOnce(t *testing.T) {
	u := open(t, change("Corp", kit.Map{"trusted_email_domains": kit.List{"example.test"}}))
	hers := u.subject(t, ann)
	if got := u.signIn(t, "Corp", "ann", ann).ID.Subject; got != hers {
		t.Errorf("Corp signs in %s, the account is %s", got, hers)
	}
}

func TestWhoCancelsChoosesAnotherWay(t *testing.T) {
	u := open(t)
	b := u.browse(t)
	u.begin(t, b, "Google")
	u.oidc.Press(t, b, "cancel")
	b.See(t, "You came back from Google without signing in.")
	b.Press(t, "Continue with Corp")
	u.oidc.SignIn(t, b, "bob")
	u.arrives(t, b, bob)
}

func TestAnErrorOfTheProviderLeadsOn(t *testing.T) {
	u := open(t)
	b := u.browse(t)
	u.begin(t, b, "Corp")
	u.oidc.Press(t, b, "fail")
	b.See(t, "Signing in with Corp did not work")
	b.Press(t, "Try again")
	u.oidc.SignIn(t, b, "bob")
	u.arrives(t, b, bob)
}

func TestAProviderThatIsDown(t *testing.T) {
	u := prepare(t)
	u.oidc.InIDToken = true
	u.Server.Run(t)
	b := u.browse(t)
	u.begin(t, b, "Corp")
	b.See(t, "Signing in with Corp did not work", "Corp does not answer at the moment")
	u.oidc.Run(t)
	u.oidc.Meets(t, b, func() { b.Press(t, "Try again") })
	u.oidc.SignIn(t, b, "bob")
	u.arrives(t, b, bob)
}

func TestAProviderThatGoesDownOnTheWay(t *testing.T) {
	gone := "http://" + kit.FreeAddress(t)
	u := open(t, func(m kit.Map) {
		kit.PoolOf(m)["identity_providers"].(kit.List)[0].(kit.Map)["provider_details"].(kit.Map)["token_url"] = gone + "/token"
	})
	b := u.browse(t)
	u.begin(t, b, "Google")
	u.oidc.SignIn(t, b, "carl")
	b.See(t, "Signing in with Google did not work", "Google does not answer at the moment")
	b.Press(t, "Sign in another way")
	b.Enter(t, "username", ann)
	b.Enter(t, "password", kit.AnnPassword)
	u.arrives(t, b, ann)
}
