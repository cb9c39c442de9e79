package cognito

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/test/kit"
)

// TestPagesAndAPIAreOne lets people use both: what happens by one counts for the other.
func TestPagesAndAPIAreOne(t *testing.T) {
	t.Parallel()
	s := start(t, withFactors, func(config kit.Map) { config["rate_limits"] = true })
	for name, run := range map[string]func(*testing.T, *kit.Server, *goSDK){
		"failures on the pages lock the API": bothFailures, "failures by the API lock the pages": bothFailuresBack,
		"a second factor that a group demands is demanded by both": bothDemand, "a second factor set up by the API is asked by the pages": bothFactors, "who is disabled by the API is signed out of the pages": bothDisabled,
		"who signs out everywhere by the API is signed out of the pages": bothSignOut, "a password changed by the API is the one of the pages": bothPasswords,
	} {
		t.Run(name, func(t *testing.T) { run(t, s, newGoSDK(s, keyID, keySecret)) })
	}
}

// member makes somebody who can sign in both ways.
func member(t *testing.T, g *goSDK) string {
	t.Helper()
	name := somebody()
	do(t, g, g.AdminCreateUser, &cip.AdminCreateUserInput{UserPoolId: &g.pool, Username: &name, MessageAction: "SUPPRESS",
		UserAttributes: attributes("email", name, "email_verified", "true")})
	do(t, g, g.AdminSetUserPassword, &cip.AdminSetUserPasswordInput{UserPoolId: &g.pool, Username: &name, Password: to(password), Permanent: true})
	return name
}

// lock fails until the right password is not looked at for eight seconds: five wrong
// ones lock for one, and each that counts after that for twice as long.
func lock(t *testing.T, counts func() bool) {
	t.Helper()
	counted := 0
	for range 60 {
		if counts() {
			counted++
		} else {
			time.Sleep(500 * time.Millisecond) // it is locked: what is tried now is not looked at
		}
		if counted == 8 {
			return
		}
	}
	t.Fatalf("%d wrong passwords counted", counted)
}

// byPages signs in on the pages, and answers where that ended.
func byPages(t *testing.T, s *kit.Server, c *kit.Client, name, password string) *kit.Page {
	t.Helper()
	page, err := c.SignIn(s.App.URL+"/start", name, password)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// isIn says that a page is the app's: the sign-in is over.
func isIn(s *kit.Server, p *kit.Page) bool { return strings.HasPrefix(p.URL.String(), s.App.URL) }

func bothFailures(t *testing.T, s *kit.Server, g *goSDK) {
	name := member(t, g)
	from := 1
	lock(t, func() bool {
		from++
		page := byPages(t, s, kit.NewClientFrom(fmt.Sprintf("127.0.%d.%d", 1+from/200, 2+from%200)), name, "wrong")
		if isIn(s, page) {
			t.Fatal("a wrong password signs in")
		}
		return page.Status == http.StatusUnprocessableEntity
	})
	refuses(t, g, "NotAuthorizedException", g.InitiateAuth, signIn(g, name, password))
}

func bothFailuresBack(t *testing.T, s *kit.Server, g *goSDK) {
	name := member(t, g)
	lock(t, func() bool {
		_, err := g.InitiateAuth(t.Context(), signIn(g, name, "wrong"))
		if err == nil {
			t.Fatal("a wrong password signs in")
		}
		return strings.Contains(err.Error(), "Incorrect username or password")
	})
	if isIn(s, byPages(t, s, kit.NewClientFrom("127.0.2.2"), name, password)) {
		t.Error("the pages let in whom the API has locked out")
	}
}

// bothFactors: what is set up by the API is asked on the pages, and an administrator
// who removes it there removes it here.
func bothFactors(t *testing.T, s *kit.Server, g *goSDK) {
	name := member(t, g)
	if !isIn(s, byPages(t, s, kit.NewClient(), name, password)) {
		t.Fatal("the password alone is not enough before there is more")
	}
	token := tokens(t, g, name, password).AccessToken
	app := authenticator(t, *do(t, g, g.AssociateSoftwareToken, &cip.AssociateSoftwareTokenInput{AccessToken: token}).SecretCode)
	do(t, g, g.VerifySoftwareToken, &cip.VerifySoftwareTokenInput{AccessToken: token, UserCode: to(app.Code(t))})
	do(t, g, g.SetUserMFAPreference, &cip.SetUserMFAPreferenceInput{AccessToken: token,
		SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: true, PreferredMfa: true}})
	asked := byPages(t, s, kit.NewClient(), name, password)
	if isIn(s, asked) || !asked.Has("code") {
		t.Fatalf("the pages ask for no code:\n%s", asked.Text())
	}
	if !isIn(s, asked.Submit(t, kit.Fields{"code": app.Code(t)})) {
		t.Error("the code that the API would take is not the pages'")
	}
}

func bothDemand(t *testing.T, s *kit.Server, g *goSDK) {
	name := member(t, g)
	do(t, g, g.AdminAddUserToGroup, &cip.AdminAddUserToGroupInput{UserPoolId: &g.pool, Username: &name, GroupName: to("careful")})
	if isIn(s, byPages(t, s, kit.NewClient(), name, password)) {
		t.Error("the pages let a member in with the password alone")
	}
	if out := do(t, g, g.InitiateAuth, signIn(g, name, password)); out.ChallengeName != "MFA_SETUP" {
		t.Errorf("the API asks for %s", out.ChallengeName)
	}
}

func bothDisabled(t *testing.T, s *kit.Server, g *goSDK) {
	name, c := member(t, g), kit.NewClient()
	byPages(t, s, c, name, password)
	c.Open(t, s.URL+"/account").Want(t, http.StatusOK, name)
	do(t, g, g.AdminDisableUser, &cip.AdminDisableUserInput{UserPoolId: &g.pool, Username: &name})
	if page := c.Open(t, s.URL+"/account"); !page.Has("password") {
		t.Errorf("the account of somebody disabled is shown:\n%s", page.Text())
	}
	if isIn(s, byPages(t, s, kit.NewClient(), name, password)) {
		t.Error("somebody disabled signs in on the pages")
	}
	refuses(t, g, "NotAuthorizedException", g.InitiateAuth, signIn(g, name, password))
}

func bothSignOut(t *testing.T, s *kit.Server, g *goSDK) {
	name, c := member(t, g), kit.NewClient()
	byPages(t, s, c, name, password)
	token := tokens(t, g, name, password).AccessToken
	do(t, g, g.GlobalSignOut, &cip.GlobalSignOutInput{AccessToken: token})
	if page := c.Open(t, s.URL+"/account"); !page.Has("password") {
		t.Errorf("the pages still know who signed out everywhere:\n%s", page.Text())
	}
}

func bothPasswords(t *testing.T, s *kit.Server, g *goSDK) {
	name := member(t, g)
	token := tokens(t, g, name, password).AccessToken
	do(t, g, g.ChangePassword, &cip.ChangePasswordInput{AccessToken: token, PreviousPassword: to(password), ProposedPassword: to("Another-Horse-9")})
	if isIn(s, byPages(t, s, kit.NewClient(), name, password)) || !isIn(s, byPages(t, s, kit.NewClient(), name, "Another-Horse-9")) {
		t.Error("the pages do not take the new password alone")
	}
}
