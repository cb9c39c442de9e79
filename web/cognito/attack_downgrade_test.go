package cognito

import (
	"testing"

	"poolhouse.dev/identity"
	"poolhouse.dev/identity/trigger"
)

// A client that allows SRP alone, or the triggers' way behind it, is not led into
// another flow by the name of a challenge.
func TestAttackAFlowThatTheClientDoesNotAllow(t *testing.T) {
	a := withApps(t, func(p *identity.Pool) {
		p.LambdaConfig = trigger.Config{DefineAuthChallenge: "t", CreateAuthChallenge: "t", VerifyAuthChallengeResponse: "t"}
	})
	a.ann()
	a.handler.Admin.Core.Triggers = handlersOf{
		"DefineAuthChallenge_Authentication": func(trigger.Event) any { return m{"challengeName": "PASSWORD_VERIFIER"} },
	}
	for flow, allowed := range map[string]string{"USER_SRP_AUTH": identity.FlowSRP, "CUSTOM_AUTH": identity.FlowCustom} {
		a.client(mobile, func(c *identity.Client) { c.ExplicitAuthFlows = []string{allowed} })
		begin := m{"ClientId": mobile, "AuthFlow": flow, "AuthParameters": m{"USERNAME": ann, "CHALLENGE_NAME": "SRP_A", "SRP_A": srpPublic.Text(16)}}
		for challenge, said := range map[string]m{
			"PASSWORD": {"PASSWORD": annWord}, "ADMIN_NO_SRP_AUTH": {"PASSWORD": annWord}, "SELECT_CHALLENGE": {"ANSWER": "EMAIL_OTP"},
		} {
			in := answer(a.challenged(a.ok("InitiateAuth", begin), "PASSWORD_VERIFIER"), said)
			in["ChallengeName"] = challenge
			a.fails("RespondToAuthChallenge", in, "InvalidParameterException", challenge+" is not what "+flow+" asks.")
		}
	}
}
