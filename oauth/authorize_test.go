package oauth

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

func TestAuthorizeAnswersACode(t *testing.T) {
	k := start(t)
	ann := k.signIn("ann@example.test")
	t.Run("with state and issuer, in the query", func(t *testing.T) {
		d := k.ask(request(web), AuthorizeState{Auth: ann})
		if d.Answer == nil || d.Answer.Mode != ModeQuery || d.Answer.RedirectURI != callback {
			t.Fatalf("answered %+v", d)
		}
		p := d.Answer.Params
		if len(p) != 3 || !strings.HasPrefix(p.Get("code"), "ac_") || p.Get("state") != "a state" || p.Get("iss") != k.Issuer(testPool) {
			t.Errorf("parameters %v", p)
		}
		if want := callback + "?" + p.Encode(); d.Answer.URL() != want {
			t.Errorf("URL %s, want %s", d.Answer.URL(), want)
		}
	})
	t.Run("by form_post", func(t *testing.T) {
		d := k.ask(request(web, "response_mode", "form_post"), AuthorizeState{Auth: ann})
		if d.Answer == nil || d.Answer.Mode != ModeFormPost {
			t.Errorf("answered %+v", d)
		}
	})
	t.Run("without state and nonce, which are optional", func(t *testing.T) {
		d := k.ask(request(web, "state", "", "nonce", ""), AuthorizeState{Auth: ann})
		if decision(d) != "code" || d.Answer.Params.Has("state") {
			t.Errorf("answered %s %v", decision(d), d.Answer)
		}
	})
	t.Run("behind a query that the redirect URI has", func(t *testing.T) {
		a := Answer{RedirectURI: "https://app.example.test/cb?a=b", Params: url.Values{"code": {"x"}}}
		if a.URL() != "https://app.example.test/cb?a=b&code=x" {
			t.Errorf("URL %s", a.URL())
		}
	})
	t.Run("to an unknown parameter, which is ignored", func(t *testing.T) {
		if d := k.ask(request(web, "extra", "foobar"), AuthorizeState{Auth: ann}); decision(d) != "code" {
			t.Errorf("answered %s", decision(d))
		}
	})
}

// Nothing may be redirected when the client or its redirect URI is in doubt.
func TestAuthorizeShowsAPage(t *testing.T) {
	k := start(t)
	ann := k.signIn("ann@example.test")
	twice := func(name string) url.Values {
		q := request(web)
		q.Add(name, q.Get(name))
		return q
	}
	for name, q := range map[string]url.Values{
		"client unknown":          request("nobody"),
		"client missing":          request(web, "client_id", ""),
		"client twice":            twice("client_id"),
		"client not text":         request("\xff"),
		"redirect URI missing":    request(web, "redirect_uri", ""),
		"redirect URI twice":      twice("redirect_uri"),
		"redirect URI as array":   request(web, "redirect_uri", "", "redirect_uri[]", callback),
		"client without callback": request(machine),
		"and a bad scope besides": request(web, "redirect_uri", "https://evil.test/", "scope", "bogus"),
	} {
		if d := k.ask(q, AuthorizeState{Auth: ann}); d.Page == nil || d.Answer != nil || d.Login != nil {
			t.Errorf("%s: answered %s", name, decision(d))
		}
	}
}

