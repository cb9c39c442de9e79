package cognito

import (
	"testing"

	"poolhouse.dev/identity"
)

func TestSignUpsOfAPoolMadeByTheAPIWait(t *testing.T) {
	a := withApps(t)
	admin := func(operation string, in m) (out m) {
		a.calls(Target+operation, in, &out)
		return out
	}
	made := admin("CreateUserPool", m{"PoolName": "Bare"})
	id := identity.PoolID(text(made, "UserPool", "Id"))
	admin("UpdateUserPool", m{"UserPoolId": id, "PoolName": "Still bare"})
	client := text(admin("CreateUserPoolClient", m{
		"UserPoolId": id, "ClientName": "app", "ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	}), "UserPoolClient", "ClientId")
	out := a.ok("SignUp", m{"ClientId": client, "Username": "bea", "Password": annWord})
	if out["UserConfirmed"] != false || out["CodeDeliveryDetails"] != nil {
		t.Errorf("%v", out)
	}
	in := byPassword(identity.ClientID(client), "bea", annWord)
	a.fails("InitiateAuth", in, "UserNotConfirmedException", "User is not confirmed.")
	admin("AdminConfirmSignUp", m{"UserPoolId": id, "Username": "bea"})
	a.signedIn(a.ok("InitiateAuth", in))
}
