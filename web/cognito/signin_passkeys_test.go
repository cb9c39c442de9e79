package cognito

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"poolhouse.dev/identity"
)

// options reads what a passkey is asked for, or made from.
func (a *apps) options(out m, name string) (asked m) {
	a.Helper()
	if err := json.Unmarshal([]byte(text(out, "ChallengeParameters", name)), &asked); err != nil || asked["challenge"] == nil {
		a.Fatalf("%s is not there: %v", name, out)
	}
	return asked
}

// annsKey gives ann a passkey.
func (a *apps) annsKey() *key {
	a.Helper()
	access, _ := a.in()
	k := newKey()
	made := a.ok("StartWebAuthnRegistration", m{"AccessToken": access})
	a.ok("CompleteWebAuthnRegistration", m{"AccessToken": access, "Credential": k.create(made["CredentialCreationOptions"].(m), publicURL)})
	return k
}

func TestAPasskeyAnswersTheChoiceItself(t *testing.T) {
	a := withApps(t)
	a.ann()
	k := a.annsKey()
	out := a.challenged(a.ok("InitiateAuth", choice(m{})), "SELECT_CHALLENGE")
	inline := func(out m) m {
		return answer(out, m{"ANSWER": "WEB_AUTHN", "CREDENTIAL": encode(t, k.get(a.options(out, "CREDENTIAL_REQUEST_OPTIONS"), publicURL))})
	}
	in := inline(out)
	a.signedIn(a.ok("RespondToAuthChallenge", in))
	a.fails("RespondToAuthChallenge", in, "NotAuthorizedException", "expired")

	// The answer to one choice is none to another, and the choice stays open without one.
	other := inline(a.ok("InitiateAuth", choice(m{})))
	out = a.ok("InitiateAuth", choice(m{}))
	other["Session"] = out["Session"]
	a.fails("RespondToAuthChallenge", other, "NotAuthorizedException", "refused")
	out = a.challenged(a.ok("RespondToAuthChallenge", answer(a.ok("InitiateAuth", choice(m{})), m{"ANSWER": "WEB_AUTHN"})), "WEB_AUTHN")
	a.signedIn(a.ok("RespondToAuthChallenge", answer(out, m{"CREDENTIAL": encode(t, k.get(a.options(out, "CREDENTIAL_REQUEST_OPTIONS"), publicURL))})))
}

func TestEveryChallengeNameIsAnswered(t *testing.T) {
	shapes, err := os.ReadFile("model/shapes.txt")
	_, line, found := strings.Cut(string(shapes), "\nstring ChallengeNameType enum ")
	if err != nil || !found {
		t.Fatal("the model names no challenges", err)
	}
	line, _, _ = strings.Cut(line, "\n")
	for _, name := range strings.Split(line, ",") {
		if challengeAnswers()[name] == nil {
			t.Errorf("nothing answers %s", name)
		}
	}
}

func TestAPasskeyIsSetUpWhereThereIsNothingElse(t *testing.T) {
	off := false
	a := withApps(t, func(p *identity.Pool) { p.MFAConfiguration, p.SoftwareTokenMFA.Enabled = "ON", &off })
	a.ann()
	begin := func() m { return a.challenged(a.ok("InitiateAuth", byPassword(mobile, ann, annWord)), "MFA_SETUP") }
	out := begin()
	if got := text(out, "ChallengeParameters", "MFAS_CAN_SETUP"); got != `["WEB_AUTHN"]` {
		t.Errorf("MFAS_CAN_SETUP is %s", got)
	}
	k := newKey()
	evil := encode(t, k.create(a.options(out, "CREDENTIAL_CREATION_OPTIONS"), "https://evil.example.test"))
	a.fails("RespondToAuthChallenge", answer(out, m{"CREDENTIAL": evil}), "NotAuthorizedException", "refused")
	out = begin()
	a.signedIn(a.ok("RespondToAuthChallenge", answer(out, m{"CREDENTIAL": encode(t, k.create(a.options(out, "CREDENTIAL_CREATION_OPTIONS"), publicURL))})))
	a.challenged(a.ok("InitiateAuth", byPassword(mobile, ann, annWord)), "WEB_AUTHN")
}

func TestAPasskeyIsChosenAmongWhatCanBeSetUp(t *testing.T) {
	a := withApps(t, demanded)
	a.ann()
	out := a.challenged(a.ok("InitiateAuth", byPassword(mobile, ann, annWord)), "MFA_SETUP")
	out = a.challenged(a.ok("RespondToAuthChallenge", answer(out, m{"ANSWER": "WEB_AUTHN"})), "MFA_SETUP")
	a.signedIn(a.ok("RespondToAuthChallenge", answer(out, m{"CREDENTIAL": encode(t, newKey().create(a.options(out, "CREDENTIAL_CREATION_OPTIONS"), publicURL))})))
}

func TestAttackAPasskeyMadeWhereTheSecondFactorIsOwed(t *testing.T) {
	a := withApps(t, optional)
	a.ann()
	access, _ := a.in()
	a.enrol(access)
	out := a.challenged(a.ok("InitiateAuth", byPassword(mobile, ann, annWord)), "SOFTWARE_TOKEN_MFA")
	in := answer(out, m{"ANSWER": "WEB_AUTHN"})
	in["ChallengeName"] = "MFA_SETUP"
	a.fails("RespondToAuthChallenge", in, "InvalidParameterException", "not available")
	made := answer(out, m{"CREDENTIAL": encode(t, newKey().create(m{"challenge": "AAAA"}, publicURL))})
	made["ChallengeName"] = "MFA_SETUP"
	if status, body := a.asks("RespondToAuthChallenge", made); status == 200 {
		t.Errorf("a stranger with the password makes a passkey of their own: %s", body)
	}
	if got := a.ok("ListWebAuthnCredentials", m{"AccessToken": access})["Credentials"]; len(got.([]any)) != 0 {
		t.Errorf("ann has passkeys: %v", got)
	}
}
