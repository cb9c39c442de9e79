package docs

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"poolhouse.dev/test/kit"
)

// TestMachine gets a token with curl and brings it to the API of the page.
func TestMachine(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	p := read(t, "machine", "NIGHTLY_SECRET="+secret)
	p.serve(t)
	p.write(t, "api.mjs")
	api := p.run(t, p.App+"/")
	if said := p.run(t, "").Done(t); said != "A report for nightly\n" || !strings.Contains(p.text, "prints `A report for nightly`") {
		t.Errorf("the program prints %q", said)
	}
	for want, form := range map[string]url.Values{
		"invalid_client":      {"grant_type": {"client_credentials"}},
		"unauthorized_client": {"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {"x"}},
		"invalid_scope":       {"grant_type": {"client_credentials"}, "scope": {"openid"}},
		"invalid_target":      {"grant_type": {"client_credentials"}, "resource": {"https://reports.acme.test/"}},
	} {
		proof := secret
		if want == "invalid_client" {
			proof = "another"
		}
		_, err := kit.Token(http.DefaultClient, p.Server.URL, "nightly", proof, form)
		if kit.Refused(err) != want || !strings.Contains(p.text, "| `"+want+"`") {
			t.Errorf("%v is refused with %v, and the page shall say so", form, err)
		}
	}
	tokens, err := kit.Token(http.DefaultClient, p.Server.URL, "nightly", secret, url.Values{"grant_type": {"client_credentials"}})
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := get(t, p.App+"/reports", tokens.AccessToken); status != http.StatusUnauthorized {
		t.Errorf("a token for no API: %d", status)
	}
	said := api.Says(t, `(unexpected ".*)`)
	p.says(t, said, said)
}

// get asks with a bearer token and answers the status, and why it is refused.
func get(t *testing.T, address, token string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode, res.Header.Get("WWW-Authenticate")
}
