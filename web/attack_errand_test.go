package web_test

import (
	"net/url"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web/internal/webtest"
)

const transfer = `[{"type":"payment","amount":"4711.00","creditor":"Mallory"}]`

// What a rich request asks for is said before it is allowed (RFC 9396 §13), at a
// device and in the account as on the consent page.
func TestAttackDeviceAsksForAPaymentThatNobodySees(t *testing.T) {
	h := television(t)
	h.Client(identity.Client{
		PoolID: webtest.PoolID, ID: "tv", Name: "Films",
		ClientOAuth: identity.ClientOAuth{GrantTypes: []string{identity.GrantDevice}, AuthorizationDetailsTypes: []string{"payment"}},
	}, "")
	body := url.Values{"client_id": {"tv"}, "scope": {"openid"}, "authorization_details": {transfer}}
	begun := decode(h, postTo(h, "/oauth2/device_authorization", formType, body.Encode()))
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	b.Get("/device").Submit("user_code", begun["user_code"].(string)).At("/device/confirm").Says("payment").Says("4711.00").Says("Mallory")
}

func TestAttackAppAsksForAPaymentThatNobodySees(t *testing.T) {
	h := bank(t)
	h.Client(identity.Client{
		ID: "app", Name: "Acme Bank",
		ClientOAuth: identity.ClientOAuth{GrantTypes: []string{identity.GrantCIBA}, AuthorizationDetailsTypes: []string{"payment"}},
	}, webtest.Secret)
	postAs(h, "/oauth2/bc-authorize", url.Values{"scope": {"openid"}, "login_hint": {ann}, "authorization_details": {transfer}})
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	b.Get("/account/approvals").Says("payment").Says("4711.00").Says("Mallory")
}
