package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// television is a house whose app is a device.
func television(t *testing.T) *webtest.House {
	t.Helper()
	h := webtest.Start(t)
	h.User(ann)
	h.Client(identity.Client{
		PoolID: webtest.PoolID, ID: "tv", Name: "Films", ClientOAuth: identity.ClientOAuth{GrantTypes: []string{identity.GrantDevice, identity.GrantRefresh}},
	}, "")
	return h
}

func deviceCode(h *webtest.House) map[string]any {
	h.Helper()
	got := postTo(h, "/oauth2/device_authorization", formType, "client_id=tv&scope=openid+email")
	if got.StatusCode != http.StatusOK {
		h.Fatalf("answered %d: %s", got.StatusCode, read(h.T, got))
	}
	return decode(h, got)
}

func pollDevice(h *webtest.House, begun map[string]any) map[string]any {
	h.Helper()
	body := url.Values{"grant_type": {identity.GrantDevice}, "client_id": {"tv"}, "device_code": {begun["device_code"].(string)}}
	return decode(h, postTo(h, "/oauth2/token", formType, body.Encode()))
}

func TestDeviceIsLetIn(t *testing.T) {
	h := television(t)
	begun := deviceCode(h)
	if begun["verification_uri"] != webtest.PublicURL+"/device" {
		t.Errorf("%v", begun)
	}
	code := begun["user_code"].(string)
	b := h.Browser()
	page := b.Get("/device").Says("Type the code").Submit("user_code", strings.ToLower(strings.ReplaceAll(code, "-", " "))).At("/login")
	page = page.Submit("username", ann, "password", webtest.Password).At("/device/confirm").Says("Films").Says(code).Says("Read your email address").Says(ann)
	if got := pollDevice(h, begun); got["error"] != "authorization_pending" {
		t.Errorf("before the button: %v", got)
	}
	page.Submit("id", idOf(page), "answer", "allow").At("/device/done").Says("You can go back to your device")
	if got := pollDevice(h, begun); got["access_token"] == nil || got["id_token"] == nil {
		t.Errorf("given %v", got)
	}
	b.Get("/device?user_code="+code).Submit("user_code", code).Is(web.Unprocessable).Says("This code is not right")
}

// TestAttackDeviceCodePhishingPage: RFC 8628 §5.4: a link that holds a code changes
// nothing by being opened, whoever is signed in, and the page says what it is about.
func TestAttackDeviceCodePhishingPage(t *testing.T) {
	h := television(t)
	begun := deviceCode(h)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	at, err := url.Parse(begun["verification_uri_complete"].(string))
	if err != nil {
		t.Fatal(err)
	}
	page := b.Get(at.RequestURI()).At("/device")
	if fields, _ := page.Form("user_code"); fields.Get("user_code") != begun["user_code"] {
		t.Errorf("the field holds %q", fields.Get("user_code"))
	}
	page = page.Submit("user_code", begun["user_code"].(string)).At("/device/confirm").Says("If somebody sent you this link or code").Says("192.0.2.")
	if got := pollDevice(h, begun); got["error"] != "authorization_pending" {
		t.Errorf("by opening: %v", got)
	}
	page.Submit("id", idOf(page), "answer", "deny").At("/device/done").Says("The device gets nothing")
	if got := pollDevice(h, begun); got["error"] != "access_denied" {
		t.Errorf("after no: %v", got)
	}
}

func TestAttackDeviceConfirmedFromAnotherSite(t *testing.T) {
	h := television(t)
	begun := deviceCode(h)
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	page := b.Get("/device").Submit("user_code", begun["user_code"].(string)).At("/device/confirm")
	fields, _ := page.Form("id")
	fields.Del("csrf")
	fields.Set("answer", "allow")
	b.Post("/device/confirm", fields).Is(web.Unprocessable).Says("Films")
	if got := pollDevice(h, begun); got["error"] != "authorization_pending" {
		t.Errorf("without proof: %v", got)
	}
	b.Get("/device/confirm?id=" + url.QueryEscape(fields.Get("id")) + "&user_code=BBBB-BBBB").Is(http.StatusGone).Says("This request is over")
}

