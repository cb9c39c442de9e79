package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/trigger"
)

func (k *kit) byAPI(client identity.ClientID) TokenResponse {
	k.Helper()
	got, err := k.SignedIn(context.Background(), SignedIn{Auth: k.signInTo(client, "ann@example.test"), Cause: identity.TokensOfSignIn})
	k.must(err)
	return got
}

func TestSignedInByTheAPI(t *testing.T) {
	k := start(t)
	got := k.byAPI(spa)
	access, id := claimsOf(t, got.AccessToken), claimsOf(t, got.IDToken)
	if access["scope"] != scopeSelf || access["token_use"] != "access" || access["client_id"] != "spa" || got.RefreshToken == "" || got.ExpiresIn != 3600 {
		t.Errorf("answered %+v with %v", got, access)
	}
	if id["email"] != "ann@example.test" || id["aud"] != "spa" || id["origin_jti"] != access["origin_jti"] {
		t.Errorf("ID token %v", id)
	}
	if _, err := k.UserInfo(t.Context(), testPool, Presented{Token: got.AccessToken}); err == nil {
		t.Error("an access token without openid opens userinfo")
	}
}

func TestSignedInRefreshes(t *testing.T) {
	k := start(t)
	first := k.byAPI(spa)
	k.wait(time.Minute)
	next, err := k.Refresh(t.Context(), testPool, spa, first.RefreshToken, identity.Origin{})
	k.must(err)
	if next.RefreshToken != "" || next.IDToken == "" || claimsOf(t, next.AccessToken)["scope"] != scopeSelf {
		t.Errorf("answered %+v", next)
	}
	if claimsOf(t, next.IDToken)["auth_time"] != claimsOf(t, first.IDToken)["auth_time"] {
		t.Error("a refresh is no sign-in")
	}
	_, err = k.Refresh(t.Context(), testPool, web, first.RefreshToken, identity.Origin{})
	refused(t, err, InvalidGrant)
	k.change(spa, func(c *identity.Client) { c.Rotation.Feature = "ENABLED" })
	rotated, err := k.Refresh(t.Context(), testPool, spa, first.RefreshToken, identity.Origin{})
	k.must(err)
	if rotated.RefreshToken == "" || rotated.RefreshToken == first.RefreshToken {
		t.Errorf("answered %+v", rotated)
	}
	k.wait(defaultGrace)
	_, err = k.Refresh(t.Context(), testPool, spa, first.RefreshToken, identity.Origin{})
	refused(t, err, InvalidGrant)
	_, err = k.Refresh(t.Context(), testPool, spa, rotated.RefreshToken, identity.Origin{})
	refused(t, err, InvalidGrant)
}

func TestSignedInForAClientWithBoundTokens(t *testing.T) {
	k := start(t)
	k.change(spa, func(c *identity.Client) { c.DPoPBound = true })
	_, err := k.SignedIn(t.Context(), SignedIn{Auth: k.signInTo(spa, "ann@example.test"), Cause: identity.TokensOfSignIn})
	refused(t, err, InvalidGrant)
}

// says is a pre token generation trigger that answers this response, and keeps
// what it was asked.
type says struct {
	response string
	asked    *[]trigger.Event
}

func (s says) Run(_ context.Context, call trigger.Call) (json.RawMessage, error) {
	*s.asked = append(*s.asked, call.Event)
	if s.response == "" {
		return nil, &trigger.Error{Kind: call.Kind, Outcome: trigger.Refused, Message: "not you"}
	}
	return json.RawMessage(s.response), nil
}

// trigger attaches one to the pool, in a version.
func (k *kit) trigger(version, response string) *[]trigger.Event {
	k.Helper()
	asked := new([]trigger.Event)
	k.Identity.Triggers = says{response, asked}
	pool, err := k.settings().Pool(context.Background(), testPool)
	k.must(err)
	pool.LambdaConfig = trigger.Config{PreTokenGenerationConfig: &trigger.Versioned{LambdaARN: "/triggers", LambdaVersion: version}}
	_, err = k.settings().PutPool(context.Background(), pool)
	k.must(err)
	return asked
}

const everything = `{"claimsAndScopeOverrideDetails":{
	"idTokenGeneration":{"claimsToAddOrOverride":{"tier":3,"sub":"mallory","email":"b@example.test"},"claimsToSuppress":["email_verified","aud"]},
	"accessTokenGeneration":{"claimsToAddOrOverride":{"tenant":{"id":7},"iss":"https://evil.example.test","exp":9999999999,"cnf":{"jkt":"x"}},
		"claimsToSuppress":["client_id"],"scopesToAdd":["things/all","openid","two words"],"scopesToSuppress":["email","openid"]},
	"groupOverrideDetails":{"groupsToOverride":["staff"],"iamRolesToOverride":["arn:a"],"preferredRole":"arn:a"}}}`

func TestPreTokenGenerationChangesBothTokens(t *testing.T) {
	k := start(t)
	asked := k.trigger("V2_0", everything)
	got := k.tokens(web)
	access, id := claimsOf(t, got.AccessToken), claimsOf(t, got.IDToken)
	if id["tier"] != 3.0 || id["email"] != "b@example.test" || id["email_verified"] != nil || !slices.Equal(id["cognito:groups"].([]any), []any{"staff"}) || id["cognito:preferred_role"] != "arn:a" {
		t.Errorf("ID token %v", id)
	}
	if access["tenant"].(map[string]any)["id"] != 7.0 || access["scope"] != "openid things/all" || !slices.Equal(access["cognito:groups"].([]any), []any{"staff"}) {
		t.Errorf("access token %v", access)
	}
	if len(*asked) != 1 || (*asked)[0].TriggerSource != identity.TokensOfPages || (*asked)[0].Version != "2" {
		t.Errorf("asked %+v", *asked)
	}
	if !k.good(got.AccessToken) {
		t.Error("the access token does not verify")
	}
}

