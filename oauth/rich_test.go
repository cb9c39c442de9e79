package oauth

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

const (
	apiOne = "https://one.example.test/"
	apiTwo = "https://two.example.test/v1"
	pay    = `{"type":"pay","amount":"12.00"}`
	see    = `{"type":"see","actions":["read"]}`
)

// rich lets a client name APIs and send rich requests.
func (k *kit) rich(client identity.ClientID) {
	k.Helper()
	k.change(client, func(c *identity.Client) {
		c.Resources, c.AuthorizationDetailsTypes = []string{apiOne, apiTwo}, []string{"pay", "see"}
	})
}

func TestResources(t *testing.T) {
	k := start(t)
	k.rich(web)
	pool, err := k.settings().Pool(t.Context(), testPool)
	k.must(err)
	pool.ResourceServers = append(pool.ResourceServers, identity.ResourceServer{Identifier: "https://pool.example.test", Name: "Of the pool"})
	_, err = k.settings().PutPool(t.Context(), pool)
	k.must(err)
	ann := AuthorizeState{Auth: k.signIn("ann@example.test")}
	for name, c := range map[string]struct {
		given  []string
		answer string
	}{
		"one":                 {[]string{apiOne}, "code"},
		"several":             {[]string{apiOne, apiTwo, apiOne}, "code"},
		"a resource server":   {[]string{"https://pool.example.test"}, "code"},
		"unknown":             {[]string{"https://evil.test/"}, "error invalid_target"},
		"one of them unknown": {[]string{apiOne, "https://evil.test/"}, "error invalid_target"},
		"a prefix of one":     {[]string{apiOne + "more"}, "error invalid_target"},
		"no URI":              {[]string{"api"}, "error invalid_target"},
		"with a fragment":     {[]string{apiOne + "#a"}, "error invalid_target"},
	} {
		t.Run(name, func(t *testing.T) {
			q := request(web)
			q["resource"] = c.given
			if d := k.ask(q, ann); decision(d) != c.answer {
				t.Errorf("answered %s, want %s", decision(d), c.answer)
			}
		})
	}
}

func TestResourcesAreNarrowed(t *testing.T) {
	k := start(t)
	k.rich(web)
	pool, client := identity.Pool{}, identity.Client{ClientOAuth: identity.ClientOAuth{Resources: []string{apiOne, apiTwo}}}
	for name, c := range map[string]struct {
		granted, asked, want string
		code                 string
	}{
		"none asked is all granted":             {apiOne + " " + apiTwo, "", apiOne + " " + apiTwo, ""},
		"part of what was granted":              {apiOne + " " + apiTwo, apiTwo, apiTwo, ""},
		"more than was granted":                 {apiOne, apiTwo, "", InvalidTarget},
		"none granted, one the client may name": {"", apiOne, apiOne, ""},
		"one that the client has lost":          {apiOne + " https://lost.test/", "", apiOne, ""},
		"nothing that the client still has":     {"https://lost.test/", "", "", InvalidTarget},
		"none granted, an unknown one":          {"", "https://evil.test/", "", InvalidTarget},
	} {
		t.Run(name, func(t *testing.T) {
			got, e := narrowResources(&pool, &client, strings.Fields(c.granted), strings.Fields(c.asked))
			if e != nil && e.Code != c.code || e == nil && (c.code != "" || strings.Join(got, " ") != c.want) {
				t.Errorf("answered %v, %v", got, e)
			}
		})
	}
	t.Run("at the token endpoint", func(t *testing.T) {
		q := request(web)
		q["resource"] = []string{apiOne}
		_, err := k.token(web, "grant_type", "authorization_code", "code", k.code(k.signIn("ann@example.test"), q), "redirect_uri", callback,
			"code_verifier", verifier, "resource", apiTwo)
		refused(t, err, InvalidTarget)
	})
}

