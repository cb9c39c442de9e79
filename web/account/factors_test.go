package account_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/message"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

func TestAnAuthenticatorAppIsSetUpReplacedAndRemoved(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	b := signedIn(h, ann)
	page := b.Get("/account/factors").Says("Second step").Follow("Set up").At("/account/factors/app")
	if page.Doc.Find("svg.qr").Length() != 1 {
		t.Error("no picture to scan")
	}
	page.Submit("code", "").Is(web.Unprocessable).Says("Enter the code.")
	key := page.Doc.Find("#key").Text()
	again := page.Submit("code", "000000").Is(web.Unprocessable).Says("This code does not match")
	if got := again.Doc.Find("#key").Text(); got != key {
		t.Errorf("the key changed from %q to %q after a typing error", key, got)
	}
	again.Submit("code", appCode(h, again)).At("/account/factors").Says("The authenticator app is set up.").Says("Replace")
	if kind := h.Mail(ann).Kind; kind != message.FactorAdded {
		t.Errorf("the owner was told %s", kind)
	}
	h.Browser().SignIn(ann, webtest.Password).At("/login/code")

	h.After(time.Minute)
	page = b.Get("/account/factors/app").Says("Your present app works until")
	page.Submit("code", appCode(h, page)).At("/account/factors")
	b.Get("/account/factors").Press("/account/factors/off", "factor", "SOFTWARE_TOKEN_MFA").Says("It is off now.").Says("Set up")
	if kind := h.Mail(ann).Kind; kind != message.FactorRemoved {
		t.Errorf("the owner was told %s", kind)
	}
	h.Browser().SignIn(ann, webtest.Password).At("/account")
}

func TestMailedCodesAreTurnedOnByACode(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	b := signedIn(h, ann)
	page := b.Get("/account/factors").Press("/account/factors/on", "factor", "EMAIL_MFA").At("/account/factors/code").Says("We sent a code to a***@e***.test")
	page.Submit("code", "").Is(web.Unprocessable)
	page = page.Submit("code", "000000").Is(web.Unprocessable).Says("This code does not match")
	page.Submit("code", h.Mail(ann).Secrets["code"]).At("/account/factors").Says("It is on now.").Says("Turn off")
	enrolApp(h, b)
	page = b.Get("/account/factors").Press("/account/factors/prefer", "factor", "EMAIL_MFA").Says("It is asked first from now on.")
	if got := page.Doc.Find(`li:contains("Asked first") strong`).Text(); got != "Email" {
		t.Errorf("asked first is %q", got)
	}
	h.Browser().SignIn(ann, webtest.Password).At("/login/code").Says("a***@e***.test")
	b.Get("/account/factors").Press("/account/factors/off", "factor", "EMAIL_MFA").Says("It is off now.")
	h.Browser().SignIn(ann, webtest.Password).At("/login/code").Says("Enter the code from your app")
}

func TestANumberIsConfirmedBeforeItGetsCodes(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	b := signedIn(h, ann)
	page := b.Get("/account/factors").Follow("Confirm a number").At("/account")
	page = page.Press("/account/address", "attribute", "phone_number", "phone_number", "+493090182020")
	page.Press("/account/verify", "attribute", "phone_number", "code", h.Mail("+493090182020").Secrets["code"]).Says("The address is confirmed.")
	page = b.Get("/account/factors").Press("/account/factors/on", "factor", "SMS_MFA").At("/account/factors/code").Says("We sent a code to +49")
	page.Submit("code", h.Mail("+493090182020").Secrets["code"]).At("/account/factors").Says("It is on now.")
	h.Browser().SignIn(ann, webtest.Password).At("/login/code")
}

func TestTheDemandedSecondFactorStays(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	b := signedIn(h, ann)
	enrolApp(h, b)
	h.Pool(identity.Pool{ID: webtest.PoolID, Name: "Acme", UsernameAttributes: []string{"email"}, MFAConfiguration: "ON"})
	page := b.Get("/account/factors").Says("Everybody needs one here.").Says("this is your only one")
	if page.Doc.Find(`form[action="/account/factors/off"]`).Length() != 0 {
		t.Error("the page offers to remove it")
	}
	post(b, "/account/factors/off", "factor", "SOFTWARE_TOKEN_MFA").Is(web.Unprocessable)
	h.Browser().SignIn(ann, webtest.Password).At("/login/code")
}

func TestRecoveryCodesAreShownOnceAndCounted(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	b := signedIn(h, ann)
	page := b.Get("/account/factors").Follow("Create recovery codes").At("/account/factors/codes").Press("/account/factors/codes").Is(http.StatusOK)
	codes := page.Doc.Find("#recovery-codes code")
	if codes.Length() != 10 {
		t.Fatalf("%d codes", codes.Length())
	}
	page.Has("Cache-Control", "no-store").Follow("I have saved them").At("/account/factors").Says("10 of 10 are left.")
	if got := b.Get("/account/factors/codes").Says("You have 10 codes left."); strings.Contains(got.Body, codes.First().Text()) {
		t.Error("the codes are shown once more")
	}
	if kind := h.Mail(ann).Kind; kind != message.RecoveryMade {
		t.Errorf("the owner was told %s", kind)
	}
}

