package oauth

import (
	"context"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

func (k *kit) connections(email string) []Connected {
	k.Helper()
	u, err := k.admin().User(context.Background(), testPool, email)
	k.must(err)
	apps, err := k.Connections(context.Background(), testPool, u.ID)
	k.must(err)
	return apps
}

func TestAnAppIsListedOnceWithAllItMayDo(t *testing.T) {
	k := start(t)
	began := k.now
	k.tokens(web, "scope", "openid email")
	k.wait(time.Minute)
	k.tokens(web, "scope", "openid api/read")
	k.tokens(spa)
	k.wait(time.Minute)
	apps := k.connections("ann@example.test")
	if len(apps) != 2 || apps[0].Client == apps[1].Client {
		t.Fatalf("%+v", apps)
	}
	var app Connected
	for _, each := range apps {
		if each.Client == web {
			app = each
		}
	}
	if app.Name != "web" || !app.Since.Equal(began) || len(app.Scopes) != 3 {
		t.Errorf("%+v, want the scopes openid, email and api/read since %s", app, began)
	}
	for _, s := range app.Scopes {
		if s.Scope == "api/read" && (s.Server != "API" || s.Description != "Read things") {
			t.Errorf("api/read in words is %+v", s)
		}
	}
}

func TestTheLastUseOfAnAppMovesOn(t *testing.T) {
	for name, feature := range map[string]string{"with rotation": "ENABLED", "without": "DISABLED"} {
		t.Run(name, func(t *testing.T) {
			k := start(t)
			k.change(web, func(c *identity.Client) { c.Rotation.Feature = feature })
			got := k.tokens(web)
			k.wait(3 * time.Hour)
			answer, err := k.refreshAs(web, got.RefreshToken)
			k.must(err)
			if apps := k.connections("ann@example.test"); !apps[0].LastUsed.Equal(k.now) {
				t.Errorf("last used %s, want %s", apps[0].LastUsed, k.now)
			}
			if feature == "DISABLED" && answer.RefreshToken != "" {
				t.Error("a token that does not rotate was replaced")
			}
		})
	}
}

func TestADisconnectedAppGetsNoTokens(t *testing.T) {
	k := start(t)
	here, there := k.tokens(web), k.tokens(spa)
	u := k.connections("ann@example.test")
	if len(u) != 2 {
		t.Fatalf("%+v", u)
	}
	ann, err := k.admin().User(context.Background(), testPool, "ann@example.test")
	k.must(err)
	k.must(k.Disconnect(context.Background(), testPool, ann.ID, web, identity.Origin{}))
	_, err = k.refreshAs(web, here.RefreshToken)
	refused(t, err, InvalidGrant)
	if k.good(here.AccessToken) {
		t.Error("its access token still opens things")
	}
	if _, err := k.refreshAs(spa, there.RefreshToken); err != nil {
		t.Errorf("the other app: %v", err)
	}
	if left := k.connections("ann@example.test"); len(left) != 1 || left[0].Client != spa {
		t.Errorf("listed are %+v", left)
	}
	k.must(k.Disconnect(context.Background(), testPool, ann.ID, "no-such-client", identity.Origin{}))
}

func TestAttackDisconnectTheAppsOfSomebodyElse(t *testing.T) {
	k := start(t)
	k.user("mal@example.test")
	got := k.tokens(web)
	mal, err := k.admin().User(context.Background(), testPool, "mal@example.test")
	k.must(err)
	k.must(k.Disconnect(context.Background(), testPool, mal.ID, web, identity.Origin{}))
	if _, err := k.refreshAs(web, got.RefreshToken); err != nil {
		t.Errorf("Ann's app was disconnected: %v", err)
	}
	if apps := k.connections("mal@example.test"); len(apps) != 0 {
		t.Errorf("Mal sees %+v", apps)
	}
}

func TestAttackACodeOutlivesTheDisconnectionOfItsApp(t *testing.T) {
	k := start(t)
	auth := k.signIn("ann@example.test")
	code := k.code(auth, request(web))
	k.must(k.Disconnect(context.Background(), testPool, auth.User(), web, identity.Origin{}))
	if answer, err := k.redeemAs(web, code); err == nil {
		t.Errorf("got %+v", answer)
	}
	k.wait(time.Second)
	if _, err := k.redeemAs(web, k.code(auth, request(web))); err != nil {
		t.Errorf("an app that is connected anew: %v", err)
	}
}