func TestRichRequests(t *testing.T) {
	k := start(t)
	k.rich(web)
	ann := k.signIn("ann@example.test")
	tokens, again := k.tokens(web, "authorization_details", "["+pay+", "+see+"]"), k.tokens(web, "authorization_details", "["+pay+", "+see+"]")
	t.Run("stand in the answer, the token and its introspection", func(t *testing.T) {
		want := "[" + pay + "," + see + "]"
		if got := jsonOf(t, tokens.Details); got != want {
			t.Errorf("answer %s", got)
		}
		if got := fmt.Sprint(claimsOf(t, tokens.AccessToken)["authorization_details"]); !strings.Contains(got, "amount:12.00") {
			t.Errorf("token %s", got)
		}
		for _, token := range []string{tokens.AccessToken, tokens.RefreshToken} {
			answer, err := k.Introspect(t.Context(), testPool, url.Values{"token": {token}}, as(web))
			k.must(err)
			if got := jsonOf(t, answer.Details); got != want {
				t.Errorf("introspection %s", got)
			}
		}
	})
	t.Run("a refresh may name part of them", func(t *testing.T) {
		got, err := k.token(web, "grant_type", "refresh_token", "refresh_token", tokens.RefreshToken, "authorization_details", `[{"amount":"12.00", "type":"pay"}]`)
		k.must(err)
		if text := jsonOf(t, got.Details); !strings.Contains(text, "pay") || strings.Contains(text, "see") {
			t.Errorf("gave %s", text)
		}
		_, err = k.token(web, "grant_type", "refresh_token", "refresh_token", got.RefreshToken, "authorization_details", `[{"type":"pay","amount":"99.00"}]`)
		refused(t, err, InvalidAuthorizationDetails)
	})
	t.Run("a type that the client has lost is left out", func(t *testing.T) {
		k.change(web, func(c *identity.Client) { c.AuthorizationDetailsTypes = []string{"see"} })
		defer k.rich(web)
		fresh, err := k.token(web, "grant_type", "refresh_token", "refresh_token", again.RefreshToken)
		k.must(err)
		if got := jsonOf(t, fresh.Details); got != "["+see+"]" {
			t.Errorf("gave %s", got)
		}
	})
	for name, text := range map[string]string{
		"no JSON": "pay", "no array": pay, "an empty array": "[]", "no objects": `["pay"]`, "null": "[null]", "no type": `[{"amount":1}]`,
		"a type as number": `[{"type":1}]`, "a type of no client": `[{"type":"sell"}]`, "actions as text": `[{"type":"see","actions":"read"}]`,
		"an identifier as number": `[{"type":"see","identifier":7}]`, "a member twice": `[{"type":"see","type":"pay"}]`,
		"too many": "[" + strings.Repeat(see+",", 20) + see + "]", "too long": `[{"type":"` + strings.Repeat("a", 9000) + `"}]`, "a NUL": `[{"type":"see","a":"\u0000"}]`,
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			if d := k.ask(request(web, "authorization_details", text), AuthorizeState{Auth: ann}); decision(d) != "error invalid_authorization_details" {
				t.Errorf("answered %s", decision(d))
			}
		})
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestTheClaimsParameter(t *testing.T) {
	k := start(t)
	q, err := k.CheckRequest(t.Context(), testPool, request(web, "claims",
		`{"userinfo":{"name":{"essential":true},"email":null,"odd":{"new":1}},"id_token":{"acr":{"values":["1","2"]},"auth_time":{"essential":true}},"other":1}`), time.Time{})
	k.must(err)
	c := q.Claims
	if !c.UserInfo["name"].Essential || c.UserInfo["email"].Essential || len(c.UserInfo) != 3 || !c.IDToken["auth_time"].Essential || len(q.ACRValues) != 2 {
		t.Errorf("read %+v", q)
	}
	for name, text := range map[string]string{
		"no JSON": "name", "null": "null", "an array": "[]", "a text for a claim": `{"userinfo":{"name":"x"}}`, "a text for the claims": `{"id_token":"x"}`,
		"essential as text": `{"id_token":{"acr":{"essential":"true"}}}`, "values as text": `{"id_token":{"acr":{"values":"1"}}}`,
		"a claim twice": `{"id_token":{"acr":null,"acr":null}}`, "too long": `{"userinfo":{"` + strings.Repeat("a", 9000) + `":null}}`,
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			if d := k.ask(request(web, "claims", text), AuthorizeState{}); decision(d) != "error invalid_request" {
				t.Errorf("answered %s", decision(d))
			}
		})
	}
	t.Run("a sub means one person", func(t *testing.T) {
		ann := k.signIn("ann@example.test")
		asks := func(sub string) []string {
			return []string{"claims", `{"id_token":{"sub":{"value":"` + sub + `"}}}`, "prompt", "none"}
		}
		if d := k.ask(request(web, asks(string(ann.User()))...), AuthorizeState{Auth: ann}); decision(d) != "code" {
			t.Errorf("answered %s", decision(d))
		}
		if d := k.ask(request(web, asks("somebody-else")...), AuthorizeState{Auth: ann}); decision(d) != "error login_required" {
			t.Errorf("answered %s", decision(d))
		}
	})
}
