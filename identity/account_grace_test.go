package identity

import (
	"context"
	"strconv"
	"testing"
	"time"

	"poolhouse.dev/identity/message"
)

func graceful(p *Pool) { p.AccountDeletion.GraceDays = 14 }

const grace = 14 * 24 * time.Hour

// left is somebody who deleted their account.
func (k *kit) left(email string) User {
	k.Helper()
	u := k.user(email, Confirmed)
	k.ok(k.accounts().Delete(context.Background(), k.in(email, Origin{}).Auth, goodWord, Origin{}))
	return u
}

func (k *kit) sweep() {
	k.Helper()
	_, err := k.core.Sweep(context.Background())
	k.ok(err)
}

func TestADeletedAccountWaitsForItsPerson(t *testing.T) {
	k, ctx := newKit(t, graceful), context.Background()
	k.user("ann@example.test", Confirmed)
	in := k.in("ann@example.test", Origin{})
	k.ok(k.accounts().Delete(ctx, in.Auth, goodWord, Origin{}))
	_, err := (&Sessions{k.core}).Resume(ctx, testPool, in.Cookie)
	k.refused(err, SessionEnded)
	mail := k.last("ann@example.test", message.DeletionPlanned)
	u := k.find("ann@example.test")
	if want := u.DeleteAt.Format(time.RFC3339); mail.Data["on"] != want || mail.Data["days"] != "14" {
		t.Errorf("the mail says %v, the account %s", mail.Data, want)
	}
	k.wait(grace - time.Hour)
	k.sweep()
	back := k.in("ann@example.test", Origin{})
	k.ok(k.accounts().Keep(ctx, back.Auth, Origin{}))
	k.refused(k.accounts().Keep(ctx, back.Auth, Origin{}), InvalidState)
	k.wait(2 * grace)
	k.sweep()
	if u := k.find("ann@example.test"); !u.DeleteAt.IsZero() {
		t.Errorf("it still goes at %s", u.DeleteAt)
	}
	k.audited("plan_deletion", "ok")
	k.audited("keep_account", "ok")
}

func TestAnAccountGoesWhenItsTimeHasCome(t *testing.T) {
	k := newKit(t, graceful)
	k.left("ann@example.test")
	k.user("bob@example.test", Confirmed)
	k.wait(grace + time.Minute)
	k.sweep()
	k.missing("ann@example.test")
	k.find("bob@example.test")
	k.last("ann@example.test", message.UserDeleted)
	k.audited("delete_user", "ok")
	k.user("ann@example.test", Confirmed) // the name is free
}

func TestManyAccountsGoInOneSweep(t *testing.T) {
	k := newKit(t, graceful)
	for i := range leavingPage + 2 {
		u := k.user("p"+strconv.Itoa(i)+"@example.test", Confirmed)
		k.change(u, func(u *User) { u.DeleteAt = k.clock().Add(-time.Duration(i) * time.Second) })
	}
	late := k.user("late@example.test", Confirmed)
	k.change(late, func(u *User) { u.DeleteAt = k.clock().Add(time.Hour) })
	k.sweep()
	for i := range leavingPage + 2 {
		k.missing("p" + strconv.Itoa(i) + "@example.test")
	}
	k.find("late@example.test")
}

func TestWithoutAGracePeriodAnAccountGoesAtOnce(t *testing.T) {
	k := newKit(t)
	k.left("ann@example.test")
	k.missing("ann@example.test")
}