func TestPasskeysAreAddedNamedAndRemoved(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	b, key := signedIn(h, ann), h.Key()
	page := addKey(h, b, key).At("/account/factors").Says("The passkey is added.").Says("Not used yet")
	ids := values(page, "passkey")
	slices.Sort(ids)
	id := ids[0]
	told := page.Doc.Find("[data-signals]")
	if told.AttrOr("data-signals", "") != "login.example.test" || told.AttrOr("data-accepted", "") != `["`+id+`"]` || told.AttrOr("data-name", "") != ann {
		t.Errorf("the password manager is told %v", told.Nodes)
	}
	page.Press("/account/factors/rename", "passkey", id, "name", "  ").Is(web.Unprocessable).Says("Enter a name")
	page = page.Press("/account/factors/rename", "passkey", id, "name", " The blue one ").Says("The new name is saved.").Says("The blue one")
	page.Press("/account/factors/remove", "passkey", id).Says("The passkey was removed.").SaysNot("The blue one")
	if kind := h.Mail(ann).Kind; kind != message.FactorRemoved {
		t.Errorf("the owner was told %s", kind)
	}
}

func TestAPasskeyThatFailsBeginsAnew(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	b := signedIn(h, ann)
	page := b.Get("/account/factors/passkey")
	before := page.Doc.Find("form[data-passkey]").AttrOr("data-options", "")
	page = page.Submit("credential", `{"id":"x"}`).Is(web.Unprocessable)
	if now := page.Doc.Find("form[data-passkey]").AttrOr("data-options", ""); now == before || now == "" {
		t.Errorf("the challenge is still %s", now)
	}
}

func TestWithoutScriptAPasskeySaysWhatIsNeeded(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	page := signedIn(h, ann).Get("/account/factors/passkey")
	if page.Doc.Find("noscript").Length() == 0 || page.Doc.Find(`script[src*="account."]`).Length() != 1 {
		t.Errorf("%s", page.Text())
	}
}

// The last way in of somebody without a password stays.
func TestTheLastPasskeyStays(t *testing.T) {
	h := webtest.Start(t, byMailOr(identity.FactorPasskey))
	newcomer(h)
	b := h.Browser()
	byMail(h, b, "/account/factors").At("/account/factors")
	id := values(addKey(h, b, h.Key()), "passkey")[0]
	h.Pool(identity.Pool{ID: webtest.PoolID, Name: "Acme", UsernameAttributes: []string{"email"}})
	page := b.Get("/account/factors").Says("This is your only way to sign in")
	if page.Doc.Find(`form[action="/account/factors/remove"]`).Length() != 0 {
		t.Error("the page offers to remove it")
	}
	post(b, "/account/factors/remove", "passkey", id).Is(web.Unprocessable)
	b.Get("/account/factors").Says("This is your only way to sign in")
}

// MF-12: a session that was left open changes no factor.
func TestAttackFactorsFromAStaleSession(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	b := signedIn(h, ann)
	enrolApp(h, b)
	id := values(addKey(h, b, h.Key()), "passkey")[0]
	app := b.Get("/account/factors/app")
	code := appCode(h, app)
	h.After(16 * time.Minute)
	for path, fields := range map[string][]string{
		"/account/factors/off":    {"factor", "SOFTWARE_TOKEN_MFA"},
		"/account/factors/remove": {"passkey", id},
		"/account/factors/on":     {"factor", "EMAIL_MFA"},
		"/account/factors/codes":  nil,
		"/account/data":           nil,
	} {
		post(b, path, fields...).At("/login").Says("Sign in to go on.")
	}
	app.Submit("code", code).At("/login")
	for _, path := range []string{"/account/factors/app", "/account/factors/passkey", "/account/factors/codes", "/account/data"} {
		b.Get(path).At("/login")
	}
	b.Get("/account/factors").At("/account/factors").Says("Replace")
	h.Browser().SignIn(ann, webtest.Password).At("/login/code")
}

// WA-04: a passkey stays a way in for good, so it takes a sign-in of the last five minutes.
func TestAttackPasskeyFromAnOpenSession(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	b := signedIn(h, ann)
	h.After(6 * time.Minute)
	page := b.Get("/account/factors/passkey").At("/login")
	if fields, _ := page.Form("username"); fields.Get("username") != ann {
		t.Errorf("the name is asked again: %v", fields)
	}
	page.Submit("password", webtest.Password).At("/account/factors/passkey")
}

func TestAttackPasskeyOfSomebodyElse(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	h.User(mal)
	victim := signedIn(h, ann)
	id := values(addKey(h, victim, h.Key()), "passkey")[0]
	b := signedIn(h, mal)
	post(b, "/account/factors/remove", "passkey", id)
	post(b, "/account/factors/rename", "passkey", id, "name", "Mine now")
	page := victim.Get("/account/factors").SaysNot("Mine now")
	if got := values(page, "passkey"); !slices.Contains(got, id) {
		t.Errorf("left are %v", got)
	}
}

// A set-up begun in one session is finished in that one alone.
func TestAttackSetUpOfAnotherSession(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	h.User(mal)
	theirs := signedIn(h, mal).Get("/account/factors/app")
	state := values(theirs, "state")[0]
	b := signedIn(h, ann)
	post(b, "/account/factors/app", "state", state, "code", appCode(h, theirs)).At("/account/factors/app").Is(http.StatusOK)
	b.Get("/account/factors").SaysNot("Replace")
}
