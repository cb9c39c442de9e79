package cognito

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"poolhouse.dev/test/kit"
)

// page is an app of Amplify in a browser: at http://localhost, its pool at https
// with a certificate of the house.
type page struct {
	server   *kit.Server
	upstream *kit.OIDCProvider
	browser  *kit.Browser
	app      string // the app's address
}

// TestAmplifyInChromium is aws-amplify v6 in a browser. Its pages for signing in are
// at https and nowhere else, so the server speaks TLS.
func TestAmplifyInChromium(t *testing.T) {
	t.Parallel()
	p := openPage(t)
	for _, step := range []struct {
		name string
		run  func(*testing.T, page, *talk)
	}{
		{"the endpoint lets scripts of other sites in", func(t *testing.T, p page, n *talk) { amplifySignUp(t, p.server, n) }},
		{"an authenticator app", func(t *testing.T, p page, n *talk) { amplifyTOTP(t, p.server, n) }},
		{"a device that is remembered", func(t *testing.T, p page, n *talk) { amplifyDevice(t, p.server, n) }},
		{"refreshing and signing out", func(t *testing.T, p page, n *talk) { amplifySessions(t, p.server, n) }},
		{"attributes", func(t *testing.T, p page, n *talk) { amplifyAttributes(t, p.server, n) }},
		{"a passkey", pagePasskey},
		{"the pages of the pool, and back", pageRedirect},
		{"an identity provider, and back", pageProvider},
	} {
		t.Run(step.name, func(t *testing.T) {
			p.browser.Open(t, p.app)
			n := p.talk(t)
			n.ask(t, "signOut")
			step.run(t, p, n)
		})
	}
}

func openPage(t *testing.T) page {
	t.Helper()
	script, err := os.ReadFile(bundle(t, "amplify-page.js", "aws-amplify", true, nil))
	if err != nil {
		t.Fatal(err)
	}
	secure, _ := kit.WithTLS(t)
	p := page{upstream: kit.NewOIDCProvider(t)}
	p.server = kit.Prepare(t, forAPI, secure, withFactors, withCodes, func(config kit.Map) { p.app = forPage(config, p.upstream.URL) })
	p.upstream.Accounts = kit.Map{"carl": kit.Map{"email": "carl@corp.test", "email_verified": true, "name": "Carl"}}
	p.upstream.Clients = kit.List{kit.Map{"client_id": "house", "client_secret": clientSecret, "token_endpoint_auth_method": "client_secret_post",
		"redirect_uris": kit.List{p.server.URL + "/oauth2/idpresponse"}}}
	p.upstream.Run(t)
	p.server.Run(t)
	settings, _ := json.Marshal(amplifySettings(p.server, apiClient, object{"email": true, "oauth": object{
		"domain": strings.TrimPrefix(p.server.URL, "https://"), "scopes": []string{"openid", "email", "profile", "aws.cognito.signin.user.admin"},
		"redirectSignIn": []string{p.app}, "redirectSignOut": []string{p.app}, "responseType": "code",
	}}))
	p.server.App.Handle("GET /app/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, "<!doctype html><title>App</title><link rel=icon href=data:,><body><script>window.settings = %s</script><script>%s</script>", settings, script)
	})
	p.browser = kit.NewBrowser(t, p.app, p.server.URL, p.upstream.URL)
	p.browser.TrustAll(t)
	p.browser.Expect("the server responded with a status of 400") // Chromium writes a line for each refusal
	p.browser.Expect("You are using a custom Amazon Amazon Cognito User Pool endpoint")
	return p
}

