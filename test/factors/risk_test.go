package factors

import (
	"net/http"
	"testing"

	"poolhouse.dev/test/kit"
)

const berlin, sydney, shut = "127.0.0.2", "127.0.0.3", "127.0.0.9"

// guarded is a pool whose sign-ins of high risk meet an action.
func guarded(high, medium string) kit.Map {
	return kit.Map{
		"mfa_configuration":    "OPTIONAL",
		"user_pool_add_ons":    kit.Map{"advanced_security_mode": "ENFORCED"},
		"device_configuration": kit.Map{"challenge_required_on_new_device": true},
		"risk_configuration": kit.Map{
			"account_takeover_risk_configuration": kit.Map{"actions": kit.Map{
				"high_action":   kit.Map{"event_action": high, "notify": true},
				"medium_action": kit.Map{"event_action": medium},
			}},
			"risk_exception_configuration": kit.Map{"blocked_ip_range_list": kit.List{shut + "/32"}},
		},
	}
}

const stopped = "This sign-in was stopped to protect the account."

// Berlin, then Sydney minutes later: nobody travels that fast. The right
// password does not help, and the owner is written to.
func TestRiskBlocks(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.AtLocalhost, kit.WithPlaces(t), settings(guarded("BLOCK", "NO_ACTION"), "owner@example.test", "calm@example.test"))
	const name = "owner@example.test"
	home := kit.NewClientFrom(berlin)
	with(t, s, home, name, kit.AnnPassword).Want(t, http.StatusOK, "Hello, "+name)
	with(t, s, kit.NewClientFrom(sydney), name, kit.AnnPassword).Want(t, http.StatusUnprocessableEntity, stopped)
	with(t, s, kit.NewClientFrom(sydney), name, "not the password").Want(t, http.StatusUnprocessableEntity, "does not match")
	home.Open(t, s.URL+"/account/history").Want(t, http.StatusOK, "Suspicious", "Too far from the last sign-in to have travelled there",
		"Sydney", "Stopped by us", "Berlin")

	// Opening the link changes nothing, its button shuts everybody out.
	m := s.MailAbout(t, name, "An unusual sign-in", 1)
	for range 2 {
		kit.NewClient().Open(t, m.Link(t)).Want(t, http.StatusOK, "Was this not you?")
	}
	if page := home.Open(t, s.URL+"/account"); page.Has("password") {
		t.Fatal("opening the link ended the session")
	}
	kit.NewClient().Open(t, m.Link(t)).Press(t, "It was not me").Want(t, http.StatusOK, "Everything is signed out")
	if page := home.Open(t, s.URL+"/account"); !page.Has("password") {
		t.Error("the session is still open")
	}
	with(t, s, kit.NewClientFrom(berlin), name, kit.AnnPassword).Want(t, http.StatusUnprocessableEntity, "This account needs a new password.")
	page := kit.NewClientFrom(berlin).Open(t, s.URL+"/forgotPassword").Submit(t, kit.Fields{"username": name})
	code := s.MailAbout(t, name, "Reset your password", 1).Code(t)
	page.Submit(t, kit.Fields{"code": code, "new_password": newPassword}).Want(t, http.StatusOK, "Your password was changed")
	with(t, s, kit.NewClientFrom(berlin), name, newPassword).Want(t, http.StatusOK, "Hello, "+name)
	kit.NewClient().Open(t, m.Link(t)).Want(t, http.StatusGone, "This link was used already")

	t.Run("the rest is left alone", func(t *testing.T) { unsuspicious(t, s, "calm@example.test") })
}

// A known browser in its own country is nobody's business; a network that is
// shut gets nothing, and learns nothing.
func unsuspicious(t *testing.T, s *kit.Server, name string) {
	for range 3 {
		with(t, s, kit.NewClientFrom(berlin), name, kit.AnnPassword).Want(t, http.StatusOK, "Hello, "+name)
	}
	for who, password := range map[string]string{name: kit.AnnPassword, "ann@example.test": "not the password", "none@example.test": kit.AnnPassword} {
		with(t, s, kit.NewClientFrom(shut), who, password).Want(t, http.StatusUnprocessableEntity, stopped)
	}
}

// The other answer to the same journey is a second factor: the person's own, or
// the confirmed address of whoever has none. A remembered browser is asked, too.
func TestRiskAsksForMore(t *testing.T) {
	t.Parallel()
	s := kit.Start(t, kit.AtLocalhost, kit.WithPlaces(t), settings(guarded("MFA_REQUIRED", "MFA_IF_CONFIGURED"), "none@example.test", "app@example.test"))
	with(t, s, kit.NewClientFrom(berlin), "none@example.test", kit.AnnPassword).Want(t, http.StatusOK, "Hello, none@example.test")
	page := with(t, s, kit.NewClientFrom(sydney), "none@example.test", kit.AnnPassword).Want(t, http.StatusOK, "Check your email")
	page.Submit(t, kit.Fields{"code": s.MailAbout(t, "none@example.test", "Your code for", 1).Code(t)}).Want(t, http.StatusOK, "Hello, none@example.test")

	const name = "app@example.test"
	c := kit.NewClientFrom(berlin)
	if _, err := c.SignIn(s.URL+"/account", name, kit.AnnPassword); err != nil {
		t.Fatal(err)
	}
	app := withApp(t, s, c)
	traveller := kit.NewClientFrom(berlin)
	with(t, s, traveller, name, kit.AnnPassword).Submit(t, kit.Fields{"code": app.Code(t)}).Want(t, http.StatusOK, "Hello, "+name)
	traveller.ForgetSession(t, s.URL)
	with(t, s, traveller, name, kit.AnnPassword).Want(t, http.StatusOK, "Hello, "+name) // remembered
	traveller.ForgetSession(t, s.URL)
	traveller.Travel(sydney)
	page = with(t, s, traveller, name, kit.AnnPassword).Want(t, http.StatusOK, "Enter the code from your app")
	page.Submit(t, kit.Fields{"code": app.Code(t)}).Want(t, http.StatusOK, "Hello, "+name)
}
