package account_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

func TestDevicesAreListedNamedAndForgotten(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	other := h.Browser()
	other.Address = "198.51.100.4:1"
	other.SignIn(ann, webtest.Password)
	b := signedIn(h, ann)
	page := b.Get("/account/devices").Says("Firefox on Linux").Says("198.51.100.4").Says("This browser")
	var theirs string
	page.Doc.Find(`li:contains("198.51.100.4") input[name=device]`).Each(func(_ int, s *selection) { theirs = s.AttrOr("value", "") })
	if theirs == "" || page.Doc.Find(`li:contains("This browser"):contains("198.51.100.4")`).Length() != 0 {
		t.Fatalf("the other browser is not in the list: %s", page.Text())
	}
	page.Press("/account/devices/rename", "device", theirs, "name", "").Is(web.Unprocessable).Says("Enter a name")
	page = page.Press("/account/devices/rename", "device", theirs, "name", "Kitchen tablet").Says("The new name is saved.").Says("Kitchen tablet")
	page.Press("/account/devices/forget", "device", theirs).Says("The browser was forgotten.").SaysNot("Kitchen tablet")
}

func TestAttackDeviceOfSomebodyElse(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	h.User(mal)
	victim := signedIn(h, ann)
	id := values(victim.Get("/account/devices"), "device")[0]
	b := signedIn(h, mal)
	post(b, "/account/devices/rename", "device", id, "name", "Mine now").At("/account/devices")
	post(b, "/account/devices/forget", "device", id).At("/account/devices").SaysNot("The browser was forgotten.")
	page := victim.Get("/account/devices").SaysNot("Mine now")
	if got := values(page, "device"); !slices.Contains(got, id) {
		t.Errorf("left are %v", got)
	}
}

func TestTheHistorySaysWhenHowAndWhatWasUnusual(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	h.Browser().SignIn(ann, webtest.Password).At("/account")
	stranger := h.Browser()
	stranger.Address = "198.51.100.4:1"
	stranger.SignIn(ann, "wrong")
	stranger.SignIn(ann, webtest.Password).At("/account")
	page := signedIn(h, ann).Get("/account/history").Says("Signed in").Says("Wrong password").Says("With password").Says("198.51.100.4")
	if page.Doc.Find(`li:contains("A browser not seen before")`).Length() == 0 {
		t.Errorf("nothing is unusual: %s", page.Text())
	}
}

func TestThisWasNotMeEndsTheOtherSessions(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	stranger := h.Browser()
	stranger.Address = "198.51.100.4:1"
	stranger.SignIn(ann, webtest.Password).At("/account")
	b := signedIn(h, ann)
	page := b.Get("/account/history")
	id := page.Doc.Find(`li:contains("198.51.100.4") input[name=event]`).AttrOr("value", "")
	page = page.Press("/account/history/report", "event", id).At("/account/history").Says("Thank you.").Says("Reported by you")
	stranger.Get("/account").At("/login")
	b.Get("/account").At("/account")
	if page.Doc.Find(`form[action="/account/history/report"] input[value="`+id+`"]`).Length() != 0 {
		t.Error("it can be reported twice")
	}
}

func TestASignInThatStoppedHalfwayStandsInTheHistory(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	b := signedIn(h, ann)
	enrolApp(h, b)
	h.Browser().SignIn(ann, webtest.Password).At("/login/code")
	b.Get("/account/history").Says("Stopped before the second step").SaysNot("Not signed in")
}

func TestAttackReportTheSignInOfSomebodyElse(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	h.User(mal)
	victim := signedIn(h, ann)
	id := values(victim.Get("/account/history"), "event")[0]
	b := signedIn(h, mal)
	post(b, "/account/history/report", "event", id).At("/account/history").SaysNot("Thank you.")
	victim.Get("/account/history").At("/account/history").SaysNot("Reported by you")
}

func TestALongHistoryHasPages(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	for range 24 {
		h.Browser().SignIn(ann, webtest.Password).At("/account")
	}
	b := signedIn(h, ann)
	page := b.Get("/account/history")
	first := values(page, "event")
	older := page.Follow("Older")
	second := values(older, "event")
	if len(first) != 20 || len(second) != 5 || slices.Contains(second, first[19]) {
		t.Errorf("%d and %d entries", len(first), len(second))
	}
	older.Follow("Newest").SaysNot("Newest")
	for _, cursor := range []string{"%%", "AAAA", "!", strings.Repeat("A", 4000)} {
		b.Get("/account/history?" + url.Values{"after": {cursor}}.Encode()).Is(http.StatusOK)
	}
}

// connect gives an app tokens for Ann.
func connect(h *webtest.House, b *webtest.Browser) {
	h.Helper()
	code := b.Get(webtest.AuthorizeURL("scope", "openid email")).Lands(webtest.Callback).Get("code")
	body := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {webtest.Callback}, "client_id": {"app"}, "client_secret": {webtest.Secret}}
	h.Browser().Post("/oauth2/token", body).Is(http.StatusOK)
}

