package web_test

import (
	"encoding/base32"
	"net/http"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

// demands makes a pool that demands a second factor.
func demands(change ...func(*identity.Pool)) webtest.Option {
	return func(_ *web.Deps, p *identity.Pool) {
		p.MFAConfiguration = "ON"
		for _, c := range change {
			c(p)
		}
	}
}

// appCode answers what an authenticator app shows for the key on the page.
func appCode(h *webtest.House, key string) string {
	h.Helper()
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(key, " ", ""))
	if err != nil {
		h.Fatal(err)
	}
	return otp.CodeAt(secret, h.Now())
}

// enrolApp signs in where a second factor is demanded, and sets an app up.
func enrolApp(h *webtest.House, page *webtest.Answer) (key string, after *webtest.Answer) {
	h.Helper()
	page = page.At("/login/choose").Says("Set up a second step").Press("/login/choose", "factor", "SOFTWARE_TOKEN_MFA").At("/login/setup")
	if page.Doc.Find("svg.qr").Length() != 1 {
		h.Fatal("no QR code")
	}
	key = page.Doc.Find("#key").Text()
	return key, page.Submit("code", appCode(h, key))
}

func TestASecondFactorIsSetUpOnTheWayAndAskedNextTime(t *testing.T) {
	h := webtest.Start(t, demands())
	h.User(ann)
	page := h.Browser().SignInTo(webtest.AuthorizeURL(), ann, webtest.Password)
	wrong := page.Press("/login/choose", "factor", "SOFTWARE_TOKEN_MFA").Submit("code", "000000").Is(web.Unprocessable).Says("This code does not match")
	wrong.Follow("Try another way").At("/login/choose")
	key, after := enrolApp(h, page)
	after = after.At("/backup").Says("Have a spare way in")
	codes := after.Press("/backup/codes").Is(http.StatusOK).Says("Your recovery codes")
	var saved []string
	codes.Doc.Find("#recovery-codes code").Each(func(_ int, s *selection) { saved = append(saved, s.Text()) })
	if len(saved) != 10 {
		t.Fatalf("codes %v", saved)
	}
	codes.Follow("I have saved them").Lands(webtest.Callback)

	h.After(time.Minute)
	page = h.Browser().SignInTo(webtest.AuthorizeURL(), ann, webtest.Password).At("/login/code").Says("Enter the code from your app").Says("Lost your device?")
	page.Submit("code", "000000").Is(web.Unprocessable).Says("This code does not match").Submit("code", appCode(h, key)).Lands(webtest.Callback)

	page = h.Browser().SignInTo(webtest.AuthorizeURL(), ann, webtest.Password).Follow("Try another way").At("/login/choose").Says("Confirm it is you")
	if got := buttons(page); got != "SOFTWARE_TOKEN_MFA RECOVERY_CODE" {
		t.Fatalf("it offers %s", got)
	}
	page = page.Press("/login/choose", "factor", "RECOVERY_CODE").At("/login/code").Says("You have 10 left")
	page.Submit("code", strings.ToUpper(saved[3])).Lands(webtest.Callback)
}

func TestTheSpareWayInCanBeSkipped(t *testing.T) {
	h := webtest.Start(t, demands())
	h.User(ann)
	_, after := enrolApp(h, h.Browser().SignInTo(webtest.AuthorizeURL(), ann, webtest.Password))
	after.At("/backup").Follow("Not now").Lands(webtest.Callback)
	h.Browser().Get("/backup").At("/login")
}

