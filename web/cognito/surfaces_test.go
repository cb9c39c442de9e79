package cognito

import (
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

// The pages and the API are codecs over one core. What happens on one side is seen on
// the other.

// pages begins a sign-in as the page does, in a browser elsewhere.
func (a *apps) pages(word string) (identity.Step, error) {
	a.Helper()
	o := identity.Origin{Address: a.from.Origin.Address, UserAgent: "Firefox"}
	step, err := a.handler.SignIn.Begin(a.Context(), identity.Start{Pool: pool, Client: mobile, Channel: "page", Identifier: ann, Prefer: identity.FactorPassword, Origin: o})
	if err != nil {
		return step, err
	}
	return a.handler.SignIn.Respond(a.Context(), identity.Reply{Attempt: step.Attempt, Channel: "page", Answer: identity.PasswordAnswer{Password: word}, Origin: o})
}

// cookie signs ann in on the pages.
func (a *apps) cookie() string {
	a.Helper()
	step, err := a.pages(annWord)
	if err != nil || step.Done == nil {
		a.Fatalf("%+v %v", step, err)
	}
	return step.Done.Cookie
}

func (a *apps) lives(cookie string) bool {
	a.Helper()
	_, err := a.handler.Sessions.Resume(a.Context(), pool, cookie)
	if code, _ := identity.CodeOf(err); err != nil && code != identity.SessionEnded {
		a.Fatal(err)
	}
	return err == nil
}

func TestWrongPasswordsOfTheAPICountOnThePages(t *testing.T) {
	a := withApps(t)
	a.ann()
	for n := 0; ; n++ {
		status, body := a.asks("InitiateAuth", byPassword(mobile, ann, nextWord))
		if strings.Contains(string(body), "attempts") {
			break
		}
		if n > 50 {
			t.Fatalf("never slowed down: %d %s", status, body)
		}
	}
	if _, err := a.pages(annWord); !refusedFor(err, identity.TooManyAttempts) {
		t.Errorf("the pages take a password at once: %v", err)
	}
}

func TestWrongPasswordsOfThePagesCountInTheAPI(t *testing.T) {
	a := withApps(t)
	a.ann()
	for n := 0; ; n++ {
		if _, err := a.pages(nextWord); refusedFor(err, identity.TooManyAttempts) {
			break
		}
		if n > 50 {
			t.Fatal("never slowed down")
		}
	}
	if status, body := a.asks("InitiateAuth", byPassword(mobile, ann, annWord)); status == 200 || !strings.Contains(string(body), "attempts") {
		t.Errorf("the API takes a password at once: %d %s", status, body)
	}
}

func refusedFor(err error, want identity.Code) bool {
	code, _ := identity.CodeOf(err)
	return code == want
}

func TestASecondFactorOfTheAPIIsAskedOnThePages(t *testing.T) {
	a := withApps(t, optional)
	a.ann()
	access, _ := a.in()
	a.enrol(access)
	a.challenged(a.ok("InitiateAuth", byPassword(mobile, ann, annWord)), "SOFTWARE_TOKEN_MFA")
	if step, err := a.pages(annWord); err != nil || step.Done != nil || step.Challenge.Name != identity.AskTOTP {
		t.Errorf("the pages ask %+v %v", step.Challenge, err)
	}
	a.calls(Target+"AdminDeleteSoftwareToken", OneUser{pool, ann}, nil)
	if step, err := a.pages(annWord); err != nil || step.Done == nil {
		t.Errorf("once it is removed the pages ask %+v %v", step.Challenge, err)
	}
	a.signedIn(a.ok("InitiateAuth", byPassword(mobile, ann, annWord)))
}

func TestWhatAnAdministratorEndsEndsOnBothSides(t *testing.T) {
	for name, end := range map[string]func(*apps){
		"AdminDisableUser":       func(a *apps) { a.calls(Target+"AdminDisableUser", OneUser{pool, ann}, nil) },
		"AdminUserGlobalSignOut": func(a *apps) { a.calls(Target+"AdminUserGlobalSignOut", OneUser{pool, ann}, nil) },
		"AdminSetUserPassword": func(a *apps) {
			a.calls(Target+"AdminSetUserPassword", AdminSetUserPasswordRequest{pool, ann, nextWord, true}, nil)
		},
		"AdminDeleteUser": func(a *apps) { a.calls(Target+"AdminDeleteUser", OneUser{pool, ann}, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			a := withApps(t)
			a.ann()
			cookie := a.cookie()
			access, refresh := a.in()
			if !a.lives(cookie) {
				t.Fatal("the session does not live")
			}
			end(a)
			if a.lives(cookie) {
				t.Error("the browser stays signed in")
			}
			a.fails("GetUser", m{"AccessToken": access}, "NotAuthorizedException", "")
			a.fails("GetTokensFromRefreshToken", m{"ClientId": mobile, "RefreshToken": refresh}, "NotAuthorizedException", "")
			if name == "AdminDisableUser" {
				a.fails("InitiateAuth", byPassword(mobile, ann, annWord), "NotAuthorizedException", "")
				if step, err := a.pages(annWord); err == nil && step.Done != nil {
					t.Error("the pages let a disabled user in")
				}
				a.calls(Target+"AdminEnableUser", OneUser{pool, ann}, nil)
				if a.lives(cookie) {
					t.Error("the session lives again")
				}
			}
		})
	}
}

func TestSessionsOfBothSidesAreListedAndEnd(t *testing.T) {
	a := withApps(t)
	a.ann()
	cookie := a.cookie()
	access, _ := a.in()
	sessions := func() map[string]Session {
		t.Helper()
		var out AdminListUserSessionsResponse
		a.calls(Target+"AdminListUserSessions", AdminListUserSessionsRequest{UserPoolID: pool, Username: ann}, &out)
		of := map[string]Session{}
		for _, s := range out.Sessions {
			if of[s.SessionType] = s; len(s.SessionID) != 28 || s.CreateDate == nil || s.LastActiveDate == nil {
				t.Errorf("session %+v", s)
			}
		}
		return of
	}
	both := sessions()
	if len(both) != 2 || both["SSO"].DeviceType != "Firefox" || both["TOKEN"].ClientID != mobile || both["TOKEN"].OriginSessionID != "" {
		t.Fatalf("listed %+v", both)
	}
	own := a.ok("ListUserSessions", m{"AccessToken": access})["Sessions"].([]any)
	current := 0
	for _, each := range own {
		if s := each.(m); s["IsCurrentSession"] == true && s["SessionId"] == both["TOKEN"].SessionID {
			current++
		}
	}
	if len(own) != 2 || current != 1 {
		t.Errorf("own sessions %v", own)
	}
	a.fails("RevokeUserSession", m{"AccessToken": access, "SessionId": "sso" + strings.Repeat("0", 25)}, "ResourceNotFoundException", "Session does not exist")
	a.calls(Target+"AdminRevokeUserSession", AdminRevokeUserSessionRequest{UserPoolID: pool, Username: ann, SessionID: both["SSO"].SessionID}, nil)
	if a.lives(cookie) {
		t.Error("the browser stays signed in")
	}
	a.ok("GetUser", m{"AccessToken": access})
	a.ok("RevokeUserSession", m{"AccessToken": access, "SessionId": both["TOKEN"].SessionID})
	a.fails("GetUser", m{"AccessToken": access}, "NotAuthorizedException", "revoked")
	if left := sessions(); len(left) != 0 {
		t.Errorf("left %+v", left)
	}
}

// TestAttackASessionOfSomebodyElse: an id does not reach another user's session.
func TestAttackASessionOfSomebodyElse(t *testing.T) {
	a := withApps(t)
	a.ann()
	cookie := a.cookie()
	a.wait(time.Minute)
	a.calls(Target+"AdminCreateUser", AdminCreateUserRequest{UserPoolID: pool, Username: "eve@example.test", MessageAction: "SUPPRESS", UserAttributes: []Pair{{"email", "eve@example.test"}}}, nil)
	var out AdminListUserSessionsResponse
	a.calls(Target+"AdminListUserSessions", AdminListUserSessionsRequest{UserPoolID: pool, Username: ann}, &out)
	a.refused("AdminRevokeUserSession", `{"UserPoolId":"local_main","Username":"eve@example.test","SessionId":"`+out.Sessions[0].SessionID+`"}`, "ResourceNotFoundException", "")
	if !a.lives(cookie) {
		t.Error("another's name ended the session")
	}
}
