package a11y

import (
	"testing"

	"poolhouse.dev/test/kit"
)

// elsewhere is somebody else's sign-in, by the name Corp in the pool; every type
// that has a brand stands beside it.
func elsewhere(t *testing.T) (*kit.OIDCProvider, func(kit.Map)) {
	t.Helper()
	up := kit.NewOIDCProvider(t)
	up.Accounts = kit.Map{"ann": kit.Map{"email": ann, "email_verified": true}, "eve": kit.Map{"email": eve, "email_verified": true}}
	brand := func(kind string) kit.Map {
		return kit.Map{"provider_name": kind, "provider_type": kind, "provider_details": kit.Map{"client_id": "c", "client_secret": "s", "authorize_url": up.URL + "/auth", "token_url": up.URL + "/token"}}
	}
	return up, func(m kit.Map) {
		kit.AtLocalhost(m)
		m["outgoing"] = kit.Map{"allow_networks": kit.List{"127.0.0.0/8"}}
		up.Clients = kit.List{kit.Map{"client_id": "c", "client_secret": "s", "token_endpoint_auth_method": "client_secret_post",
			"redirect_uris": kit.List{m["public_url"].(string) + "/oauth2/idpresponse"}}}
		pool := kit.PoolOf(m)
		pool["identity_providers"] = kit.List{
			kit.Map{"provider_name": "Corp", "provider_type": "OIDC", "provider_details": kit.Map{"client_id": "c", "client_secret": "s", "oidc_issuer": up.URL}},
			brand("Google"), brand("Facebook"), brand("GitHub"), brand("LoginWithAmazon"),
		}
		pool["clients"].(kit.List)[0].(kit.Map)["supported_identity_providers"] = kit.List{"COGNITO", "Corp", "Google", "Facebook", "GitHub", "LoginWithAmazon"}
	}
}

func TestPagesOfOtherProviders(t *testing.T) {
	up, change := elsewhere(t)
	s, a := start(t, change)
	a.Allow(up.URL)
	a.Open(t, s.App.URL+"/start")
	a.both("sign-in with providers")
	a.Press(t, "Continue with Corp") // which is down
	a.See(t, "does not answer at the moment")
	a.both("provider is down")
	up.Run(t)
	up.Meets(t, a.Browser, func() { a.Press(t, "Try again") })
	up.Press(t, a.Browser, "cancel")
	a.See(t, "You came back from Corp")
	a.both("came back")
	a.Press(t, "Continue with Corp")
	up.Press(t, a.Browser, "fail")
	a.See(t, "Signing in with Corp did not work")
	a.check("provider broke") // it cannot be loaded again
	a.opened("answer of nobody's trip", s.URL+"/oauth2/idpresponse?state=nonsense&code=nonsense")
	a.Open(t, s.App.URL+"/start")
	a.Press(t, "Continue with Corp")
	up.SignIn(t, a.Browser, "ann")
	a.See(t, "You already have an account with "+ann)
	a.both("linking")
	a.Enter(t, "password", kit.AnnPassword)
	a.See(t, "Hello, "+ann)
	a.Open(t, s.URL+"/account/connections")
	a.both("connected")
}

func TestPagesOfAnAccountThatIsOnlyElsewhere(t *testing.T) {
	up, change := elsewhere(t)
	s, a := start(t, change)
	a.Allow(up.URL)
	up.Run(t)
	a.Open(t, s.App.URL+"/start")
	a.Press(t, "Continue with Corp")
	up.SignIn(t, a.Browser, "eve")
	a.See(t, "Hello, "+eve)
	for _, page := range []string{"", "/connections", "/factors", "/password", "/history", "/delete"} {
		a.Open(t, s.URL+"/account"+page)
		a.both("account" + page)
	}
}