func TestCodesToANewNumberAreSetUpOnTheWay(t *testing.T) {
	on := true
	h := webtest.Start(t, demands(func(p *identity.Pool) { p.SMSMFA.Enabled, p.EmailMFA.Enabled = &on, &on }))
	h.User(ann)
	page := h.Browser().SignInTo(webtest.AuthorizeURL(), ann, webtest.Password).Press("/login/choose", "factor", "SMS_MFA").At("/login/setup")
	page = page.Submit("phone_number", "").Is(web.Unprocessable).Says("Enter your phone number.")
	page = page.Submit("phone_number", "nonsense").Is(web.Unprocessable).Says("Enter the phone number with its country code")
	page = page.Submit("phone_number", "+4930901820").At("/login/setup").Says("We sent a code to")
	page = page.Press("/login/resend").At("/login/setup").Says("A new code is on its way")
	page.Submit("code", h.Mail("+4930901820").Secrets["code"]).At("/backup")
	h.Browser().SignInTo(webtest.AuthorizeURL(), ann, webtest.Password).At("/login/code").Says("Check your phone")
}

func TestARememberedBrowserSkipsTheSecondFactor(t *testing.T) {
	h := webtest.Start(t, demands(func(p *identity.Pool) {
		p.Devices = &identity.DeviceConfiguration{ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true}
	}))
	h.User(ann)
	key, _ := enrolApp(h, h.Browser().SignInTo(webtest.AuthorizeURL(), ann, webtest.Password))
	h.After(time.Minute)
	b := h.Browser()
	page := b.SignInTo(webtest.AuthorizeURL(), ann, webtest.Password).At("/login/code").Says("Remember this browser for 30 days")
	page.Submit("code", appCode(h, key), "remember", "true").Lands(webtest.Callback)
	b.Forget("__Host-ph_session")
	b.SignInTo(webtest.AuthorizeURL(), ann, webtest.Password).Lands(webtest.Callback)
}

func TestANewCodeCanBeAskedFor(t *testing.T) {
	h := webtest.Start(t, ways(identity.FactorEmailCode))
	h.User(ann)
	page := h.Browser().Get(webtest.AuthorizeURL()).Submit("username", ann).At("/login/code")
	h.After(time.Minute)
	page = page.Press("/login/resend").At("/login/code").Says("A new code is on its way")
	if n := len(h.AllMail(ann)); n != 2 {
		t.Fatalf("%d mails", n)
	}
	page.Submit("code", h.Mail(ann).Secrets["code"]).Lands(webtest.Callback)
}

func TestAPasskeyIsSetUpAsTheSecondFactorAndASpareOneOffered(t *testing.T) {
	h := webtest.Start(t, demands())
	h.User(ann)
	key, spare := h.Key(), h.Key()
	page := h.Browser().SignInTo(webtest.AuthorizeURL(), ann, webtest.Password).Press("/login/choose", "factor", "WEB_AUTHN").At("/login/setup")
	page.Submit("credential", "").Is(web.Unprocessable).Says("could not be checked")
	page = page.Submit("credential", key.Create(options(h, page))).At("/backup")
	page.Submit("credential", spare.Create(options(h, page))).Lands(webtest.Callback)
	page = h.Browser().SignInTo(webtest.AuthorizeURL(), ann, webtest.Password).At("/login/passkey")
	use(h, page, spare).Lands(webtest.Callback)
}

// The wish for an upgrade stays with the sign-in through its other steps.
func TestTheUpgradeComesAfterAllFactors(t *testing.T) {
	h := webtest.Start(t, demands())
	h.User(ann)
	key, _ := enrolApp(h, h.Browser().SignInTo(webtest.AuthorizeURL(), ann, webtest.Password))
	h.After(time.Minute)
	page := h.Browser().Get(webtest.AuthorizeURL()).Submit("username", ann, "password", webtest.Password, "upgrade", "1").At("/login/code")
	page.Submit("code", appCode(h, key)).At("/upgrade").Submit("credential", "").Lands(webtest.Callback)
}

func TestANewerSignInLinkReplacesTheOneBefore(t *testing.T) {
	h := byMail(t)
	page, first := mailed(h, h.Browser())
	h.After(time.Minute)
	page.Press("/login/resend")
	h.Browser().Get(first).Is(http.StatusGone).Says("There is a newer link").Follow("Send a new one").At("/login")
	h.Browser().Get("/login/link?link=" + h.Mail(ann).Secrets["link"]).Is(http.StatusOK)
}
