package oauth

import (
	"testing"
	"time"

	"poolhouse.dev/identity"
)

func TestStepUp(t *testing.T) {
	k := start(t)
	essential := func(values string) []string {
		return []string{"claims", `{"id_token":{"acr":{"essential":true,"values":[` + values + `]}}}`}
	}
	now := func() AuthorizeState { return AuthorizeState{Auth: k.signIn("ann@example.test")} }
	again := func() AuthorizeState {
		asked := k.clock()
		k.wait(time.Second)
		return AuthorizeState{Auth: k.signIn("ann@example.test"), AskedAt: asked}
	}
	for name, c := range map[string]struct {
		browser func() AuthorizeState
		changes []string
		answer  string
	}{
		"one factor is enough":                     {now, essential(`"1"`), "code"},
		"one of two values is enough":              {now, essential(`"2","1"`), "code"},
		"essential without a value is any":         {now, []string{"claims", `{"id_token":{"acr":{"essential":true}}}`}, "code"},
		"two factors are asked for":                {now, essential(`"2"`), "login acr"},
		"a passkey is asked for":                   {now, essential(`"phr"`), "login acr"},
		"one value is asked for":                   {now, []string{"claims", `{"id_token":{"acr":{"essential":true,"value":"2"}}}`}, "login acr"},
		"the new sign-in is no stronger":           {again, essential(`"2"`), "error unmet_authentication_requirements"},
		"no page is to be shown":                   {now, append(essential(`"2"`), "prompt", "none"), "error login_required"},
		"a level of Cognito's is asked for":        {now, essential(`"urn:cognito:loa:4"`), "login acr"},
		"a level of Cognito's is there":            {now, essential(`"urn:cognito:loa:1"`), "code"},
		"nobody can meet it":                       {now, essential(`"urn:other"`), "error unmet_authentication_requirements"},
		"a wish that is not essential is no must":  {now, []string{"acr_values", "2 phr"}, "code"},
		"a claim that is not essential is no must": {now, []string{"claims", `{"id_token":{"acr":{"values":["2"]}}}`}, "code"},
	} {
		t.Run(name, func(t *testing.T) {
			if d := k.ask(request(web, c.changes...), c.browser()); decision(d) != c.answer {
				t.Errorf("answered %s, want %s", decision(d), c.answer)
			}
		})
	}
}

func TestACROfAnAnswer(t *testing.T) {
	k := start(t)
	ann := k.signIn("ann@example.test")
	for name, c := range map[string]struct {
		changes  []string
		fallback []string
		want     string
	}{
		"the strongest that is met":      {nil, nil, "1"},
		"what was asked for and is met":  {[]string{"acr_values", "phr 1"}, nil, "1"},
		"a level of Cognito's":           {[]string{"acr_values", "urn:cognito:loa:2 urn:cognito:loa:1"}, nil, "urn:cognito:loa:1"},
		"what is met, whatever is asked": {[]string{"acr_values", "urn:other"}, nil, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			k.change(web, func(cl *identity.Client) { cl.DefaultACRValues = c.fallback })
			q, err := k.CheckRequest(t.Context(), testPool, request(web, c.changes...), time.Time{})
			k.must(err)
			if got := q.acr(ann); got != c.want {
				t.Errorf("acr %q, want %q", got, c.want)
			}
		})
	}
	t.Run("the client's default is a wish", func(t *testing.T) {
		k.change(web, func(c *identity.Client) { c.DefaultACRValues = []string{"2"} })
		q, err := k.CheckRequest(t.Context(), testPool, request(web), time.Time{})
		k.must(err)
		if len(q.ACRValues) != 1 || q.ACRValues[0] != "2" {
			t.Errorf("wishes %v", q.ACRValues)
		}
	})
}