// Zitadel's CVE-2024-29892: a hook that writes the claims which say whose a token is.
func TestAttackTriggerWritesFixedClaims(t *testing.T) {
	k := start(t)
	before := k.tokens(web)
	wantAccess, wantID := claimsOf(t, before.AccessToken), claimsOf(t, before.IDToken)
	evil := map[string]any{}
	for _, name := range fixedClaims {
		evil[name] = "evil"
	}
	text, err := json.Marshal(map[string]any{"claimsAndScopeOverrideDetails": map[string]any{
		"idTokenGeneration":     map[string]any{"claimsToAddOrOverride": evil, "claimsToSuppress": fixedClaims},
		"accessTokenGeneration": map[string]any{"claimsToAddOrOverride": evil, "claimsToSuppress": fixedClaims},
	}})
	k.must(err)
	k.trigger("V2_0", string(text))
	after := k.tokens(web)
	for kind, pair := range map[string][2]map[string]any{"access": {wantAccess, claimsOf(t, after.AccessToken)}, "ID": {wantID, claimsOf(t, after.IDToken)}} {
		if got := slices.Sorted(maps.Keys(pair[1])); !slices.Equal(got, slices.Sorted(maps.Keys(pair[0]))) {
			t.Errorf("%s token has the claims %v", kind, got)
		}
		for name, value := range pair[1] {
			if value == "evil" {
				t.Errorf("%s token: %s is the trigger's", kind, name)
			}
		}
	}
}

func TestPreTokenGenerationVersionOne(t *testing.T) {
	k := start(t)
	asked := k.trigger("V1_0", `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"tier":"gold"},"claimsToSuppress":["email"],"groupOverrideDetails":{}}}`)
	got := k.tokens(web)
	id := claimsOf(t, got.IDToken)
	if id["tier"] != "gold" || id["email"] != nil || claimsOf(t, got.AccessToken)["tier"] != nil {
		t.Errorf("ID token %v", id)
	}
	request, err := json.Marshal((*asked)[0].Request)
	k.must(err)
	var shown map[string]any
	k.must(json.Unmarshal(request, &shown))
	if shown["scopes"] != nil || shown["groupConfiguration"] == nil || shown["userAttributes"].(map[string]any)["email"] != "ann@example.test" {
		t.Errorf("version 1 is shown %v", shown)
	}
	k.trigger("V1_0", `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"tier":3}}}`)
	if _, err := k.refreshAs(web, got.RefreshToken); err == nil {
		t.Error("version 1 adds a number")
	}
}

func TestPreTokenGenerationByCause(t *testing.T) {
	k := start(t)
	asked := k.trigger("V2_0", `{}`)
	got := k.tokens(web)
	_, err := k.refreshAs(web, got.RefreshToken)
	k.must(err)
	k.byAPI(spa)
	_, err = k.machineWith()
	k.must(err)
	asked3 := k.trigger("V3_0", `{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"claimsToAddOrOverride":{"tenant":"t"}}}}`)
	machine, err := k.machineWith()
	k.must(err)
	if claimsOf(t, machine.AccessToken)["tenant"] != "t" {
		t.Error("version 3 does not reach client_credentials")
	}
	var causes []string
	for _, e := range append(*asked, *asked3...) {
		causes = append(causes, e.TriggerSource)
	}
	want := []string{identity.TokensOfPages, identity.TokensOfRefresh, identity.TokensOfSignIn, identity.TokensOfClient}
	if !slices.Equal(causes, want) {
		t.Errorf("asked for %v, want %v", causes, want)
	}
}

func TestPreTokenGenerationThatRefusesUsesNothingUp(t *testing.T) {
	k := start(t)
	first := k.tokens(web)
	k.trigger("V2_0", "")
	_, err := k.refreshAs(web, first.RefreshToken)
	refused(t, err, InvalidGrant)
	var said *Error
	if errors.As(err, &said); said.Description != "PreTokenGeneration failed with error not you." {
		t.Errorf("said %q", said.Description)
	}
	k.trigger("V2_0", `{}`)
	_, err = k.refreshAs(web, first.RefreshToken)
	k.must(err)
}

func TestPreTokenGenerationOfAnOpaqueToken(t *testing.T) {
	k := start(t)
	k.change(web, func(c *identity.Client) { c.AccessTokenFormat = formatOpaque })
	k.trigger("V2_0", everything)
	got := k.tokens(web)
	found, err := k.Verify(t.Context(), testPool, got.AccessToken)
	k.must(err)
	if found.claims.Added["tenant"] == nil || !found.Has("things/all") {
		t.Errorf("the token says %+v", found.claims)
	}
}

func TestPreTokenGenerationAtTheBrowser(t *testing.T) {
	k := start(t)
	asked := k.trigger("V2_0", everything)
	k.change(web, everyType)
	got := k.front(web, "response_type", "code id_token token")
	if claimsOf(t, got.Get("access_token"))["tenant"] == nil || claimsOf(t, got.Get("id_token"))["tier"] != 3.0 || len(*asked) != 1 {
		t.Errorf("answered %v after %d questions", got, len(*asked))
	}
}