func TestAuthorizeErrorsAtTheRedirectURI(t *testing.T) {
	k := start(t)
	ann := k.signIn("ann@example.test")
	tokens, other := k.tokens(web), k.tokens(web2).IDToken
	k.change(web2, func(c *identity.Client) { c.AllowedOAuthFlows = []string{flowClientCredentials} })
	for name, c := range map[string]struct {
		q    url.Values
		code string
	}{
		"response_type missing":         {request(web, "response_type", ""), InvalidRequest},
		"response_type unknown":         {request(web, "response_type", "code bogus"), UnsupportedResponseType},
		"response_type none":            {request(web, "response_type", "none"), UnsupportedResponseType},
		"response_type with a space":    {request(web, "response_type", "code "), UnsupportedResponseType},
		"response_type twice a word":    {request(web, "response_type", "code code"), UnsupportedResponseType},
		"response_type token":           {request(web, "response_type", "token"), UnauthorizedClient},
		"response_type hybrid":          {request(web, "response_type", "code id_token"), UnauthorizedClient},
		"response_mode unknown":         {request(web, "response_mode", "web_message"), InvalidRequest},
		"client without the flow":       {request(web2), UnauthorizedClient},
		"scope unknown":                 {request(web, "scope", "openid bogus"), InvalidScope},
		"scope of no client":            {request(web, "scope", "openid api/delete"), InvalidScope},
		"email without openid":          {request(web, "scope", "email"), InvalidScope},
		"request object":                {request(web, "request", "eyJ.e30."), InvalidRequestObject},
		"request_uri":                   {request(web, "request_uri", "https://evil.test/"), RequestURINotSupported},
		"registration":                  {request(web, "registration", "{}"), RegistrationNotSupported},
		"pkce missing, public":          {request(spa, "code_challenge", "", "code_challenge_method", ""), InvalidRequest},
		"pkce plain":                    {request(web, "code_challenge_method", "plain"), InvalidRequest},
		"pkce lower case":               {request(web, "code_challenge_method", "s256"), InvalidRequest},
		"pkce method missing":           {request(web, "code_challenge_method", ""), InvalidRequest},
		"pkce challenge missing":        {request(web, "code_challenge", ""), InvalidRequest},
		"pkce challenge short":          {request(web, "code_challenge", "abc"), InvalidRequest},
		"pkce challenge with padding":   {request(web, "code_challenge", S256(verifier)+"="), InvalidRequest},
		"prompt unknown":                {request(web, "prompt", "invent"), InvalidRequest},
		"prompt none with another":      {request(web, "prompt", "none login"), InvalidRequest},
		"max_age negative":              {request(web, "max_age", "-1"), InvalidRequest},
		"max_age no number":             {request(web, "max_age", "1e3"), InvalidRequest},
		"max_age too large":             {request(web, "max_age", "99999999999"), InvalidRequest},
		"nonce too long":                {request(web, "nonce", strings.Repeat("n", maxNonce+1)), InvalidRequest},
		"login_hint too long":           {request(web, "login_hint", strings.Repeat("n", maxHint+1)), InvalidRequest},
		"a parameter twice":             {twiceExtra(), InvalidRequest},
		"text that is not UTF-8":        {request(web, "login_hint", "a\xff"), InvalidRequest},
		"a NUL":                         {request(web, "nonce", "a\x00b"), InvalidRequest},
		"id_token_hint made up":         {request(web, "id_token_hint", "a.b.c"), LoginRequired},
		"id_token_hint an access token": {request(web, "id_token_hint", tokens.AccessToken), LoginRequired},
		"id_token_hint of another app":  {request(web, "id_token_hint", other), LoginRequired},
	} {
		t.Run(name, func(t *testing.T) {
			d := k.ask(c.q, AuthorizeState{Auth: ann})
			if d.Answer == nil || d.Answer.RedirectURI != callback || d.Answer.Params.Get("error") != c.code {
				t.Fatalf("answered %s, want %s", decision(d), c.code)
			}
			p := d.Answer.Params
			if p.Get("state") != "a state" || p.Get("iss") != k.Issuer(testPool) || p.Has("code") {
				t.Errorf("parameters %v", p)
			}
			if strings.ContainsAny(p.Get("error_description"), "\"\\") { // RFC 6749 §4.1.2.1
				t.Errorf("description %s", p.Get("error_description"))
			}
		})
	}
	t.Run("a state too long is not sent back", func(t *testing.T) {
		d := k.ask(request(web, "state", strings.Repeat("s", maxState+1)), AuthorizeState{Auth: ann})
		if decision(d) != "error invalid_request" || d.Answer.Params.Has("state") {
			t.Errorf("answered %s", decision(d))
		}
	})
	t.Run("a refused request is answered by form_post when it asked for that", func(t *testing.T) {
		d := k.ask(request(web, "response_mode", "form_post", "scope", "bogus"), AuthorizeState{Auth: ann})
		if d.Answer == nil || d.Answer.Mode != ModeFormPost {
			t.Errorf("answered %+v", d)
		}
	})
}

