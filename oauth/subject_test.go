package oauth

import (
	"strings"
	"testing"

	"poolhouse.dev/identity"
)

func TestPairwiseSubjectsBelongToASector(t *testing.T) {
	k := start(t)
	of := func(pool identity.PoolID, user identity.UserID, kind, sector string, callbacks ...string) string {
		c := identity.Client{PoolID: pool, ID: "x", CallbackURLs: callbacks}
		c.SubjectType, c.SectorIdentifier = kind, sector
		return k.subjectOf(&c, user)
	}
	client := func(kind, sector string, callbacks ...string) string {
		return of(testPool, "ann", kind, sector, callbacks...)
	}
	one := client("pairwise", "", "https://a.test/one")
	if client("", "", "https://a.test/one") != "ann" || client("public", "https://a.test/s") != "ann" {
		t.Error("a public subject is not the person's id")
	}
	for name, same := range map[string]string{
		"another address of the host":   client("pairwise", "", "https://a.test/two"),
		"another port of the host":      client("pairwise", "", "https://a.test:8443/one"),
		"the host in capitals":          client("pairwise", "", "https://A.TEST/one"),
		"the host as sector identifier": client("pairwise", "https://a.test:8443/sector.json", "https://b.test/"),
	} {
		if same != one {
			t.Errorf("%s: %s, and not %s", name, same, one)
		}
	}
	for _, anybodys := range []string{"http://127.0.0.1/cb", "http://[::1]:9000/cb", "http://app.localhost/cb", "com.example.app:/cb", "com.example.app://callback/"} {
		mine, yours := identity.Client{ID: "mine", CallbackURLs: []string{anybodys}}, identity.Client{ID: "yours", CallbackURLs: []string{anybodys}}
		if sectorOf(&mine) == sectorOf(&yours) {
			t.Errorf("two apps on people's machines are one sector: %s", anybodys)
		}
	}
	for name, other := range map[string]string{
		"another host":          client("pairwise", "", "https://b.test/one"),
		"no host":               client("pairwise", "", "com.example.app:/done"),
		"the host of nobody":    client("pairwise", "", "http://127.0.0.1/cb"),
		"another person's pool": of(otherPool, "ann", "pairwise", "", "https://a.test/one"),
		"another person":        of(testPool, "bob", "pairwise", "", "https://a.test/one"),
	} {
		if other == one || len(other) != 43 {
			t.Errorf("%s: %s", name, other)
		}
	}
}

// Two pairwise apps of one browser compare what their tokens say of the session.
func TestAttackSessionsToldOfBySectors(t *testing.T) {
	k := start(t)
	hosts := map[identity.ClientID]string{web: "https://one.example.test/cb", web2: "https://two.example.test/cb"}
	for id, at := range hosts {
		k.change(id, func(c *identity.Client) {
			c.SubjectType, c.CallbackURLs = pairwise, []string{at}
			c.BackchannelLogoutURI, c.FrontchannelLogoutURI = farewell, "https://"+string(id)+".example.test/out"
		})
	}
	auth, cookie := k.browser("ann@example.test")
	seen := map[any]bool{auth.Session(): true}
	sids := map[string]any{}
	for id, at := range hosts {
		got, err := k.token(id, "grant_type", "authorization_code", "code", k.code(auth, request(id, "redirect_uri", at)), "redirect_uri", at, "code_verifier", verifier)
		k.must(err)
		says, access := claimsOf(t, got.IDToken), claimsOf(t, got.AccessToken)
		sid := says["sid"]
		if seen[sid] || sid == "" || says["event_id"] != sid || access["event_id"] != sid {
			t.Errorf("%s: sid %v, event_id %v and %v", id, sid, says["event_id"], access["event_id"])
		}
		seen[sid], sids[string(id)] = true, sid
		frames, err := k.Frames(t.Context(), testPool, auth.Session(), []identity.ClientID{id})
		if err != nil || !strings.HasSuffix(frames[0].URL, "sid="+sid.(string)) {
			t.Errorf("%s: loads %+v, %v", id, frames, err)
		}
		d := k.leave("id_token_hint", got.IDToken)
		if _, session := k.KnownAs(&d.Client, auth); d.Confirm || d.Session != session {
			t.Errorf("%s: signing out by its ID token: %+v", id, d)
		}
	}
	k.must((&identity.Sessions{Core: k.Identity}).End(t.Context(), testPool, cookie))
	calls := k.waiting()
	for _, m := range calls {
		if m.Data["sid"] != sids[m.Client] {
			t.Errorf("%s is told of %s", m.Client, m.Data["sid"])
		}
	}
	if len(calls) != 2 {
		t.Errorf("%d are told", len(calls))
	}
}
