package factors

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"poolhouse.dev/test/kit"
)

func TestAccountPages(t *testing.T) {
	t.Parallel()
	policy := kit.Map{"account_deletion": kit.Map{"grace_days": 7}}
	for key, value := range everySecond {
		policy[key] = value
	}
	s := kit.Start(t, kit.AtLocalhost, kit.WithPlaces(t), settings(policy, "pages@example.test", "data@example.test", "leaves@example.test", "report@example.test"))
	for name, run := range map[string]func(*testing.T, *kit.Server, string){
		"pages": everyPage, "data": ownData, "leaves": leaves, "report": reported,
	} {
		t.Run(name, func(t *testing.T) { run(t, s, name+"@example.test") })
	}
}

// picture writes a PNG and answers its path.
func picture(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 300, 200))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "me.png")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// One visit to every page, with what can be done there.
func everyPage(t *testing.T, s *kit.Server, name string) {
	b := browse(t, s)
	withPassword(t, s, b, name)
	here(t, b, name)

	b.Open(t, s.URL+"/account")
	b.Do(t, chromedp.SetUploadFiles(chromedp.CSS(`input[type="file"]`), []string{picture(t)}))
	b.Press(t, "Use this picture")
	b.See(t, "Your picture is saved.")
	if kit.Ask(t, b, chromedp.Evaluate[int](`document.querySelector("img.portrait").naturalWidth`)) == 0 {
		t.Error("the picture is not shown")
	}
	b.Press(t, "Remove the picture")
	b.See(t, "Your picture was removed.")

	b.Press(t, "Devices")
	b.See(t, "Browsers you have signed in with.", "This browser")
	b.Do(t, chromedp.Click(chromedp.CSS("details.rename summary")))
	b.Enter(t, "name", "Kitchen tablet")
	b.See(t, "The new name is saved.", "Kitchen tablet")

	b.Press(t, "Signed-in browsers")
	b.See(t, "Sign out whatever you do not know", "This browser")
	b.Press(t, "Sign-in history")
	b.See(t, "Signed in", "With password")

	b.Press(t, "Connected apps")
	b.See(t, "Notes", "Read your email address")
	token := s.App.Last(t).Token
	b.Press(t, "Disconnect")
	b.See(t, "The app was disconnected.", "No app is connected.")
	if _, err := kit.Refresh(http.DefaultClient, s.URL, kit.WebClient, kit.WebSecret, token.RefreshToken); kit.Refused(err) != "invalid_grant" {
		t.Errorf("the app still refreshes its tokens: %v", err)
	}

	b.Press(t, "Your data")
	b.See(t, "Everything we keep about you, in one file.")
	b.Press(t, "Sign-in methods")
	b.See(t, "How you show that it is you.")
	b.Press(t, "Password")
	b.See(t, "Change your password")
	b.Press(t, "Sign out")
	b.See(t, "You are signed out")
}

// The download has everything in it, and nothing that opens the account.
func ownData(t *testing.T, s *kit.Server, name string) {
	c := account(t, s, name)
	app := withApp(t, s, c)
	codes := withCodes(t, s, c)
	c.Open(t, s.App.URL+"/start").Want(t, http.StatusOK, "Hello, "+name)
	page := c.Open(t, s.URL+"/account/data").Press(t, "Download")
	if page.Status != http.StatusOK || !strings.Contains(page.Header.Get("Content-Disposition"), "attachment") || page.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("status %d, %v", page.Status, page.Header)
	}
	var file map[string]any
	if err := json.Unmarshal([]byte(page.Body), &file); err != nil {
		t.Fatalf("%v:\n%s", err, page.Body)
	}
	for _, part := range []string{"sub", "user_attributes", "sign_in_methods", "devices", "sessions", "sign_in_history", "account_changes", "connected_apps"} {
		if file[part] == nil {
			t.Errorf("the file lacks %s", part)
		}
	}
	secrets := append(codes, strings.ReplaceAll(codes[0], "-", ""), strings.Join(strings.Fields(app.Secret), ""), kit.AnnPassword, "$argon2", "hash", "secret", "otpauth")
	for _, secret := range secrets {
		if strings.Contains(strings.ToLower(page.Body), strings.ToLower(secret)) {
			t.Errorf("the file holds %q", secret)
		}
	}
}

// Whoever deletes the account has a week to change their mind.
func leaves(t *testing.T, s *kit.Server, name string) {
	b := browse(t, s)
	leave := func() {
		t.Helper()
		b.Open(t, s.URL+"/account/delete")
		b.See(t, "For 7 days you can sign in and keep the account")
		b.Enter(t, "password", kit.AnnPassword)
		b.See(t, "Your account will be deleted")
	}
	withPassword(t, s, b, name)
	here(t, b, name)
	leave()
	s.MailAbout(t, name, "will be deleted", 1)
	withPassword(t, s, b, name)
	b.See(t, "Keep your account?")
	b.Press(t, "Leave it and sign out")
	b.See(t, "You are signed out")
	withPassword(t, s, b, name)
	b.Press(t, "Keep my account")
	here(t, b, name)
	b.Open(t, s.URL+"/account")
	b.See(t, "About you")
}

// What the history shows can be disowned: other browsers are signed out.
func reported(t *testing.T, s *kit.Server, name string) {
	thief := account(t, s, name)
	b := browse(t, s)
	withPassword(t, s, b, name)
	here(t, b, name)
	b.Open(t, s.URL+"/account/history")
	b.Do(t, chromedp.Click(chromedp.Search(`(//li[contains(., "Go-http-client")]//button[contains(., "This was not me")])[1]`)))
	b.See(t, "Thank you. Other browsers were signed out and forgotten.", "Reported by you")
	if page := thief.Open(t, s.URL+"/account"); !page.Has("password") {
		t.Error("the other browser is still signed in")
	}
	b.Open(t, s.URL+"/account")
	b.See(t, "About you")
}
