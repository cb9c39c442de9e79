package cognito

import (
	"testing"
)

func TestWhatIsNotAPersonsToWrite(t *testing.T) {
	a := withApps(t)
	a.ann()
	access, _ := a.in()
	c, err := a.handler.Settings.Client(t.Context(), pool, mobile)
	if err != nil {
		t.Fatal(err)
	}
	c.WriteAttributes = []string{"email", "name"}
	a.must(a.handler.Settings.PutClient(t.Context(), c))
	for _, name := range []string{"email_verified", "phone_number_verified", "sub", "nickname"} {
		given := []m{{"Name": name, "Value": "true"}}
		a.fails("UpdateUserAttributes", m{"AccessToken": access, "UserAttributes": given}, "NotAuthorizedException", "A client attempted to write unauthorized attribute")
		a.fails("SignUp", m{"ClientId": mobile, "Username": "bob@example.test", "Password": annWord, "UserAttributes": given}, "NotAuthorizedException", "A client attempted to write unauthorized attribute")
	}
}
