package facebook

import (
	"net/http"
	"testing"

	"poolhouse.dev/federation"
	"poolhouse.dev/federation/federationtest"
)

// https://developers.facebook.com/docs/facebook-login/guides/advanced/re-authentication
// and https://developers.facebook.com/docs/graph-api/reference/debug_token
func TestFacebookSaysThatThePasswordWasAskedForAgain(t *testing.T) {
	type object = map[string]any
	for name, row := range map[string]struct {
		change func(data, metadata object)
		want   federation.Code
	}{
		"right":          {func(_, _ object) {}, ""},
		"another nonce":  {func(_, m object) { m["auth_nonce"] = "x" }, federation.Stale},
		"no nonce":       {func(_, m object) { delete(m, "auth_nonce") }, federation.Stale},
		"a mere login":   {func(_, m object) { m["auth_type"] = "https" }, federation.Stale},
		"no metadata":    {func(d, _ object) { delete(d, "metadata") }, federation.Stale},
		"another app":    {func(d, _ object) { d["app_id"] = "other" }, federation.Stale},
		"no longer good": {func(d, _ object) { d["is_valid"] = false }, federation.Stale},
	} {
		t.Run(name, func(t *testing.T) {
			u := federationtest.Start(t)
			p := open(t, u, nil, ann())
			trip, err := p.Begin(t.Context(), federation.Start{State: federationtest.State, SelectAccount: true, Fresh: true})
			q := federationtest.Query(t, trip.URL)
			if err != nil || q.Get("auth_type") != "reauthenticate" || len(q.Get("auth_nonce")) < 20 || q.Has("prompt") || q.Has("max_age") {
				t.Fatal(q, err)
			}
			u.Handle("/debug_token", func(w http.ResponseWriter, _ *http.Request) {
				metadata := object{"auth_type": "reauthenticate", "auth_nonce": q.Get("auth_nonce")}
				data := object{"app_id": federationtest.Client, "is_valid": true, "user_id": "10158424240206639", "metadata": metadata}
				row.change(data, metadata)
				federationtest.JSON(w, 200, object{"data": data})
			})
			answer, err := federationtest.Finish(t, p, trip, u.Approve(trip.URL, nil))
			if code, _ := federation.CodeOf(err); code != row.want || (answer.Subject == "") != (row.want != "") {
				t.Errorf("%+v %v", answer, err)
			}
			sent := u.Requests("/debug_token")
			if len(sent) != 1 || sent[0].Query.Get("input_token") != "access-4711" || sent[0].Header.Get("Authorization") != "Bearer "+federationtest.Client+"|"+federationtest.Secret {
				t.Errorf("%+v", sent)
			}
		})
	}
}

func TestWithoutTheWishNoTokenIsDebugged(t *testing.T) {
	u := federationtest.Start(t)
	if _, err := u.SignIn(open(t, u, nil, ann()), nil); err != nil || len(u.Requests("/debug_token")) != 0 {
		t.Error(err)
	}
}

func TestTheAddressToDebugAt(t *testing.T) {
	for me, want := range map[string]string{
		"https://graph.facebook.com/v23.0/me":         "https://graph.facebook.com/v23.0/debug_token",
		"https://graph.facebook.com/v17.0/me?fields=": "https://graph.facebook.com/v17.0/debug_token",
	} {
		if got := debugURL(me); got != want {
			t.Errorf("%s: %s", me, got)
		}
	}
}
