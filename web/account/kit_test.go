package account_test

import (
	"bytes"
	"encoding/base32"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/otp"
	"poolhouse.dev/web"
	"poolhouse.dev/web/internal/webtest"
)

const (
	ann = "ann@example.test"
	mal = "mal@example.test"
)

type selection = goquery.Selection

// pool changes the pool of the house.
func pool(change func(*identity.Pool)) webtest.Option {
	return func(_ *web.Deps, p *identity.Pool) { change(p) }
}

// everything is a pool with every kind of factor.
func everything(p *identity.Pool) {
	on := true
	p.MFAConfiguration = "OPTIONAL"
	p.SMSMFA.Enabled, p.EmailMFA.Enabled = &on, &on
	p.Devices = &identity.DeviceConfiguration{ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true}
}

// signedIn is a browser of somebody who has just signed in.
func signedIn(h *webtest.House, email string) *webtest.Browser {
	h.Helper()
	b := h.Browser()
	b.SignIn(email, webtest.Password).At("/account")
	return b
}

// token answers the form token of the account pages.
func token(b *webtest.Browser) string {
	fields, _ := b.Get("/account/sessions").Form("csrf")
	return fields.Get("csrf")
}

// post sends a form that no page offers, with a good token.
func post(b *webtest.Browser, path string, pairs ...string) *webtest.Answer {
	fields := url.Values{"csrf": {token(b)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		fields.Set(pairs[i], pairs[i+1])
	}
	return b.Post(path, fields)
}

// appCode answers what an authenticator app shows for the key on the page.
func appCode(h *webtest.House, page *webtest.Answer) string {
	h.Helper()
	key := strings.ReplaceAll(page.Doc.Find("#key").Text(), " ", "")
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key)
	if err != nil || len(secret) == 0 {
		h.Fatalf("key %q: %v", key, err)
	}
	return otp.CodeAt(secret, h.Now())
}

// enrolApp sets an authenticator app up.
func enrolApp(h *webtest.House, b *webtest.Browser) {
	h.Helper()
	page := b.Get("/account/factors/app").Is(http.StatusOK)
	page.Submit("code", appCode(h, page)).At("/account/factors").Says("The authenticator app is set up.")
}

// photo is a PNG of one colour.
func photo(t *testing.T) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range m.Pix {
		m.Pix[i] = 200
	}
	m.Set(3, 3, color.Black)
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = 255
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// upload sends the form of the picture as a browser does.
func upload(h *webtest.House, b *webtest.Browser, file []byte) *webtest.Answer {
	h.Helper()
	fields, action := b.Get("/account").Form("picture")
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.WriteField("csrf", fields.Get("csrf")); err != nil {
		h.Fatal(err)
	}
	name := ""
	if file != nil {
		name = "me.png"
	}
	part, err := w.CreateFormFile("picture", name)
	if err == nil {
		_, err = part.Write(file)
	}
	if err != nil {
		h.Fatal(err)
	}
	if err := w.Close(); err != nil {
		h.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, action, &body)
	if err != nil {
		h.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.Do(req)
}

// values answers the values of the hidden fields of a name on a page.
func values(a *webtest.Answer, field string) []string {
	var all []string
	a.Doc.Find(`input[name="` + field + `"]`).Each(func(_ int, s *selection) { all = append(all, s.AttrOr("value", "")) })
	return all
}

// byMailOr is a pool in which people sign in by a mailed code, and in these ways too.
func byMailOr(ways ...identity.Factor) webtest.Option {
	return pool(func(p *identity.Pool) {
		p.Policies.SignInPolicy.AllowedFirstAuthFactors = append([]identity.Factor{identity.FactorEmailCode}, ways...)
	})
}

// newcomer signs Ann up without a password.
func newcomer(h *webtest.House) {
	h.Helper()
	accounts := &identity.Accounts{Core: h.Core}
	step, err := accounts.SignUp(h.Context(), identity.SignUp{
		Pool: webtest.PoolID, Client: "app", Channel: "here", Username: ann, Attributes: map[string]string{"email": ann},
	})
	if err == nil {
		_, err = (&identity.SignIn{Core: h.Core}).Respond(h.Context(), identity.Reply{
			Attempt: step.Attempt, Channel: "here", Answer: identity.CodeAnswer{Factor: identity.FactorEmailCode, Code: h.Mail(ann).Secrets["code"]},
		})
	}
	if err != nil {
		h.Fatal(err)
	}
	h.After(time.Minute)
}

// byMail signs Ann in by a mailed code, on her way to a page.
func byMail(h *webtest.House, b *webtest.Browser, path string) *webtest.Answer {
	h.Helper()
	page := b.Get(path).At("/login").Submit("username", ann)
	if page.URL.Path == "/login/choose" {
		page = page.Press("/login/choose", "factor", "EMAIL_OTP")
	}
	return page.Submit("code", h.Mail(ann).Secrets["code"])
}

// addKey makes a passkey on the account pages.
func addKey(h *webtest.House, b *webtest.Browser, key *webtest.Key) *webtest.Answer {
	h.Helper()
	page := b.Get("/account/factors/passkey").Is(http.StatusOK)
	options, ok := page.Doc.Find(`form[data-passkey="create"]`).Attr("data-options")
	if !ok {
		h.Fatalf("no passkey form: %s", page.Text())
	}
	return page.Submit("credential", key.Create(options))
}