func TestAttackALevelIsCalledAsOneOfOurs(t *testing.T) {
	k := start(t)
	pool, err := k.settings().Pool(t.Context(), testPool)
	k.must(err)
	for _, ours := range acrValues {
		pool.AcrConfiguration = identity.AcrConfiguration{"Level1": ours}
		if _, err := k.settings().PutPool(t.Context(), pool); err == nil {
			t.Errorf("a password alone is called %s", ours)
		}
	}
	pool.AcrConfiguration = identity.AcrConfiguration{"Level1": "low"}
	_, err = k.settings().PutPool(t.Context(), pool)
	k.must(err)
	seen := map[string]bool{}
	for _, name := range supportedACR(&pool) {
		if seen[name] {
			t.Errorf("discovery lists %s twice", name)
		}
		seen[name] = true
	}
	ann := AuthorizeState{Auth: k.signIn("ann@example.test")}
	for value, want := range map[string]string{"low": "code", "phr": "login acr", "2": "login acr", "urn:cognito:loa:1": "error unmet_authentication_requirements"} {
		if d := k.ask(request(web, "claims", `{"id_token":{"acr":{"essential":true,"value":"`+value+`"}}}`), ann); decision(d) != want {
			t.Errorf("essential %s answered %s, want %s", value, decision(d), want)
		}
	}
}

func TestDefaultMaxAge(t *testing.T) {
	k := start(t)
	age := 60
	k.change(web, func(c *identity.Client) { c.DefaultMaxAge = &age })
	ann := AuthorizeState{Auth: k.signIn("ann@example.test")}
	if d := k.ask(request(web), ann); decision(d) != "code" {
		t.Errorf("at once answered %s", decision(d))
	}
	k.wait(61 * time.Second)
	if d := k.ask(request(web), ann); decision(d) != "login max_age" {
		t.Errorf("later answered %s", decision(d))
	}
	if d := k.ask(request(web, "max_age", "100"), ann); decision(d) != "code" {
		t.Errorf("with a max_age of its own answered %s", decision(d))
	}
}

// TestASessionLetsInForSoLong: a client may take a browser's session for less time
// than it lives (Cognito MaxValidityMinutes), whatever max_age says.
func TestASessionLetsInForSoLong(t *testing.T) {
	k := start(t)
	minutes := 1
	k.change(web, func(c *identity.Client) { c.SSOMinutes = &minutes })
	ann := AuthorizeState{Auth: k.signIn("ann@example.test")}
	if d := k.ask(request(web), ann); decision(d) != "code" {
		t.Errorf("at once answered %s", decision(d))
	}
	k.wait(61 * time.Second)
	for _, age := range []string{"", "100"} {
		if d := k.ask(request(web, "max_age", age), ann); decision(d) != "login max_age" {
			t.Errorf("later, with max_age %q, answered %s", age, decision(d))
		}
	}
}

func TestPromptCreate(t *testing.T) {
	k := start(t)
	ann := k.signIn("ann@example.test")
	for name, c := range map[string]struct {
		browser AuthorizeState
		answer  string
	}{
		"nobody is signed in":   {AuthorizeState{}, "login create"},
		"somebody is signed in": {AuthorizeState{Auth: ann}, "login create"},
		"somebody has since":    {AuthorizeState{Auth: ann, AskedAt: k.clock()}, "code"},
	} {
		if d := k.ask(request(web, "prompt", "create"), c.browser); decision(d) != c.answer {
			t.Errorf("%s: answered %s, want %s", name, decision(d), c.answer)
		}
	}
	pool, err := k.settings().Pool(t.Context(), testPool)
	k.must(err)
	pool.AdminCreateUserConfig.AllowAdminCreateUserOnly = true
	_, err = k.settings().PutPool(t.Context(), pool)
	k.must(err)
	if d := k.ask(request(web, "prompt", "create"), AuthorizeState{Auth: ann}); decision(d) != "error invalid_request" {
		t.Errorf("where sign-up is closed answered %s", decision(d))
	}
}
