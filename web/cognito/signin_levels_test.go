package cognito

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/identity"
)

const loa = "urn:cognito:loa:"

// towards is USER_AUTH towards levels, by the way in that is preferred.
func towards(levels string, params m) m {
	params["TARGET_ACR_VALUES"] = levels
	return choice(params)
}

var byWord = m{"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": annWord}

func together(a m, more m) m {
	out := m{}
	for _, from := range []m{a, more} {
		for k, v := range from {
			out[k] = v
		}
	}
	return out
}

func claimsOf(t *testing.T, token string) (claims m) {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err == nil {
		err = json.Unmarshal(text, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// at holds the acr of an ID token against a level.
func (a *apps) at(out m, acr string) m {
	a.Helper()
	a.signedIn(out)
	if got := claimsOf(a.T, text(out, "AuthenticationResult", "IdToken")); got["acr"] != acr {
		a.Errorf("acr is %v, want %s", got["acr"], acr)
	}
	return out
}

func TestASignInReachesTheLevelItsAppAsksFor(t *testing.T) {
	a := withApps(t, optional)
	a.ann()
	a.at(a.ok("InitiateAuth", towards(loa+"1", together(byWord, nil))), loa+"1")
	a.fails("InitiateAuth", towards(loa+"4", together(byWord, nil)), "InvalidParameterException", "no factors")
	a.at(a.ok("InitiateAuth", towards(loa+"4 urn:unknown "+loa+"1", together(byWord, nil))), loa+"1")
	a.fails("InitiateAuth", towards("urn:unknown", m{}), "InvalidParameterException", "names no authentication level")

	access, _ := a.in()
	secret := a.enrol(access)
	a.ok("SetUserMFAPreference", m{"AccessToken": access, "EmailMfaSettings": m{"Enabled": true}})
	out := a.challenged(a.ok("InitiateAuth", towards(loa+"4", together(byWord, nil))), "SOFTWARE_TOKEN_MFA")
	out = a.at(a.ok("RespondToAuthChallenge", answer(out, m{"SOFTWARE_TOKEN_MFA_CODE": a.appCode(secret)})), loa+"4")
	out = a.ok("GetTokensFromRefreshToken", m{"ClientId": mobile, "RefreshToken": text(out, "AuthenticationResult", "RefreshToken")})
	a.at(out, loa+"4")

	out = a.challenged(a.ok("InitiateAuth", towards(loa+"3", together(byWord, nil))), "SELECT_MFA_TYPE")
	out = a.challenged(a.ok("RespondToAuthChallenge", answer(out, m{"ANSWER": "EMAIL_OTP"})), "EMAIL_OTP")
	a.at(a.ok("RespondToAuthChallenge", answer(out, m{"EMAIL_OTP_CODE": a.mailed(ann, "code")})), loa+"3")
}

func TestTheWaysInAreThoseThatLeadToTheLevel(t *testing.T) {
	a := withApps(t, optional)
	a.ann()
	for levels, want := range map[string][]string{
		loa + "4": {"PASSWORD", "PASSWORD_SRP"}, loa + "2": {"PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "WEB_AUTHN"},
	} {
		for _, name := range []string{ann, "nobody@example.test"} {
			in := towards(levels, m{})
			in["AuthParameters"].(m)["USERNAME"] = name
			if got := available(a.challenged(a.ok("InitiateAuth", in), "SELECT_CHALLENGE")); !slices.Equal(got, want) {
				t.Errorf("%s towards %s: %v", name, levels, got)
			}
		}
	}
	a.at(a.ok("RespondToAuthChallenge", answer(a.challenged(a.ok("InitiateAuth", towards(loa+"2", m{"PREFERRED_CHALLENGE": "EMAIL_OTP"})), "EMAIL_OTP"),
		m{"EMAIL_OTP_CODE": a.mailed(ann, "code")})), loa+"2")
	a.pool(func(p *identity.Pool) { p.MFAConfiguration = "OFF" })
	a.fails("InitiateAuth", towards(loa+"4", m{}), "InvalidParameterException", "no factors")
}

func TestAnAccessTokenCountsForWhatItsSignInProved(t *testing.T) {
	a := withApps(t, optional)
	a.ann()
	access, _ := a.in()
	secret := a.enrol(access)
	a.wait(10 * time.Minute)
	began := claimsOf(t, access)["auth_time"]
	up := func(more m) m { return towards(loa+"4", together(m{"ACCESS_TOKEN": access}, more)) }

	out := a.challenged(a.ok("InitiateAuth", up(m{})), "SOFTWARE_TOKEN_MFA")
	out = a.at(a.ok("RespondToAuthChallenge", answer(out, m{"SOFTWARE_TOKEN_MFA_CODE": a.appCode(secret)})), loa+"4")
	stronger := text(out, "AuthenticationResult", "AccessToken")
	if got := claimsOf(t, stronger)["auth_time"]; got != began {
		t.Errorf("a code of the app makes the password newer: %v, want %v", got, began)
	}
	a.fails("InitiateAuth", towards(loa+"3", m{"ACCESS_TOKEN": stronger}), "InvalidParameterException", "already meets")
	a.challenged(a.ok("InitiateAuth", up(m{"MAX_AGE": "900"})), "SOFTWARE_TOKEN_MFA")
	out = a.challenged(a.ok("InitiateAuth", up(m{"MAX_AGE": "60", "PREFERRED_CHALLENGE": "PASSWORD"})), "PASSWORD")
	out = a.challenged(a.ok("RespondToAuthChallenge", answer(out, m{"PASSWORD": annWord})), "SOFTWARE_TOKEN_MFA")
	a.wait(time.Minute)
	out = a.at(a.ok("RespondToAuthChallenge", answer(out, m{"SOFTWARE_TOKEN_MFA_CODE": a.appCode(secret)})), loa+"4")
	if got := claimsOf(t, text(out, "AuthenticationResult", "AccessToken"))["auth_time"]; got == began {
		t.Error("a new sign-in keeps the time of the old one")
	}
	a.fails("InitiateAuth", up(m{"MAX_AGE": "-1"}), "InvalidParameterException", "MAX_AGE")
	a.fails("InitiateAuth", choice(m{"ACCESS_TOKEN": access}), "InvalidParameterException", "TARGET_ACR_VALUES")
	a.fails("InitiateAuth", up(m{"ACCESS_TOKEN": "x.y.z"}), "NotAuthorizedException", "Invalid Access Token")
}

func TestAttackAStepUpByAnothersToken(t *testing.T) {
	a := withApps(t, optional)
	a.ann()
	access, _ := a.in()
	a.enrol(access)
	const bea = "bea@example.test"
	a.ok("SignUp", m{"ClientId": mobile, "Username": bea, "Password": annWord})
	a.ok("ConfirmSignUp", m{"ClientId": mobile, "Username": bea, "ConfirmationCode": a.mailed(bea, "code")})
	for _, name := range []string{bea, "nobody@example.test"} {
		in := towards(loa+"4", m{"ACCESS_TOKEN": access})
		in["AuthParameters"].(m)["USERNAME"] = name
		a.fails("InitiateAuth", in, "NotAuthorizedException", "another user")
	}
	a.ok("GlobalSignOut", m{"AccessToken": access})
	a.fails("InitiateAuth", towards(loa+"4", m{"ACCESS_TOKEN": access}), "NotAuthorizedException", "revoked")
}

func TestAPasswordThatChangedSinceCountsForNothing(t *testing.T) {
	a := withApps(t, optional)
	a.ann()
	access, _ := a.in()
	a.enrol(access)
	a.ok("ChangePassword", m{"AccessToken": access, "PreviousPassword": annWord, "ProposedPassword": nextWord})
	a.challenged(a.ok("InitiateAuth", towards(loa+"4", m{"ACCESS_TOKEN": access})), "SELECT_CHALLENGE")
}

func TestAttackAFactorThatIsGoneCountsInAStepUp(t *testing.T) {
	a := withApps(t, optional)
	a.ann()
	access, _ := a.in()
	secret := a.enrol(access)
	out := a.challenged(a.ok("InitiateAuth", towards(loa+"4", m{"ACCESS_TOKEN": access})), "SOFTWARE_TOKEN_MFA")
	out = a.at(a.ok("RespondToAuthChallenge", answer(out, m{"SOFTWARE_TOKEN_MFA_CODE": a.appCode(secret)})), loa+"4")
	up := towards(loa+"4", m{"ACCESS_TOKEN": text(out, "AuthenticationResult", "AccessToken")})
	a.fails("InitiateAuth", up, "InvalidParameterException", "already meets")
	a.calls(Target+"AdminDeleteSoftwareToken", OneUser{pool, ann}, nil)
	a.fails("InitiateAuth", up, "InvalidParameterException", "no factors")
	k := a.annsKey()
	in := towards(loa+"3", m{"PREFERRED_CHALLENGE": "WEB_AUTHN"})
	out = a.challenged(a.ok("InitiateAuth", in), "WEB_AUTHN")
	out = a.signedIn(a.ok("RespondToAuthChallenge", answer(out, m{"CREDENTIAL": encode(t, k.get(a.options(out, "CREDENTIAL_REQUEST_OPTIONS"), publicURL))})))
	strong := text(out, "AuthenticationResult", "AccessToken")
	for _, one := range a.ok("ListWebAuthnCredentials", m{"AccessToken": access})["Credentials"].([]any) {
		a.ok("DeleteWebAuthnCredential", m{"AccessToken": access, "CredentialId": one.(m)["CredentialId"]})
	}
	a.challenged(a.ok("InitiateAuth", towards(loa+"3", m{"ACCESS_TOKEN": strong})), "SELECT_CHALLENGE")
}

func TestAPoolNamesItsLevels(t *testing.T) {
	a := withApps(t, func(p *identity.Pool) { p.AcrConfiguration = identity.AcrConfiguration{"Level1": "urn:house:plain"} })
	a.ann()
	a.at(a.ok("InitiateAuth", byPassword(mobile, ann, annWord)), "urn:house:plain")
	a.at(a.ok("InitiateAuth", towards("urn:house:plain", together(byWord, nil))), "urn:house:plain")
	a.fails("InitiateAuth", towards(loa+"1", m{}), "InvalidParameterException", "names no authentication level")
	s := start(t)
	s.refuses("CreateUserPool", `{"PoolName":"x","AcrConfiguration":{"Level1":{"AcrValue":"urn:cognito:loa:2"}}}`, "InvalidParameterException", "acr_configuration")
	s.refuses("CreateUserPool", `{"PoolName":"x","AcrConfiguration":{"Level1":{"AcrValue":"urn:a"},"Level3":{"AcrValue":"urn:a"}}}`, "InvalidParameterException", "acr_configuration")
}

func TestAttackAPasswordAloneIsCalledAPasskey(t *testing.T) {
	s := start(t)
	for key, name := range map[string]string{"Level1": "phr", "Level2": "2", "Level3": "PHRH", "Level4": "1"} {
		named := `"AcrConfiguration":{"` + key + `":{"AcrValue":"` + name + `"}}}`
		s.refuses("CreateUserPool", `{"PoolName":"x",`+named, "InvalidParameterException", "acr_configuration."+key)
		s.refuses("UpdateUserPool", `{"UserPoolId":"local_main",`+named, "InvalidParameterException", "acr_configuration."+key)
	}
	// Nor is it called what Cognito calls a stronger sign-in, whose own name is another.
	s.refuses("UpdateUserPool", `{"UserPoolId":"local_main","AcrConfiguration":{"Level1":{"AcrValue":"urn:cognito:loa:4"},"Level4":{"AcrValue":"high"}}}`,
		"InvalidParameterException", "acr_configuration.Level1")
	if status, _, answer := s.says(Target+"UpdateUserPool", `{"UserPoolId":"local_main","AcrConfiguration":{"Level1":{"AcrValue":"urn:cognito:loa:1"},"Level4":{"AcrValue":"high"}}}`); status != 200 {
		t.Errorf("names of its own: %s", answer)
	}

	a := withApps(t)
	a.ann()
	for _, name := range []string{"phr", "2", "1"} {
		a.fails("InitiateAuth", towards(name, together(byWord, nil)), "InvalidParameterException", "names no authentication level")
	}
}