func TestAppsAreListedAndDisconnected(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	b := signedIn(h, ann)
	b.Get("/account/apps").Says("No app is connected.")
	connect(h, b)
	page := b.Get("/account/apps").Says("Notes").Says("Know that it is you").Says("Read your email address")
	page.Press("/account/apps/disconnect").Says("The app was disconnected.").Says("No app is connected.")
}

func TestWhatWasAllowedIsListedExportedAndTakenBack(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.Client(identity.Client{ID: "planner", Name: "Planner", ClientOAuth: identity.ClientOAuth{
		Consent: identity.ConsentAsk, AuthorizationDetailsTypes: []string{"booking"}, ReusableDetailsTypes: []string{"booking"},
	}}, webtest.Secret)
	b := signedIn(h, ann)
	request := webtest.AuthorizeURL("client_id", "planner", "scope", "openid email", "claims", `{"userinfo":{"birthdate":null}}`, "authorization_details", `[{"type":"booking","actions":["read"]}]`)
	b.Get(request).At("/consent").Press("/consent", "answer", "allow").Lands(webtest.Callback) // no tokens are fetched
	for _, text := range []string{"Planner", "Read your email address", "Read: Date of birth", "booking", "May do", "Allowed 3 May 2026"} {
		b.Get("/account/apps").Says(text)
	}
	export := b.Get("/account/data").Press("/account/data")
	for _, text := range []string{`"claims":["birthdate"]`, `"authorization_details":[{"type":"booking","actions":["read"]}]`, `"allowed_at":"2026-05-03`} {
		if !strings.Contains(export.Body, text) {
			t.Errorf("the download lacks %s: %s", text, export.Body)
		}
	}
	b.Get("/account/apps").Press("/account/apps/disconnect").Says("The app was disconnected.").SaysNot("Planner")
	b.Get(request).At("/consent")
}

func TestAttackDisconnectTheAppOfSomebodyElse(t *testing.T) {
	h := webtest.Start(t)
	h.User(ann)
	h.User(mal)
	victim := signedIn(h, ann)
	connect(h, victim)
	post(signedIn(h, mal), "/account/apps/disconnect", "client", "app")
	victim.Get("/account/apps").Says("Read your email address")
}

func TestOwnDataIsDownloaded(t *testing.T) {
	h := webtest.Start(t, pool(everything))
	h.User(ann)
	b := signedIn(h, ann)
	connect(h, b)
	got := b.Get("/account/data").Press("/account/data").Is(http.StatusOK).Has("Content-Type", "application/json")
	got.Has("Content-Disposition", `attachment; filename="account.json"`).Has("Cache-Control", "no-store")
	var file struct {
		Attributes map[string]string `json:"user_attributes"`
		SignIns    []any             `json:"sign_in_history"`
		Sessions   []any             `json:"sessions"`
		Apps       []struct {
			Client string   `json:"client_id"`
			Scopes []string `json:"scopes"`
		} `json:"connected_apps"`
	}
	if err := json.Unmarshal([]byte(got.Body), &file); err != nil {
		t.Fatal(err)
	}
	if file.Attributes["email"] != ann || len(file.SignIns) != 1 || len(file.Sessions) != 1 || len(file.Apps) != 1 || file.Apps[0].Client != "app" || len(file.Apps[0].Scopes) != 2 {
		t.Errorf("%s", got.Body)
	}
}

func TestAccountsAreKeptOrLeftDuringTheGracePeriod(t *testing.T) {
	h := webtest.Start(t, pool(func(p *identity.Pool) { p.AccountDeletion.GraceDays = 14 }))
	h.User(ann)
	b := signedIn(h, ann)
	page := b.Get("/account/delete").Says("For 14 days you can sign in and keep the account").Submit("password", webtest.Password)
	page.At("/account/goodbye").Says("Your account will be deleted").Says("within 14 days")
	b.Get("/account").At("/login")

	page = b.SignIn(ann, webtest.Password).At("/account/leaving").Says("It will be deleted on 17 May 2026")
	b.Get("/account/sessions").At("/account/leaving")
	page.Press("/account/leaving/leave").At("/signedout")

	page = b.SignInTo(webtest.AuthorizeURL(), ann, webtest.Password).At("/account/leaving").Says("You will return to app.example.test")
	page.Press("/account/leaving/keep").Lands(webtest.Callback)
	b.Get("/account").At("/account")
	b.Get("/account/leaving").At("/account")
	if u, err := h.Admin().User(t.Context(), webtest.PoolID, ann); err != nil || !u.DeleteAt.IsZero() {
		t.Errorf("it still goes at %s, %v", u.DeleteAt, err)
	}
}

func TestSomebodyWithoutAPasswordDeletesAfterAFreshSignIn(t *testing.T) {
	h := webtest.Start(t, byMailOr())
	newcomer(h)
	b := h.Browser()
	page := byMail(h, b, "/account/delete").At("/account/delete")
	if page.Doc.Find("#password").Length() != 0 {
		t.Error("the page asks for a password that there is not")
	}
	page.Press("/account/delete").At("/login").Says("Your account was deleted.")
	if _, err := h.Admin().User(t.Context(), webtest.PoolID, ann); err == nil {
		t.Error("the account is still there")
	}
}
