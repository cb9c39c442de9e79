package identity

import (
	"context"
	"testing"

	"poolhouse.dev/identity/message"
)

func TestAUserOfTheFileWithoutAPasswordIsInvitedOnce(t *testing.T) {
	k := newKit(t)
	in := ImportUser{Pool: testPool, Username: "bob@example.test"}
	u, _, err := k.admin().ImportUser(context.Background(), in)
	k.ok(err)
	if u.Status != ForceChangePassword || u.Attributes["email_verified"] != "true" {
		t.Errorf("made %+v", u)
	}
	_, _, err = k.admin().ImportUser(context.Background(), in)
	k.ok(err)
	mails := k.mails("bob@example.test")
	if len(mails) != 1 || mails[0].Kind != message.AdminCreateUser {
		t.Fatalf("%d mails: %+v", len(mails), mails)
	}
	step, err := k.try("bob@example.test", mails[0].secrets["password"], k.origin(1))
	if err != nil || step.Challenge == nil {
		t.Errorf("the mailed password answers %+v, %v", step, err)
	}
}

func TestAUserOfTheFileIsHeldAgainstThePool(t *testing.T) {
	byName := &Pool{ID: testPool, Name: "Test", Schema: []Attribute{{Name: "custom:tier", StringRule: &StringConstraints{MaxLength: count(5)}}, {Name: "name", Required: true}}}
	byAddress := &Pool{ID: testPool, Name: "Test", UsernameAttributes: []string{"email"}}
	named := map[string]string{"name": "Ann"}
	for field, c := range map[string]struct {
		pool *Pool
		in   ImportUser
		code Code
	}{
		"username":                    {byAddress, ImportUser{Username: "ann", Password: goodWord}, InvalidUsername},
		"user_attributes.email":       {byAddress, ImportUser{Username: "ann@example.test", Password: goodWord, Attributes: map[string]string{"email": "b@example.test"}}, InvalidParameter},
		"password":                    {byAddress, ImportUser{Username: "ann@example.test", Password: "short"}, PasswordRefused},
		"user_attributes.custom:tier": {byName, ImportUser{Username: "ann", Password: goodWord, Attributes: map[string]string{"custom:tier": "platinum", "name": "Ann"}}, AttributeRefused},
		"password_hash":               {byAddress, ImportUser{Username: "ann@example.test", PasswordHash: "$1$abcdefgh$abcdefghijklmnopqrstuv"}, InvalidParameter},
		"user_attributes.name":        {byName, ImportUser{Username: "ann", Password: goodWord}, AttributeRequired},
	} {
		_, err := ValidateUser(c.pool, c.in, nil)
		if failed, ok := err.(*Error); !ok || failed.Field != field || failed.Code != c.code {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := ValidateUser(byName, ImportUser{Username: "ann", Attributes: named}, nil); err == nil {
		t.Error("a user whom no invitation can reach may stand without a password")
	}
	u, err := ValidateUser(byName, ImportUser{Username: "Ann", Password: goodWord, Attributes: named}, nil)
	if err != nil || len(u.Names) != 2 || u.Names[1] != "ann" {
		t.Errorf("found by %v, %v", u.Names, err)
	}
}

func TestTheImportHoldsThePasswordAgainstThePolicy(t *testing.T) {
	k := newKit(t)
	_, _, err := k.admin().ImportUser(context.Background(), ImportUser{Pool: testPool, Username: "ann@example.test", Password: "short"})
	k.refused(err, PasswordRefused)
}
