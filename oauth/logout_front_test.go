package oauth

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"poolhouse.dev/identity"
)

func TestFrontChannelPagesOfASession(t *testing.T) {
	k := start(t)
	ctx := context.Background()
	for _, id := range []identity.ClientID{web, spa} {
		k.change(id, func(c *identity.Client) {
			c.FrontchannelLogoutURI = "https://" + string(id) + ".example.test/out?tab=1"
		})
	}
	auth := k.signIn("ann@example.test")
	_, idClaims := k.visits(auth, web)
	k.visits(auth, web)
	k.visits(auth, web2)                                      // has no page
	k.visits(k.signIn("ann@example.test"), spa)               // in another session
	k.visits(auth, spa, "scope", "api/read")                  // has no ID token
	ids, err := k.FrontChannel(ctx, testPool, auth.Session()) // asked before the session ends
	k.must(err)
	if !slices.Equal(ids, []identity.ClientID{web}) {
		t.Fatalf("clients %v", ids)
	}
	frames, err := k.Frames(ctx, testPool, auth.Session(), append(ids, "gone", web2))
	k.must(err)
	if len(frames) != 1 || frames[0].Name != "web" {
		t.Fatalf("frames %+v", frames)
	}
	at, err := url.Parse(frames[0].URL)
	k.must(err)
	if q := at.Query(); !strings.HasPrefix(frames[0].URL, "https://web.example.test/out?tab=1&") || q.Get("iss") != idClaims["iss"] || q.Get("sid") != idClaims["sid"] || q.Get("tab") != "1" {
		t.Errorf("loads %s", frames[0].URL)
	}
	k.must((&identity.Sessions{Core: k.Identity}).Revoke(ctx, testPool, auth.User(), auth.Session()))
	if ids, err = k.FrontChannel(ctx, testPool, auth.Session()); err != nil || len(ids) != 0 {
		t.Errorf("a session that is over has %v, %v", ids, err)
	}
}

func TestAShortHintIsWorthItsIDToken(t *testing.T) {
	k := start(t)
	ctx := context.Background()
	hint := k.tokens(web).IDToken
	short, err := k.ShortHint(ctx, testPool, hint)
	k.must(err)
	if len(short) > 200 || strings.Contains(short, hint[20:60]) {
		t.Errorf("%d bytes: %s", len(short), short)
	}
	if d := k.leave("id_token_hint", short, "post_logout_redirect_uri", home); outcome(d) != "go "+home || d.Session != claimsOf(t, hint)["sid"] {
		t.Errorf("answered %+v", d)
	}
	refusal := k.ask(request(web, "id_token_hint", short, "prompt", "none"), AuthorizeState{Auth: k.signIn("ann@example.test")})
	if decision(refusal) != "error login_required" {
		t.Errorf("at the authorization endpoint it gives %s", decision(refusal))
	}
	foreign, err := k.ShortHint(ctx, otherPool, hint)
	k.must(err)
	body, _, _ := strings.Cut(strings.TrimPrefix(short, hintPrefix), ".")
	for name, bad := range map[string]string{
		"of another pool": foreign, "made up": hintPrefix + body + ".x", "cut": short[:len(short)-1], "unsigned": hintPrefix + body, "none": noHint,
	} {
		if d := k.leave("id_token_hint", bad, "post_logout_redirect_uri", home); outcome(d) != "confirm " {
			t.Errorf("%s: answered %q", name, outcome(d))
		}
	}
	k.wait(hintLife)
	if d := k.leave("id_token_hint", short); !d.Confirm {
		t.Error("it is good for ever")
	}
}

func TestLogoutRequestsAtTheEdge(t *testing.T) {
	k := start(t)
	hint := k.tokens(web).IDToken
	long := strings.Repeat("s", maxState)
	for name, c := range map[string]struct {
		pairs []string
		want  string
	}{
		"the longest state":            {[]string{"id_token_hint", hint, "post_logout_redirect_uri", home, "state", long}, "go " + home + "?state=" + long},
		"a longer state":               {[]string{"id_token_hint", hint, "post_logout_redirect_uri", home, "state", long + "s"}, "page"},
		"a huge logout_hint":           {[]string{"id_token_hint", hint, "logout_hint", strings.Repeat("h", maxHint+1)}, "page"},
		"huge ui_locales":              {[]string{"id_token_hint", hint, "ui_locales", strings.Repeat("h", maxHint+1)}, "page"},
		"an encrypted hint":            {[]string{"id_token_hint", "a.b.c.d.e", "client_id", "web", "post_logout_redirect_uri", home}, "confirm " + home},
		"an encrypted hint, no client": {[]string{"id_token_hint", "a.b.c.d.e", "post_logout_redirect_uri", home}, "confirm "},
		"an address without a hint":    {[]string{"client_id", "web", "post_logout_redirect_uri", home, "state", "x"}, "confirm " + home + "?state=x"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := outcome(k.leave(c.pairs...)); got != c.want {
				t.Errorf("answered %q, want %q", got, c.want)
			}
		})
	}
	t.Run("hint and languages are handed on", func(t *testing.T) {
		if d := k.leave("id_token_hint", hint, "logout_hint", "ann@example.test", "ui_locales", "de en"); d.Hint != "ann@example.test" || d.Locales != "de en" {
			t.Errorf("answered %+v", d)
		}
	})
	t.Run("the hint of a client that is gone", func(t *testing.T) {
		k.must(k.settings().DeleteClient(context.Background(), testPool, web))
		if d := k.leave("id_token_hint", hint, "post_logout_redirect_uri", home); outcome(d) != "confirm " || d.Client.ID != "" {
			t.Errorf("answered %+v", d)
		}
	})
}
