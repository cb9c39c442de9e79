package identity

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"poolhouse.dev/identity/message"
)

func (k *kit) invite(in NewUser) (User, string, error) {
	in.Pool = testPool
	return k.admin().CreateUser(context.Background(), in)
}

func TestAnInvitedUserChoosesAPassword(t *testing.T) {
	k := newKit(t)
	u, text, err := k.invite(NewUser{Username: "ann@example.test", Attributes: map[string]string{"email_verified": "true"}})
	k.ok(err)
	if u.Status != ForceChangePassword || u.Username != string(u.ID) {
		t.Errorf("%+v", u)
	}
	m := k.last("ann@example.test", message.AdminCreateUser)
	if m.secrets["password"] != text || m.Data["username"] != "ann@example.test" || m.Data["days"] != "7" {
		t.Errorf("%v %v", m.Data, m.secrets)
	}
	step, err := k.try("ann@example.test", text, Origin{})
	if err != nil || step.Challenge == nil || step.Challenge.Name != AskNewPassword {
		t.Fatalf("%+v, %v", step, err)
	}
	if step, err = k.respond(step, NewPasswordAnswer{Password: goodWord}, Origin{}); err != nil || step.Done == nil {
		t.Fatalf("%+v, %v", step, err)
	}
	k.signsIn("ann@example.test", text, false)
	k.audited("admin_create_user", "ok")
}

func TestAnInvitationThatRanOutIsSentAgain(t *testing.T) {
	k := newKit(t)
	_, old, err := k.invite(NewUser{Username: "ann@example.test"})
	k.ok(err)
	k.wait(8 * 24 * time.Hour)
	_, err = k.try("ann@example.test", old, Origin{})
	k.refused(err, PasswordExpired)
	_, fresh, err := k.invite(NewUser{Username: "ann@example.test", Resend: true})
	k.ok(err)
	step, err := k.try("ann@example.test", fresh, Origin{})
	if err != nil || step.Challenge == nil {
		t.Fatalf("%+v, %v", step, err)
	}
	if all := k.mails("ann@example.test"); len(all) != 2 {
		t.Errorf("%v", kinds(all))
	}
	_, _, err = k.invite(NewUser{Username: "nobody@example.test", Resend: true})
	k.refused(err, UserNotFound)
	k.user("bob@example.test", Confirmed)
	_, _, err = k.invite(NewUser{Username: "bob@example.test", Resend: true})
	k.refused(err, InvalidState)
}

func TestAnInvitedNameIsUnique(t *testing.T) {
	k := newKit(t, aliased)
	_, _, err := k.invite(NewUser{Username: "ann", Attributes: map[string]string{"email": "a@example.test", "email_verified": "true"}})
	k.ok(err)
	_, _, err = k.invite(NewUser{Username: "ANN"})
	k.refused(err, UsernameExists)
	second := NewUser{Username: "bob", Attributes: map[string]string{"email": "A@example.test", "email_verified": "true"}}
	_, _, err = k.invite(second)
	k.refused(err, AliasExists)
	k.missing("bob")
	second.ForceAlias = true
	_, _, err = k.invite(second)
	k.ok(err)
	if k.find("a@example.test").Username != "bob" || k.find("ann").Attributes["email_verified"] != "false" {
		t.Error("the alias did not move")
	}
}

func TestAPasswordInPlaceOfTheTemporaryOneIsNoNews(t *testing.T) {
	k := newKit(t)
	_, _, err := k.invite(NewUser{Pool: testPool, Username: "ann@example.test", Suppress: true})
	k.ok(err)
	k.ok(k.admin().SetPassword(context.Background(), testPool, "ann@example.test", goodWord, true))
	if mails := k.mails("ann@example.test"); len(mails) != 0 {
		t.Errorf("%d mails, the first %s", len(mails), mails[0].Kind)
	}
	k.signsIn("ann@example.test", goodWord, true)
}

func TestAnAdministratorSetsPasswords(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Unconfirmed)
	k.ok(k.admin().SetPassword(context.Background(), testPool, "ann@example.test", otherWord, true))
	was := func() *SignedIn {
		step, err := k.try("ann@example.test", otherWord, Origin{})
		if err != nil || step.Done == nil {
			t.Fatalf("%+v, %v", step, err)
		}
		return step.Done
	}()
	k.ok(k.admin().SetPassword(context.Background(), testPool, "ann@example.test", goodWord, false))
	_, _, err := k.accounts().Me(context.Background(), was.Auth)
	k.refused(err, SessionEnded)
	step, err := k.try("ann@example.test", goodWord, Origin{})
	if err != nil || step.Challenge == nil || step.Challenge.Name != AskNewPassword {
		t.Errorf("%+v, %v", step, err)
	}
	k.refused(k.admin().SetPassword(context.Background(), testPool, "ann@example.test", "short", true), PasswordRefused)
	k.last("ann@example.test", message.PasswordChanged)
}