func twiceExtra() url.Values {
	q := request(web)
	q["extra"] = []string{"1", "1"}
	return q
}

func TestScopes(t *testing.T) {
	k := start(t)
	t.Run("none asked for is all the client has", func(t *testing.T) {
		if got := k.tokens(web, "scope", "").Scope; got != "api/read api/write "+scopeSelf+" openid email phone profile" {
			t.Errorf("scope %q", got)
		}
	})
	t.Run("repeated and spaced ones count once", func(t *testing.T) {
		if got := k.tokens(web, "scope", "openid  email openid").Scope; got != "openid email" {
			t.Errorf("scope %q", got)
		}
	})
	t.Run("a resource server's, without openid, gives no ID token", func(t *testing.T) {
		if got := k.tokens(web, "scope", "api/read"); got.Scope != "api/read" || got.IDToken != "" || got.RefreshToken == "" {
			t.Errorf("answered %+v", got)
		}
	})
}

func TestAuthorizeAsksForASignIn(t *testing.T) {
	k := start(t)
	old := k.signIn("ann@example.test")
	hint := k.tokens(web).IDToken
	k.user("bob@example.test")
	bob := k.signIn("bob@example.test")
	k.wait(10 * time.Minute)
	asked := k.clock()
	k.wait(time.Second)
	fresh := k.signIn("ann@example.test")
	k.wait(time.Second)
	for name, c := range map[string]struct {
		browser AuthorizeState
		changes []string
		want    string
	}{
		"nobody is signed in":                       {AuthorizeState{}, nil, "login none"},
		"prompt=none, nobody":                       {AuthorizeState{}, []string{"prompt", "none"}, "error login_required"},
		"prompt=none, somebody":                     {AuthorizeState{Auth: old}, []string{"prompt", "none"}, "code"},
		"prompt=consent, the house's own app":       {AuthorizeState{Auth: old}, []string{"prompt", "consent"}, "consent"},
		"prompt=login, first visit":                 {AuthorizeState{Auth: old}, []string{"prompt", "login"}, "login prompt"},
		"prompt=login, back without a sign-in":      {AuthorizeState{Auth: old, AskedAt: asked}, []string{"prompt", "login"}, "login prompt"},
		"prompt=login, back after a sign-in":        {AuthorizeState{Auth: fresh, AskedAt: asked}, []string{"prompt", "login"}, "code"},
		"prompt=select_account, first visit":        {AuthorizeState{Auth: old}, []string{"prompt", "select_account"}, "login select_account"},
		"prompt=select_account, chosen":             {AuthorizeState{Auth: old, Chosen: true}, []string{"prompt", "select_account"}, "code"},
		"prompt=login select_account, chosen":       {AuthorizeState{Auth: old, Chosen: true}, []string{"prompt", "login select_account"}, "login prompt"},
		"max_age not reached":                       {AuthorizeState{Auth: old}, []string{"max_age", "10000"}, "code"},
		"max_age passed":                            {AuthorizeState{Auth: old}, []string{"max_age", "60"}, "login max_age"},
		"max_age passed, prompt=none":               {AuthorizeState{Auth: old}, []string{"max_age", "60", "prompt", "none"}, "error login_required"},
		"max_age=0, first visit":                    {AuthorizeState{Auth: fresh}, []string{"max_age", "0"}, "login max_age"},
		"max_age=0, back after a sign-in":           {AuthorizeState{Auth: fresh, AskedAt: asked}, []string{"max_age", "0"}, "code"},
		"id_token_hint of the same person":          {AuthorizeState{Auth: old}, []string{"id_token_hint", hint, "prompt", "none"}, "code"},
		"id_token_hint of another, prompt=none":     {AuthorizeState{Auth: bob}, []string{"id_token_hint", hint, "prompt", "none"}, "error login_required"},
		"id_token_hint of another":                  {AuthorizeState{Auth: bob}, []string{"id_token_hint", hint}, "login other"},
		"id_token_hint of another, after a sign-in": {AuthorizeState{Auth: bob, AskedAt: bob.At()}, []string{"id_token_hint", hint}, "error login_required"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := decision(k.ask(request(web, c.changes...), c.browser)); got != c.want {
				t.Errorf("answered %s, want %s", got, c.want)
			}
		})
	}
	t.Run("the hints reach the sign-in page", func(t *testing.T) {
		d := k.ask(request(web, "login_hint", "ann@example.test", "ui_locales", "de-AT en"), AuthorizeState{})
		if d.Login == nil || d.Login.Hint != "ann@example.test" || strings.Join(d.Login.Locales, ",") != "de-AT,en" || d.Login.Client.ID != web {
			t.Errorf("answered %+v", d.Login)
		}
	})
	t.Run("an expired ID token is a good hint", func(t *testing.T) {
		k.wait(2 * time.Hour)
		again := k.signIn("ann@example.test")
		if got := decision(k.ask(request(web, "id_token_hint", hint, "prompt", "none"), AuthorizeState{Auth: again})); got != "code" {
			t.Errorf("answered %s", got)
		}
	})
}

