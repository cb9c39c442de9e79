package cognito

import "testing"

func TestCustomAuthWithoutTriggers(t *testing.T) {
	a := withApps(t)
	a.ann()
	a.fails("InitiateAuth", m{"ClientId": mobile, "AuthFlow": "CUSTOM_AUTH", "AuthParameters": m{"USERNAME": ann}},
		"InvalidLambdaResponseException", "Custom auth lambda trigger is not configured for the user pool.")
}