func TestAnAdministratorsResetSendsACode(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	in := k.in("ann@example.test", Origin{})
	to, err := k.admin().ResetPassword(context.Background(), testPool, "ann@example.test", Told{})
	if err != nil || to.Destination != "a***@e***.test" {
		t.Fatalf("%+v, %v", to, err)
	}
	_, _, err = k.accounts().Me(context.Background(), in.Auth)
	k.refused(err, SessionEnded)
	_, err = k.try("ann@example.test", goodWord, Origin{})
	k.refused(err, PasswordResetNeeded)
	k.ok(k.reset("ann@example.test", k.last("ann@example.test", message.ForgotPassword).code(), otherWord))
	k.signsIn("ann@example.test", otherWord, true)
}

func TestADisabledUserIsOutUntilEnabled(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	in := k.in("ann@example.test", Origin{})
	k.ok(k.admin().Disable(context.Background(), testPool, "ann@example.test"))
	_, _, err := k.accounts().Me(context.Background(), in.Auth)
	k.refused(err, SessionEnded)
	k.signsIn("ann@example.test", goodWord, false)
	k.ok(k.admin().Enable(context.Background(), testPool, "ann@example.test"))
	_, _, err = k.accounts().Me(context.Background(), in.Auth)
	k.refused(err, SessionEnded) // what was ended stays ended
	k.signsIn("ann@example.test", goodWord, true)
}

func TestAnAdministratorSignsOutAndDeletes(t *testing.T) {
	k := newKit(t)
	k.user("ann@example.test", Confirmed)
	in := k.in("ann@example.test", Origin{})
	k.ok(k.admin().SignOut(context.Background(), testPool, "ann@example.test"))
	_, _, err := k.accounts().Me(context.Background(), in.Auth)
	k.refused(err, SessionEnded)
	k.ok(k.admin().Delete(context.Background(), testPool, "ann@example.test"))
	k.missing("ann@example.test")
	k.refused(k.admin().Delete(context.Background(), testPool, "ann@example.test"), UserNotFound)
	k.refused(k.admin().SignOut(context.Background(), "local_other", "ann"), PoolNotFound)
}

func TestAttributesWrittenByAnAdministratorHoldAtOnce(t *testing.T) {
	k := newKit(t)
	was := k.user("ann@example.test", Confirmed)
	auth := k.in("ann@example.test", Origin{}).Auth
	_, err := k.own(auth, map[string]string{"email": "pending@example.test"})
	k.ok(err)
	u, err := k.admin().UpdateAttributes(context.Background(), testPool, string(was.ID), map[string]string{"email": "new@example.test", "email_verified": "true"})
	k.ok(err)
	if u.Attributes["email_verified"] != "true" || len(u.Pending) > 0 {
		t.Errorf("%+v", u)
	}
	k.last("ann@example.test", message.AddressChanged)
	k.missing("ann@example.test")
	k.signsIn("new@example.test", goodWord, true)
	u, err = k.admin().UpdateAttributes(context.Background(), testPool, "new@example.test", map[string]string{"email": "third@example.test"})
	if err != nil || u.Attributes["email_verified"] != "false" {
		t.Errorf("%+v, %v", u, err)
	}
	_, err = k.admin().DeleteAttributes(context.Background(), testPool, "third@example.test", []string{"email"})
	k.refused(err, AttributeRequired)
}

func TestUsersAreListedInPages(t *testing.T) {
	k := newKit(t)
	for i := range 7 {
		k.user(fmt.Sprintf("u%d@example.test", i), Confirmed)
	}
	var seen []string
	page := Page{Limit: 3}
	for {
		list, next, err := k.admin().Users(context.Background(), testPool, page)
		k.ok(err)
		for _, u := range list {
			seen = append(seen, u.Attributes["email"])
		}
		if page.Cursor = next; next == nil {
			break
		}
	}
	if len(seen) != 7 || !slices.IsSorted(seen) {
		t.Errorf("%v", seen)
	}
	_, _, err := k.admin().Users(context.Background(), testPool, Page{Cursor: []byte("forged")})
	k.refused(err, InvalidParameter)
}

