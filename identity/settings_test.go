package identity

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/storage"
)

// breaks holds that a setting is refused with its field.
func breaks(t *testing.T, err error, field string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Code != InvalidParameter || e.Field != field && !strings.HasPrefix(e.Field, field+"[") {
		t.Errorf("got %v, want %s refused", err, field)
	}
}

func TestAPoolIsHeldAgainstItsBounds(t *testing.T) {
	good := func() Pool { return Pool{ID: "local_main", Name: "Main"} }
	for field, sets := range map[string][]func(*Pool){
		"id":                       {func(p *Pool) { p.ID = "" }, func(p *Pool) { p.ID = "main" }, func(p *Pool) { p.ID = "a_" }, func(p *Pool) { p.ID = "a/b_c" }, func(p *Pool) { p.ID = PoolID(strings.Repeat("a", 55) + "_b") }},
		"pool_name":                {func(p *Pool) { p.Name = "" }, func(p *Pool) { p.Name = "a/b" }, func(p *Pool) { p.Name = strings.Repeat("a", 129) }},
		"username_attributes":      {func(p *Pool) { p.UsernameAttributes = []string{"name"} }, func(p *Pool) { p.UsernameAttributes = []string{"email", "email"} }},
		"alias_attributes":         {func(p *Pool) { p.AliasAttributes = []string{"name"} }, func(p *Pool) { p.AliasAttributes, p.UsernameAttributes = []string{"email"}, []string{"email"} }},
		"auto_verified_attributes": {func(p *Pool) { p.AutoVerifiedAttributes = []string{"name"} }},
		"default_language":         {func(p *Pool) { p.DefaultLanguage = "!" }},
		"theme.primary":            {func(p *Pool) { p.Theme.Primary = "red;}" }},
		"theme.font_stack":         {func(p *Pool) { p.Theme.FontStack = "x; background: url(//evil)" }},
		"resource_servers[0].identifier": {
			func(p *Pool) { p.ResourceServers = []ResourceServer{{Identifier: "a b"}} }, func(p *Pool) { p.ResourceServers = []ResourceServer{{}} },
			func(p *Pool) { p.ResourceServers = []ResourceServer{{Identifier: strings.Repeat("a", 257)}} },
		},
		"resource_servers[1].identifier": {func(p *Pool) { p.ResourceServers = []ResourceServer{{Identifier: "a"}, {Identifier: "a"}} }},
		"resource_servers[0].scopes[0].scope_name": {func(p *Pool) {
			p.ResourceServers = []ResourceServer{{Identifier: "a", Scopes: []Scope{{Name: "a/b"}}}}
		}, func(p *Pool) {
			p.ResourceServers = []ResourceServer{{Identifier: "a", Scopes: []Scope{{Name: strings.Repeat("a", 257)}}}}
		}},
		"policies.password_policy.minimum_length": {func(p *Pool) { p.Policies.PasswordPolicy.MinimumLength = 5 }},
		"account_recovery_setting.recovery_mechanisms": {
			func(p *Pool) { p.AccountRecovery.RecoveryMechanisms = []RecoveryMechanism{{"mother", 1}} },
			func(p *Pool) {
				p.AccountRecovery.RecoveryMechanisms = []RecoveryMechanism{{"verified_email", 1}, {"admin_only", 2}}
			},
			func(p *Pool) {
				p.AccountRecovery.RecoveryMechanisms = []RecoveryMechanism{{"verified_email", 1}, {"verified_phone_number", 1}}
			},
		},
		"schema": {
			func(p *Pool) { p.Schema = []Attribute{{Name: "colour", Required: true}} },
			func(p *Pool) { p.Schema = []Attribute{{Name: "colour"}, {Name: "custom:colour"}} },
			func(p *Pool) { p.Schema = []Attribute{{Name: strings.Repeat("c", 21)}} },
			func(p *Pool) { p.Schema = []Attribute{{Name: "sub"}} },
			func(p *Pool) { p.Schema = []Attribute{{Name: "email_verified"}} },
			func(p *Pool) { p.Schema = []Attribute{{Name: "age", DataType: "Integer"}} },
			func(p *Pool) {
				p.Schema = []Attribute{{Name: "a", StringRule: &StringConstraints{MinLength: count(3), MaxLength: count(2)}}}
			},
			func(p *Pool) {
				p.AliasAttributes, p.Schema = []string{"preferred_username"}, []Attribute{{Name: "preferred_username", Required: true}}
			},
		},
	} {
		for _, set := range sets {
			p := good()
			set(&p)
			breaks(t, ValidatePool(&p), field)
		}
	}
	p := good()
	p.Schema = []Attribute{{Name: "colour"}, {Name: "name", Required: true}}
	if err := ValidatePool(&p); err != nil || p.Schema[0].Name != "custom:colour" || p.Schema[1].Name != "name" {
		t.Errorf("%+v, %v", p.Schema, err)
	}
}

