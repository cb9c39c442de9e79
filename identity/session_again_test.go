package identity

import (
	"context"
	"testing"
	"time"

	"poolhouse.dev/storage"
)

func TestASignInContinuesTheSessionOfItsPersonAlone(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		before func(k *kit) string // the cookie that the browser had
		same   bool
	}{
		"the same person": {func(k *kit) string { return k.in("ann@example.test", Origin{}).Cookie }, true},
		"the same person, idle for long": {func(k *kit) string {
			cookie := k.in("ann@example.test", Origin{}).Cookie
			k.wait(defaultIdle)
			return cookie
		}, true},
		"the same person, a day ago": {func(k *kit) string {
			cookie := k.in("ann@example.test", Origin{}).Cookie
			k.wait(defaultAbsolute)
			return cookie
		}, false},
		"another person":       {func(k *kit) string { return k.in("bob@example.test", Origin{}).Cookie }, false},
		"nobody":               {func(*kit) string { return "" }, false},
		"a cookie of no one's": {func(*kit) string { return "made-up" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			k := newStillKit(t)
			k.user("ann@example.test", Confirmed)
			k.user("bob@example.test", Confirmed)
			ended := 0
			k.core.SessionEnded = func(storage.Writer, PoolID, string) error { ended++; return nil }
			before := c.before(k)
			old, _ := k.sessions().Resume(ctx, testPool, before)
			k.wait(time.Second)
			now := k.in("ann@example.test", Origin{})
			auth, same, err := k.sessions().Continue(ctx, testPool, before, now.Cookie)
			k.ok(err)
			if same != c.same || ended != 0 {
				t.Fatalf("same %v, %d ended", same, ended)
			}
			resumed, err := k.sessions().Resume(ctx, testPool, now.Cookie)
			k.ok(err)
			if !same {
				if resumed.Session() != now.Auth.Session() {
					t.Error("the new session has another id")
				}
				return
			}
			if old.Valid() && auth.Session() != old.Session() || resumed.Session() != auth.Session() || !auth.At().Equal(now.Auth.At()) || auth.Session() == now.Auth.Session() {
				t.Errorf("continued as %+v, was %+v", auth, old)
			}
			k.resumes(before, false)
			list, err := k.sessions().List(ctx, testPool, auth.User())
			k.ok(err)
			if len(list) != 1 {
				t.Errorf("%d sessions", len(list))
			}
		})
	}
}

func TestASessionIsNotContinuedAcrossAnEpoch(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	before := k.in("ann@example.test", Origin{}).Cookie
	k.change(k.find("ann@example.test"), func(u *User) { u.Epoch++ })
	now := k.in("ann@example.test", Origin{})
	if _, same, err := k.sessions().Continue(context.Background(), testPool, before, now.Cookie); same || err != nil {
		t.Errorf("%v, %v", same, err)
	}
	if _, same, err := k.sessions().Continue(context.Background(), testPool, now.Cookie, now.Cookie); same || err != nil {
		t.Errorf("with itself: %v, %v", same, err)
	}
	if _, same, err := k.sessions().Continue(context.Background(), "another_pool", now.Cookie, now.Cookie); same || err != nil {
		t.Errorf("in another pool: %v, %v", same, err)
	}
}
