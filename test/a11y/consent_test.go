package a11y

import (
	"net/url"
	"testing"

	"poolhouse.dev/test/kit"
)

func TestThePageThatAsksForConsent(t *testing.T) {
	s, a := start(t, func(config kit.Map) {
		client := kit.PoolOf(config)["clients"].(kit.List)[0].(kit.Map)
		client["consent"], client["claims_policy"], client["policy_uri"] = "ask", "oidc", "https://notes.example.test/privacy"
		client["authorization_details_types"] = kit.List{"payment_initiation"}
	})
	a.Open(t, s.URL+"/oauth2/authorize?"+url.Values{
		"client_id": {kit.WebClient}, "redirect_uri": {s.App.URL + "/callback"}, "response_type": {"code"}, "scope": {"openid email phone api/read"},
		"authorization_details": {`[{"type":"payment_initiation","actions":["initiate"],"locations":["https://bank.example.test/payments/of/a/long/path/that/does/not/break"],"instructed_amount":{"amount":"5"}}]`},
	}.Encode())
	a.Type(t, "username", ann)
	a.Enter(t, "password", kit.AnnPassword)
	a.See(t, "Notes asks for access")
	a.both("consent")
}
