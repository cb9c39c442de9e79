package identity

import (
	"testing"

	"poolhouse.dev/identity/otp"
)

// Somebody invited, where a second factor is demanded, goes from the temporary
// password to a session in one attempt.
func TestInvitedPersonSetsUpTheSecondFactorOnTheWay(t *testing.T) {
	k := newFactorKit(t, demanded)
	ann := k.person("ann@example.test")
	k.change(ann.User, func(u *User) { u.Status = ForceChangePassword })
	step, err := k.respond(k.start(ann.email, FactorPassword, testChannel, Origin{}), PasswordAnswer{goodWord}, Origin{})
	k.asks(step, err, AskNewPassword)
	step, err = k.respond(step, NewPasswordAnswer{Password: otherWord}, Origin{})
	k.asks(step, err, AskSetUp)
	step, err = k.choose(step, FactorTOTP)
	k.asks(step, err, AskSetUp)
	code := otp.CodeAt(secretOf(t, step.Challenge.SetUp.Secret), k.clock())
	done := ann.isIn(k.respond(step, SetUpAnswer{Factor: FactorTOTP, Code: code}, Origin{}))
	if done.Enrolled != FactorTOTP {
		t.Errorf("enrolled %q", done.Enrolled)
	}
}

// A password that the mailbox alone led to is no second factor beside it.
func TestAttackInvitationTakenUpByTheMailboxAlone(t *testing.T) {
	k := newFactorKit(t, ways(FactorEmailCode, FactorPassword), demanded)
	ann := k.person("ann@example.test")
	k.change(ann.User, func(u *User) { u.Status = ForceChangePassword })
	step := k.asks(k.start(ann.email, FactorEmailCode, testChannel, Origin{}), nil, AskEmailCode)
	step, err := k.respond(step, CodeAnswer{FactorEmailCode, k.sent(ann.email)}, Origin{})
	if err == nil && step.Challenge.Name == AskPassword {
		t.Fatal("the temporary password is asked, which she may not have")
	}
	k.asks(step, err, AskNewPassword)
	step, err = k.respond(step, NewPasswordAnswer{Password: otherWord}, Origin{})
	k.asks(step, err, AskSetUp)
	for _, o := range step.Challenge.Options {
		if o.Factor == FactorEmail {
			t.Error("the mailbox may be set up beside itself")
		}
	}
}