func TestCallbackURLsAreHeldAgainstTheRFCs(t *testing.T) {
	good := []string{
		"https://app.test/cb", "https://app.test:8443/cb?x=1", "http://localhost:9000/cb", "http://127.0.0.1/cb", "http://[::1]:3000/",
		"http://app.localhost:3000/", "com.example.app:/cb", "com.example.app://cb", "myapp://cb", "myapp://",
	}
	for _, each := range good {
		if why := urlRefusal(each); why != "" {
			t.Errorf("%s is refused: %s", each, why)
		}
	}
	bad := []string{
		"", "/cb", "app.test/cb", "http://app.test/cb", "http://10.0.0.1/cb", "http://localhost.evil.test/", "http://127.0.0.1.evil.test/",
		"https://app.test/#x", "https://app.test/#", "https://ann@app.test/", "https://a:b@app.test/", "https://*.app.test/", "https://app.test/*",
		"javascript:alert(1)", "JavaScript://x/%0aalert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:https://x", "myapp:cb",
		"https://app.test/a b", "https://app.test/\n", "https:///cb", "https://", "https://app.test\\@evil.test/", "https://äpp.test/",
		"https://app.test/" + strings.Repeat("a", 1024), "https:app.test", "//app.test/cb", "http://localhost@evil.test/",
	}
	for _, each := range bad {
		if urlRefusal(each) == "" {
			t.Errorf("%q is allowed", each)
		}
	}
}

