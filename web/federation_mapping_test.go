package web_test

import (
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// own gives the pool attributes of its own.
func own(names ...string) webtest.Option {
	return func(_ *web.Deps, p *identity.Pool) {
		for _, name := range names {
			p.Schema = append(p.Schema, identity.Attribute{Name: "custom:" + name})
		}
	}
}

// mapped changes what Up's settings say.
func (h house) mapped(change func(*identity.IdentityProvider)) {
	h.Helper()
	settings := &identity.Settings{Core: h.Core}
	p, err := settings.Provider(h.Context(), webtest.PoolID, "Up")
	if err == nil {
		change(&p)
		_, err = settings.PutProvider(h.Context(), p)
	}
	if err != nil {
		h.Fatal(err)
	}
}

func TestAttributesComeByPathListAndConstant(t *testing.T) {
	h := withUp(t, func(p *identity.IdentityProvider) {
		p.Mapping = map[string]string{
			"email": "email", "custom:country": "address.country", "custom:groups": "groups", "custom:first": "groups[0]",
			"custom:source": "=by Up", "custom:role": "https://up.example.test/role", "custom:none": "address.planet",
		}
	}, own("country", "groups", "first", "source", "role", "none"))
	claims := vouched("s-1", ann)
	claims["address"], claims["groups"] = map[string]any{"country": "DE"}, []string{"staff", "R&D, Berlin"}
	claims["https://up.example.test/role"] = "chief"
	landed := h.signIn(h.Browser(), claims).Lands(webtest.Callback)
	id, kept := payload(t, h.tokens(landed)["id_token"]), h.user(ann).Attributes
	for name, want := range map[string]string{
		"email": ann, "custom:country": "DE", "custom:groups": "staff,R%26D%2C+Berlin", "custom:first": "staff", "custom:source": "by Up",
		"custom:role": "chief", "custom:none": "", "name": "",
	} {
		claim, _ := id[name].(string)
		if kept[name] != want || claim != want {
			t.Errorf("%s is %q, its claim %q, want %q", name, kept[name], claim, want)
		}
	}
}

func TestAttributesAreTakenOverAtEachSignInOrTheFirst(t *testing.T) {
	for refresh, want := range map[string]string{"": "Anna", "always": "Anna", "first": "Ann"} {
		h := withUp(t, func(p *identity.IdentityProvider) { p.Refresh = refresh })
		h.signIn(h.Browser(), vouched("s-1", ann)).Lands(webtest.Callback)
		h.After(time.Minute)
		again := vouched("s-1", ann)
		again["name"], again["locale"] = "Anna", "de"
		h.signIn(h.Browser(), again).Lands(webtest.Callback)
		h.After(time.Minute)
		delete(again, "locale")
		h.signIn(h.Browser(), again).Lands(webtest.Callback)
		locale := map[string]string{"Anna": "de", "Ann": ""}[want] // what is no longer said stays
		if kept := h.user(ann).Attributes; kept["name"] != want || kept["locale"] != locale {
			t.Errorf("%q: the name is %q, the locale %q", refresh, kept["name"], kept["locale"])
		}
	}
}

func TestWhetherAnAddressIsVerifiedIsTrustedPerProvider(t *testing.T) {
	for _, c := range []struct {
		trust string
		said  any
		want  string
	}{{"", true, ann}, {"", false, ""}, {"", nil, ""}, {"true", nil, ann}, {"true", false, ann}, {"false", true, ""}} {
		h := withUp(t, nil)
		h.mapped(func(p *identity.IdentityProvider) { p.Details["trust_email"] = c.trust })
		claims := vouched("s-1", ann)
		if claims["email_verified"] = c.said; c.said == nil {
			delete(claims, "email_verified")
		}
		h.signIn(h.Browser(), claims).Lands(webtest.Callback)
		if kept := h.user("Up_s-1").Attributes; kept["email"] != c.want || (kept["email_verified"] == "true") != (c.want != "") {
			t.Errorf("trust_email %q, email_verified %v: %v", c.trust, c.said, kept)
		}
	}
}
