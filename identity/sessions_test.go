package identity

import (
	"context"
	"testing"
	"time"

	"poolhouse.dev/storage"
)

func (k *kit) sessions() *Sessions { return &Sessions{k.core} }

func (k *kit) resumes(cookie string, want bool) {
	k.Helper()
	_, err := k.sessions().Resume(context.Background(), testPool, cookie)
	if want && err != nil {
		k.Fatalf("the session does not live: %v", err)
	}
	if !want {
		k.refused(err, SessionEnded)
	}
}

func TestASessionEndsWhenItIsIdle(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	cookie := k.in("ann@example.test", Origin{}).Cookie
	for range 5 {
		k.wait(defaultIdle - time.Minute)
		k.resumes(cookie, true)
	}
	k.wait(defaultIdle)
	k.resumes(cookie, false)
}

func TestASessionEndsHoweverBusyItIs(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	cookie := k.in("ann@example.test", Origin{}).Cookie
	for began := k.clock(); k.clock().Sub(began) < defaultAbsolute-time.Minute; k.wait(30 * time.Minute) {
		k.resumes(cookie, true)
	}
	k.resumes(cookie, false)
}

func TestASessionEndsWithItsPerson(t *testing.T) {
	for name, end := range map[string]func(*User){
		"disabled":              func(u *User) { u.Disabled = true },
		"signed out everywhere": func(u *User) { u.Epoch++ },
		"made to reset":         func(u *User) { u.Status = ResetRequired },
	} {
		t.Run(name, func(t *testing.T) {
			k := newStillKit(t)
			u := k.user("ann@example.test", Confirmed)
			cookie := k.in("ann@example.test", Origin{}).Cookie
			k.change(u, end)
			k.resumes(cookie, false)
		})
	}
}

func TestASessionIsUnknownInAnotherPool(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	cookie := k.in("ann@example.test", Origin{}).Cookie
	k.update(func(w storage.Writer) error { return pools.Put(w, Pool{ID: "other_pool", Name: "Other"}) })
	_, err := k.sessions().Resume(context.Background(), "other_pool", cookie)
	k.refused(err, SessionEnded)
	k.refused(k.sessions().End(context.Background(), "other_pool", cookie), SessionEnded)
	k.resumes(cookie, true)
}

func TestPeopleListAndRevokeOnlyTheirOwnSessions(t *testing.T) {
	k := newStillKit(t)
	ann, bob := k.user("ann@example.test", Confirmed), k.user("bob@example.test", Confirmed)
	first := k.in("ann@example.test", Origin{})
	k.wait(time.Second)
	second := k.in("ann@example.test", Origin{})
	list, err := k.sessions().List(context.Background(), testPool, ann.ID)
	if err != nil || len(list) != 2 || list[0].ID != second.Auth.Session() {
		t.Fatalf("List = %+v, %v", list, err)
	}
	k.refused(k.sessions().Revoke(context.Background(), testPool, bob.ID, first.Auth.Session()), SessionEnded)
	if err := k.sessions().Revoke(context.Background(), testPool, ann.ID, first.Auth.Session()); err != nil {
		t.Fatal(err)
	}
	k.resumes(first.Cookie, false)
	k.resumes(second.Cookie, true)
}

func TestWhatWasIssuedEndsInTheSameTransaction(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	done := k.in("ann@example.test", Origin{})
	var told string
	k.core.SessionEnded = func(_ storage.Writer, _ PoolID, id string) error { told = id; return nil }
	if err := k.sessions().End(context.Background(), testPool, done.Cookie); err != nil {
		t.Fatal(err)
	}
	if told != done.Auth.Session() {
		t.Errorf("told of %q, want %q", told, done.Auth.Session())
	}
	k.core.SessionEnded = func(storage.Writer, PoolID, string) error { return storage.ErrConflict }
	other := k.in("ann@example.test", Origin{})
	if err := k.sessions().End(context.Background(), testPool, other.Cookie); err == nil {
		t.Fatal("ended though its grants could not be")
	}
	k.resumes(other.Cookie, true)
}

func TestTheCookieItselfIsNotStored(t *testing.T) {
	k := newStillKit(t)
	k.user("ann@example.test", Confirmed)
	cookie := k.in("ann@example.test", Origin{}).Cookie
	err := k.core.Store.View(context.Background(), func(r storage.Reader) error {
		list, err := sessions.List(r, storage.Page{})
		for _, s := range list {
			if s.Key == cookie || s.ID == cookie {
				t.Error("the cookie stands in the store")
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