// forPage lets the app in, and answers its address.
func forPage(config kit.Map, upstream string) string {
	pool := kit.PoolOf(config)
	client := pool["clients"].(kit.List)[2].(kit.Map)
	callback := pool["clients"].(kit.List)[0].(kit.Map)["callback_urls"].(kit.List)[0].(string)
	app := strings.Replace(strings.TrimSuffix(callback, "callback"), "127.0.0.1", "localhost", 1)
	pool["web_authn_configuration"] = kit.Map{"relying_party_id": "localhost", "related_origins": kit.List{strings.TrimSuffix(app, "/")}}
	app += "app/"
	client["callback_urls"], client["logout_urls"] = kit.List{app}, kit.List{app}
	client["allowed_oauth_flows"], client["allowed_oauth_scopes"] = kit.List{"code"}, kit.List{"openid", "email", "profile", "aws.cognito.signin.user.admin"}
	client["supported_identity_providers"] = kit.List{"COGNITO", "Corp"}
	pool["identity_providers"] = kit.List{kit.Map{"provider_name": "Corp", "provider_type": "OIDC", "attribute_mapping": kit.Map{"email": "email", "email_verified": "email_verified"},
		"provider_details": kit.Map{"client_id": "house", "client_secret": clientSecret, "oidc_issuer": upstream, "authorize_scopes": "openid email profile"}}}
	config["outgoing"] = kit.Map{"allow_networks": kit.List{"127.0.0.0/8", "::1/128"}}
	return app
}

// talk answers the app that the page in front holds.
func (p page) talk(t testing.TB) *talk {
	t.Helper()
	p.browser.See(t, "ready")
	return &talk{say: func(t testing.TB, do string, args []any) (s said) {
		t.Helper()
		list, _ := json.Marshal(args)
		text := kit.Ask(t, p.browser, chromedp.Evaluate[string](fmt.Sprintf("window.say(%q, %s)", do, list), chromedp.EvalAwaitPromise))
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatalf("%s: %v in %s", do, err, text)
		}
		return s
	}}
}

func pagePasskey(t *testing.T, p page, n *talk) {
	name := amplifyPerson(t, p.server, n)
	device := p.browser.Authenticator(t, kit.AuthenticatorOptions{})
	n.does(t, "associateWebAuthnCredential")
	if len(device.Passkeys(t)) != 1 {
		t.Fatal("the device has no passkey")
	}
	n.does(t, "listWebAuthnCredentials")
	n.does(t, "signOut")
	n.does(t, "signIn", object{"username": name, "options": object{"authFlowType": "USER_AUTH", "preferredChallenge": "WEB_AUTHN"}}).is(t, "true", "isSignedIn")
	n.does(t, "fetchUserAttributes").is(t, name, "email")
	device.Lose(t) // it would answer the pages of the pool at once
}

// pageRedirect goes by signInWithRedirect to the pool's pages, and signs out there.
func pageRedirect(t *testing.T, p page, n *talk) {
	n.ask(t, "signInWithRedirect")
	p.browser.Enter(t, "username", "ann@example.test")
	p.browser.Press(t, "Password")
	p.browser.Enter(t, "password", kit.AnnPassword)
	back := p.back(t)
	back.does(t, "fetchUserAttributes").is(t, "ann@example.test", "email")
	back.does(t, "fetchAuthSession", object{"forceRefresh": true}).is(t, "ann@example.test", "id", "email")
	back.ask(t, "signOut")
	p.back(t).does(t, "fetchAuthSession").is(t, "", "access")
}

// pageProvider is pageRedirect by way of an identity provider.
func pageProvider(t *testing.T, p page, n *talk) {
	n.ask(t, "signInWithRedirect", object{"provider": object{"custom": "Corp"}})
	p.upstream.SignIn(t, p.browser, "carl")
	p.back(t).does(t, "fetchUserAttributes").is(t, "carl@corp.test", "email")
}

// back waits until the app is in front again and has finished what it came back with.
func (p page) back(t testing.TB) *talk {
	t.Helper()
	kit.Eventually(t, "the app", func() bool { return strings.HasPrefix(p.browser.Location(t), p.app) })
	n := p.talk(t)
	kit.Eventually(t, "the end of the redirect", func() bool { return !strings.Contains(p.browser.Location(t), "code=") })
	return n
}
