package docs

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

// TestDevice lets the program of the page in on another screen, and sees the
// answers to the requests by hand.
func TestDevice(t *testing.T) {
	p := read(t, "device")
	p.serve(t)
	p.ann(t)
	p.write(t, "tv.mjs")
	tv := p.run(t, "")
	uri, code := tv.Says(t, `Open (\S+) and`), tv.Says(t, `type (\S+)`)
	c := kit.NewClient()
	page := c.Open(t, uri).Submit(t, kit.Fields{"user_code": strings.ToLower(strings.ReplaceAll(code, "-", ""))})
	page = page.Submit(t, kit.Fields{"username": ann, "password": kit.AnnPassword}).Want(t, http.StatusOK, "Acme Films", "Allow")
	page.Submit(t, kit.Fields{"answer": "allow"}).Want(t, http.StatusOK, "go back to your device")
	if said := tv.Done(t); !strings.Contains(said, "Hello, "+ann) {
		t.Errorf("the program said %q", said)
	}
	p.says(t, c.Open(t, uri).Submit(t, kit.Fields{"user_code": code}).Text(), "This code is not right, or its time is over.")

	out := json.NewDecoder(strings.NewReader(p.run(t, "").Done(t)))
	var begun, polled struct {
		DeviceCode string `json:"device_code"`
		Complete   string `json:"verification_uri_complete"`
		Error      string `json:"error"`
	}
	if err := out.Decode(&begun); err != nil {
		t.Fatal(err)
	}
	if err := out.Decode(&polled); err != nil {
		t.Fatal(err)
	}
	p.says(t, polled.Error, "authorization_pending")
	c.Open(t, begun.Complete).Press(t, "Continue").Submit(t, kit.Fields{"answer": "deny"}).Want(t, http.StatusOK, "The device gets nothing")
	_, err := kit.Token(http.DefaultClient, p.Server.URL, "tv", "", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {begun.DeviceCode}})
	p.says(t, kit.Refused(err), "access_denied")
}

// TestDeviceStaysSignedIn: what was given with offline_access outlives the session
// in which somebody allowed it.
func TestDeviceStaysSignedIn(t *testing.T) {
	p := read(t, "device")
	p.serve(t)
	p.ann(t)
	p.take(t, "tv.mjs")
	p.skip()
	var begun struct {
		DeviceCode string `json:"device_code"`
		Complete   string `json:"verification_uri_complete"`
	}
	if err := json.NewDecoder(strings.NewReader(p.run(t, "").Done(t))).Decode(&begun); err != nil {
		t.Fatal(err)
	}
	c := kit.NewClient()
	page := c.Open(t, begun.Complete).Press(t, "Continue").Submit(t, kit.Fields{"username": ann, "password": kit.AnnPassword})
	page.Submit(t, kit.Fields{"answer": "allow"}).Want(t, http.StatusOK, "go back to your device")
	tokens, err := kit.Token(http.DefaultClient, p.Server.URL, "tv", "", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {begun.DeviceCode}})
	if err != nil {
		t.Fatal(err)
	}
	c.Open(t, p.Server.URL+"/logout?id_token_hint="+tokens.IDToken).Want(t, http.StatusOK, "signed out")
	if _, err := kit.Refresh(http.DefaultClient, p.Server.URL, "tv", "", tokens.RefreshToken); err != nil {
		t.Errorf("after the sign-out on the phone: %v", err)
	}
}