func TestGroupsHoldUsers(t *testing.T) {
	k := newKit(t)
	ctx, first, second := context.Background(), 1, 0
	for _, g := range []Group{{Name: "a", Precedence: &first}, {Name: "b", Precedence: &second}, {Name: "c"}} {
		g.PoolID = testPool
		_, err := k.admin().CreateGroup(ctx, g)
		k.ok(err)
		k.user(g.Name+"@example.test", Confirmed)
		k.ok(k.admin().AddToGroup(ctx, testPool, "a@example.test", g.Name))
	}
	_, err := k.admin().CreateGroup(ctx, Group{PoolID: testPool, Name: "a"})
	k.refused(err, AlreadyExists)
	for _, name := range []string{"", "with space", "\x00"} {
		_, err = k.admin().CreateGroup(ctx, Group{PoolID: testPool, Name: name})
		k.refused(err, InvalidParameter)
	}
	list, err := k.admin().GroupsOf(ctx, testPool, "a@example.test")
	if err != nil || len(list) != 3 || list[0].Name != "b" || list[2].Name != "c" {
		t.Errorf("%+v, %v", list, err)
	}
	k.ok(k.admin().AddToGroup(ctx, testPool, "b@example.test", "a"))
	k.ok(k.admin().RemoveFromGroup(ctx, testPool, "a@example.test", "a"))
	members, _, err := k.admin().UsersIn(ctx, testPool, "a", Page{})
	if err != nil || len(members) != 1 || members[0].Attributes["email"] != "b@example.test" {
		t.Errorf("%+v, %v", members, err)
	}
	k.refused(k.admin().AddToGroup(ctx, testPool, "a@example.test", "none"), GroupNotFound)
}

func TestAGroupMadeAnewHasNobodyInIt(t *testing.T) {
	k := newKit(t)
	ctx := context.Background()
	_, err := k.admin().CreateGroup(ctx, Group{PoolID: testPool, Name: "big"})
	k.ok(err)
	for i := range groupPage + 5 {
		name := fmt.Sprintf("u%d@example.test", i)
		k.user(name, Confirmed)
		k.ok(k.admin().AddToGroup(ctx, testPool, name, "big"))
	}
	k.ok(k.admin().DeleteGroup(ctx, testPool, "big"))
	_, err = k.admin().CreateGroup(ctx, Group{PoolID: testPool, Name: "big"})
	k.ok(err)
	members, _, err := k.admin().UsersIn(ctx, testPool, "big", Page{})
	if err != nil || len(members) != 0 {
		t.Errorf("%d members, %v", len(members), err)
	}
}

func TestUsersOfTheFileComeOnceAndKeepTheirPassword(t *testing.T) {
	k := newKit(t)
	ctx := context.Background()
	_, err := k.admin().CreateGroup(ctx, Group{PoolID: testPool, Name: "staff"})
	k.ok(err)
	in := ImportUser{
		Pool: testPool, Username: "ann@example.test", Password: otherWord, Groups: []string{"staff"},
		Attributes: map[string]string{"email": "ann@example.test", "email_verified": "true"},
	}
	_, created, err := k.admin().ImportUser(ctx, in)
	if err != nil || !created {
		t.Fatalf("%t, %v", created, err)
	}
	k.signsIn("ann@example.test", otherWord, true)
	k.ok(k.admin().SetPassword(ctx, testPool, "ann@example.test", goodWord, true))
	before := k.find("ann@example.test")
	if _, created, err = k.admin().ImportUser(ctx, in); err != nil || created {
		t.Fatalf("%t, %v", created, err)
	}
	if after := k.find("ann@example.test"); !after.ModifiedAt.Equal(before.ModifiedAt) {
		t.Error("an unchanged user was written")
	}
	k.signsIn("ann@example.test", goodWord, true)
	in.Attributes = map[string]string{"name": "Ann"}
	_, _, err = k.admin().ImportUser(ctx, in)
	k.ok(err)
	if u := k.find("ann@example.test"); u.Attributes["name"] != "Ann" || u.Attributes["email_verified"] != "true" {
		t.Errorf("%+v", u)
	}
	in.Groups = []string{"none"}
	_, _, err = k.admin().ImportUser(ctx, in)
	k.refused(err, GroupNotFound)
}