func TestAClientIsHeldAgainstItsPool(t *testing.T) {
	p := &Pool{
		ID: "local_main", ResourceServers: []ResourceServer{{Identifier: "api", Scopes: []Scope{{Name: "read"}}}},
		Schema: []Attribute{{Name: "name", Required: true}, {Name: "custom:plan"}},
	}
	good := func() Client {
		return Client{
			PoolID: "local_main", ID: "web", Name: "Web", CallbackURLs: []string{"https://app.test/cb"}, Secret: storage.Sealed("x"),
			AllowedOAuthFlows: []string{"code", "client_credentials"}, AllowedOAuthScopes: []string{"openid", "api/read"},
			ReadAttributes: []string{"email_verified", "custom:plan"}, WriteAttributes: []string{"name"}, AccessTokenValidity: 5,
			Units: ValidityUnits{AccessToken: "minutes"},
		}
	}
	if c := good(); ValidateClient(p, &c) != nil {
		t.Fatal(ValidateClient(p, &c))
	}
	for field, sets := range map[string][]func(*Client){
		"client_id":                     {func(c *Client) { c.ID = "" }, func(c *Client) { c.ID = "a b" }},
		"client_name":                   {func(c *Client) { c.Name = "a<b" }},
		"callback_urls":                 {func(c *Client) { c.CallbackURLs = []string{"http://app.test/"} }, func(c *Client) { c.CallbackURLs = []string{"https://a.test", "https://a.test"} }, func(c *Client) { c.CallbackURLs = make([]string, 101) }},
		"logout_urls":                   {func(c *Client) { c.LogoutURLs = []string{"javascript:x"} }},
		"default_redirect_uri":          {func(c *Client) { c.DefaultRedirectURI = "https://app.test/other" }},
		"allowed_oauth_flows":           {func(c *Client) { c.AllowedOAuthFlows = []string{"password"} }, func(c *Client) { c.Secret = nil }},
		"allowed_oauth_scopes":          {func(c *Client) { c.AllowedOAuthScopes = []string{"api/write"} }},
		"explicit_auth_flows":           {func(c *Client) { c.ExplicitAuthFlows = []string{"ALLOW_ALL"} }},
		"supported_identity_providers":  {func(c *Client) { c.IdentityProviders = []string{""} }},
		"read_attributes":               {func(c *Client) { c.ReadAttributes = []string{"custom:none"} }},
		"write_attributes":              {func(c *Client) { c.WriteAttributes = []string{"email_verified", "name"} }, func(c *Client) { c.WriteAttributes = []string{"email"} }},
		"access_token_validity":         {func(c *Client) { c.AccessTokenValidity, c.Units.AccessToken = 2, "days" }, func(c *Client) { c.AccessTokenValidity = -1 }},
		"id_token_validity":             {func(c *Client) { c.IDTokenValidity = 25 }},
		"refresh_token_validity":        {func(c *Client) { c.RefreshValidity = 3651 }},
		"token_validity_units":          {func(c *Client) { c.Units.IDToken = "weeks" }},
		"auth_session_validity":         {func(c *Client) { c.AuthSessionValidity = 16 }, func(c *Client) { c.AuthSessionValidity = 2 }},
		"prevent_user_existence_errors": {func(c *Client) { c.PreventExistence = "MAYBE" }},
		"id_token_signed_response_alg":  {func(c *Client) { c.SigningAlg = "none" }, func(c *Client) { c.SigningAlg = "HS256" }},
		"token_endpoint_auth_method":    {func(c *Client) { c.AuthMethod, c.AllowedOAuthFlows = "none", nil }, func(c *Client) { c.AuthMethod = "private_key_jwt" }},
		"refresh_token_rotation.retry_grace_period_seconds": {func(c *Client) { c.Rotation.GracePeriodSeconds = count(61) }},
		"refresh_token_rotation.feature":                    {func(c *Client) { c.Rotation.Feature = "on" }},
		"theme.radius":                                      {func(c *Client) { c.Theme = &Theme{Radius: count(33)} }},
	} {
		for _, set := range sets {
			c := good()
			set(&c)
			breaks(t, ValidateClient(p, &c), field)
		}
	}
}

func TestAClientsSecretIsToldOnce(t *testing.T) {
	k := newKit(t)
	ctx := context.Background()
	c, secret, err := k.settings().CreateClient(ctx, NewClient{Client: Client{PoolID: testPool, Name: "App"}, GenerateSecret: true})
	k.ok(err)
	if !regexp.MustCompile(`^[a-z0-9]{26}$`).MatchString(string(c.ID)) || !regexp.MustCompile(`^[\w+]{24,64}$`).MatchString(secret) {
		t.Errorf("made %s", c.ID)
	}
	stored, err := k.settings().Client(ctx, testPool, c.ID)
	k.ok(err)
	if strings.Contains(string(stored.Secret), secret) {
		t.Error("the secret is stored as it is")
	}
	if opened, err := k.settings().ClientSecret(stored); err != nil || opened != secret {
		t.Errorf("opened %q, %v", opened, err)
	}
	stored.ID = "another"
	if _, err := k.settings().ClientSecret(stored); err == nil {
		t.Error("a secret opens for another client")
	}
	_, _, err = k.settings().CreateClient(ctx, NewClient{Client: Client{PoolID: testPool, ID: c.ID, Name: "App"}})
	k.refused(err, AlreadyExists)
	for _, bad := range []string{"fifteen-letters", strings.Repeat("a", 129), "with a space in it", "with\nline-break-in-it"} {
		_, _, err = k.settings().CreateClient(ctx, NewClient{Client: Client{PoolID: testPool, Name: "App"}, Secret: bad})
		breaks(t, err, "client_secret")
	}
	k.ok(k.settings().DeleteClient(ctx, testPool, c.ID))
	_, err = k.settings().Client(ctx, testPool, c.ID)
	k.refused(err, ClientNotFound)
	_, err = k.settings().PutClient(ctx, Client{PoolID: "local_other", ID: "x", Name: "x"})
	k.refused(err, PoolNotFound)
}