func TestAuthorizeTakesNoDeadSignIn(t *testing.T) {
	ctx := context.Background()
	for name, end := range map[string]func(*kit, string) error{
		"signed out":            func(k *kit, cookie string) error { return k.sessions().End(ctx, testPool, cookie) },
		"disabled":              func(k *kit, _ string) error { return k.admin().Disable(ctx, testPool, "ann@example.test") },
		"signed out everywhere": func(k *kit, _ string) error { return k.admin().SignOut(ctx, testPool, "ann@example.test") },
		"deleted":               func(k *kit, _ string) error { return k.admin().Delete(ctx, testPool, "ann@example.test") },
	} {
		t.Run(name, func(t *testing.T) {
			k := start(t)
			ann, cookie := k.browser("ann@example.test")
			k.must(end(k, cookie))
			if got := decision(k.ask(request(web), AuthorizeState{Auth: ann})); got != "login none" {
				t.Errorf("answered %s", got)
			}
			if got := decision(k.ask(request(web, "prompt", "none"), AuthorizeState{Auth: ann})); got != "error login_required" {
				t.Errorf("prompt=none answered %s", got)
			}
		})
	}
	t.Run("of another pool", func(t *testing.T) {
		k := start(t)
		d, err := k.Authorize(ctx, otherPool, request(web), AuthorizeState{Auth: k.signIn("ann@example.test")})
		k.must(err)
		if decision(d) != "login none" {
			t.Errorf("answered %s", decision(d))
		}
	})
}

func TestCancel(t *testing.T) {
	k := start(t)
	t.Run("tells the client", func(t *testing.T) {
		a, err := k.Cancel(context.Background(), testPool, request(web), time.Time{})
		k.must(err)
		if a.Params.Get("error") != AccessDenied || a.Params.Get("state") != "a state" || a.Params.Get("iss") == "" {
			t.Errorf("answered %v", a.Params)
		}
	})
	t.Run("never redirects to an unregistered address", func(t *testing.T) {
		_, err := k.Cancel(context.Background(), testPool, request(web, "redirect_uri", "https://evil.test/"), time.Time{})
		refused(t, err, InvalidRequest)
	})
}

func TestTheSignInPageReadsTheCheckedRequest(t *testing.T) {
	k := start(t)
	q, err := k.CheckRequest(context.Background(), testPool, request(web, "prompt", "login", "max_age", "5"), time.Time{})
	k.must(err)
	if q.Client.Name != "web" || q.RedirectURI != callback || q.Nonce != "n-1" || !q.asks(promptLogin) || *q.MaxAge != 5*time.Second {
		t.Errorf("read %+v", q)
	}
	_, err = k.CheckRequest(context.Background(), testPool, request(web, "scope", "bogus"), time.Time{})
	refused(t, err, InvalidScope)
}