func TestDeviceOfAnAppThatDemandsASecondFactor(t *testing.T) {
	h := television(t)
	h.Pool(identity.Pool{ID: webtest.PoolID, Name: "Notes", UsernameAttributes: []string{"email"}, MFAConfiguration: "OPTIONAL"})
	h.Client(identity.Client{
		PoolID: webtest.PoolID, ID: "tv", Name: "Films", MFAConfiguration: "ON", ClientOAuth: identity.ClientOAuth{GrantTypes: []string{identity.GrantDevice}},
	}, "")
	begun := deviceCode(h)
	b := h.Browser()
	b.SignIn(ann, webtest.Password).At("/account")
	page := b.Get("/device").Submit("user_code", begun["user_code"].(string)).At("/login")
	if at := page.Submit("username", ann, "password", webtest.Password).URL.Path; at != "/login/choose" && at != "/login/setup" {
		t.Errorf("one factor leads to %s", at)
	}
}

// TestADeviceOfAStrangerIsMarked: an app that registered itself says itself what it is called.
func TestADeviceOfAStrangerIsMarked(t *testing.T) {
	h := television(t)
	h.Pool(identity.Pool{ID: webtest.PoolID, Name: "Acme", UsernameAttributes: []string{"email"}, ClientRegistration: identity.ClientRegistration{
		Policy: identity.RegistrationOpen, AllowedGrants: []string{identity.GrantDevice, identity.GrantRefresh},
	}})
	registered := decode(h, postTo(h, "/oauth2/register", "application/json",
		`{"client_name":"Bank","client_name#de":"Die Bank","grant_types":["`+identity.GrantDevice+`"],"response_types":[],"token_endpoint_auth_method":"none"}`))
	if registered["client_id"] == nil {
		t.Fatalf("registered: %v", registered)
	}
	begin := func(client string) string {
		return text(decode(h, postTo(h, "/oauth2/device_authorization", formType, url.Values{"client_id": {client}, "scope": {"openid"}}.Encode()))["user_code"])
	}
	b := h.Browser()
	b.SignIn(ann, webtest.Password)
	b.Get("/device").Submit("user_code", begin(text(registered["client_id"]))).At("/device/confirm").Says("Let Bank in").Says("Nobody here has checked this app")
	b.Get("/device?lang=de").Submit("user_code", begin(text(registered["client_id"]))).At("/device/confirm").Says("Die Bank auf Ihrem")
	b.Get("/device?lang=en").Submit("user_code", begin("tv")).At("/device/confirm").SaysNot("Nobody here has checked")
}

// TestADeviceListsTheProvidersOfItsApp: the sign-in is for the app, not for a page of ours.
func TestADeviceListsTheProvidersOfItsApp(t *testing.T) {
	h := withUp(t, nil)
	other := h.Upstream()
	h.Provider(other, identity.IdentityProvider{Name: "Other"})
	h.User(ann)
	for name, c := range map[string]struct{ lists, says, not []string }{
		"one, and not us": {[]string{"Up"}, []string{"Continue with Up"}, []string{"Continue with Other", "Password"}},
		"us alone":        {nil, []string{"Password"}, []string{"Continue with"}},
	} {
		t.Run(name, func(t *testing.T) {
			h.Client(identity.Client{ID: "tv", Name: "Films", IdentityProviders: c.lists, ClientOAuth: identity.ClientOAuth{GrantTypes: []string{identity.GrantDevice}}}, "")
			req := httptest.NewRequest(http.MethodPost, h.Core.PublicURL+"/oauth2/device_authorization", strings.NewReader("client_id=tv&scope=openid"))
			req.Header.Set("Content-Type", formType)
			code := text(decode(h.House, h.Do(req))["user_code"])
			page := h.Browser().Get("/device").Submit("user_code", code).At("/login")
			for _, text := range c.says {
				page.Says(text)
			}
			for _, text := range c.not {
				page.SaysNot(text)
			}
		})
	}
}

func idOf(page *webtest.Answer) string {
	fields, _ := page.Form("id")
	return fields.Get("id")
}