func TestAPoolWithUsersKeepsWhatTheirNamesRestOn(t *testing.T) {
	k := newKit(t)
	ctx := context.Background()
	p, err := k.settings().Pool(ctx, testPool)
	k.ok(err)
	p.Schema = []Attribute{{Name: "plan"}}
	if p, err = k.settings().PutPool(ctx, p); err != nil {
		t.Fatal(err)
	}
	free := p
	free.UsernameConfiguration.CaseSensitive = true
	if free, err = k.settings().PutPool(ctx, free); err != nil {
		t.Errorf("without users: %v", err)
	}
	k.user("ann@example.test", Confirmed)
	for field, set := range map[string]func(*Pool){
		"username_attributes":    func(p *Pool) { p.UsernameAttributes = nil },
		"username_configuration": func(p *Pool) { p.UsernameConfiguration.CaseSensitive = false },
		"schema":                 func(p *Pool) { p.Schema = nil },
	} {
		changed := free
		set(&changed)
		_, err := k.settings().PutPool(ctx, changed)
		breaks(t, err, field)
	}
	for _, schema := range [][]Attribute{{{Name: "plan", DataType: "Number"}}, {{Name: "plan"}, {Name: "name", Required: true}}} {
		changed := free
		changed.Schema = schema
		_, err := k.settings().PutPool(ctx, changed)
		breaks(t, err, "schema")
	}
	free.Schema = append(free.Schema, Attribute{Name: "custom:more"})
	free.Name = "Renamed"
	_, err = k.settings().PutPool(ctx, free)
	k.ok(err)
	k.audited("admin_update_pool", "ok")
}

func TestSweepingLeavesWhatIsStillGood(t *testing.T) {
	k := newKit(t)
	ctx := context.Background()
	k.user("ann@example.test", Confirmed)
	k.in("ann@example.test", Origin{})
	_, err := k.forgot("ann@example.test")
	k.ok(err)
	link := k.mails("ann@example.test")[0].link()
	if n, err := k.core.Sweep(ctx); err != nil || n != 0 {
		t.Errorf("%d swept too early, %v", n, err)
	}
	k.wait(time.Hour + time.Minute)
	if n, err := k.core.Sweep(ctx); err != nil || n == 0 {
		t.Errorf("%d swept, %v", n, err)
	}
	k.linkState(link, LinkExpired)
	k.wait(400 * 24 * time.Hour)
	_, err = k.core.Sweep(ctx)
	k.ok(err)
	k.linkState(link, LinkUnknown)
	k.ok(k.core.Store.View(ctx, func(r storage.Reader) error {
		for name, count := range map[string]func() (int, error){
			"codes":    func() (int, error) { all, err := codes.List(r, storage.Page{}); return len(all), err },
			"links":    func() (int, error) { all, err := codeLinks.List(r, storage.Page{}); return len(all), err },
			"attempts": func() (int, error) { all, err := attempts.List(r, storage.Page{}); return len(all), err },
			"sessions": func() (int, error) { all, err := sessions.List(r, storage.Page{}); return len(all), err },
			"meters":   func() (int, error) { all, err := meters.List(r, storage.Page{}); return len(all), err },
			"browsers": func() (int, error) { all, err := knownBrowsers.List(r, storage.Page{}); return len(all), err },
		} {
			n, err := count()
			if err != nil || n > 0 {
				t.Errorf("%d %s are left, %v", n, name, err)
			}
		}
		return nil
	}))
}
