package cognito

import (
	"testing"
	"time"

	"poolhouse.dev/identity"
)

func TestAnAdministratorSeesWhenADeletedAccountGoes(t *testing.T) {
	s, ctx := start(t), t.Context()
	const ann, word = "ann@example.test", "plum-orchard-7-lantern"
	core := s.handler.Admin.Core
	_, err := s.handler.Settings.PutPool(ctx, identity.Pool{
		ID: pool, Name: "Acme", UsernameAttributes: []string{"email"}, AccountDeletion: identity.AccountDeletion{GraceDays: 7},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.user(ann)
	s.calls(Target+"AdminSetUserPassword", AdminSetUserPasswordRequest{UserPoolID: pool, Username: ann, Password: word, Permanent: true}, nil)
	signIn := &identity.SignIn{Core: core}
	step, err := signIn.Begin(ctx, identity.Start{Pool: pool, Channel: "here", Identifier: ann})
	if err == nil {
		step, err = signIn.Respond(ctx, identity.Reply{Attempt: step.Attempt, Channel: "here", Answer: identity.PasswordAnswer{Password: word}})
	}
	if err == nil {
		err = (&identity.Accounts{Core: core}).Delete(ctx, step.Done.Auth, word, identity.Origin{})
	}
	if err != nil {
		t.Fatal(err)
	}
	var got AdminGetUserResponse
	s.calls(Target+"AdminGetUser", OneUser{UserPoolID: pool, Username: ann}, &got)
	if want := core.Now().Add(7 * 24 * time.Hour); got.UserDeleteDate == nil || !time.Time(*got.UserDeleteDate).Equal(want) {
		t.Errorf("it goes at %v, want %s", got.UserDeleteDate, want)
	}
}
