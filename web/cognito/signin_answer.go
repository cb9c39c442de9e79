package cognito

import (
	"context"
	"strings"

	"poolhouse.dev/identity"
)

// challengeAnswers are what can be done with each challenge. Its name is the app's word for
// what it answers: what is truly asked the core knows.
func challengeAnswers() map[string]func(*talk, context.Context, identity.Speaker) (AuthResponse, error) {
	return map[string]func(*talk, context.Context, identity.Speaker) (AuthResponse, error){
		"PASSWORD_VERIFIER": (*talk).answerSRP,
		"PASSWORD_SRP": func(t *talk, ctx context.Context, _ identity.Speaker) (AuthResponse, error) {
			return t.offerSRP(ctx, "PASSWORD_VERIFIER")
		},
		"PASSWORD":              (*talk).answerPassword,
		"ADMIN_NO_SRP_AUTH":     (*talk).answerPassword,
		"SELECT_CHALLENGE":      (*talk).answerSelect,
		"EMAIL_OTP":             (*talk).answerEmail,
		"SMS_OTP":               (*talk).answerSMSCode,
		"SMS_MFA":               (*talk).answerSMS,
		"SOFTWARE_TOKEN_MFA":    (*talk).answerApp,
		"RECOVERY_CODE":         (*talk).answerRecovery,
		"SELECT_MFA_TYPE":       (*talk).answerSelectMFA,
		"MFA_SETUP":             (*talk).answerSetUp,
		"WEB_AUTHN":             (*talk).answerPasskey,
		"NEW_PASSWORD_REQUIRED": (*talk).answerNewPassword,
		"CUSTOM_CHALLENGE":      (*talk).answerCustom,
		"DEVICE_SRP_AUTH": func(t *talk, ctx context.Context, _ identity.Speaker) (AuthResponse, error) {
			return t.offerSRP(ctx, "DEVICE_PASSWORD_VERIFIER")
		},
		"DEVICE_PASSWORD_VERIFIER": (*talk).answerDevice,
	}
}

func (h *Handler) respondToAuthChallenge(ctx context.Context, in RespondToAuthChallengeRequest) (AuthResponse, error) {
	a, err := h.appOf(ctx, "", in.ClientID)
	if err != nil {
		return AuthResponse{}, err
	}
	return (&talk{Handler: h, app: a, said: in.ChallengeResponses, where: in.UserContextData}).answer(ctx, &in)
}

func (h *Handler) adminRespondToAuthChallenge(ctx context.Context, in AdminRespondToAuthChallengeRequest) (AuthResponse, error) {
	a, err := h.appOf(ctx, in.UserPoolID, in.ClientID)
	if err != nil {
		return AuthResponse{}, err
	}
	a.origin = in.ContextData.origin(a.origin)
	return (&talk{Handler: h, app: a, admin: true, said: in.ChallengeResponses}).answer(ctx, &in.RespondToAuthChallengeRequest)
}

func (t *talk) answer(ctx context.Context, in *RespondToAuthChallengeRequest) (AuthResponse, error) {
	t.origin.Told.Client = in.ClientMetadata
	do, known := challengeAnswers()[in.ChallengeName]
	if !known {
		return AuthResponse{}, exception("InvalidParameterException", "Unsupported challenge "+in.ChallengeName+".")
	}
	if in.Session == "" {
		return AuthResponse{}, exception("InvalidParameterException", "Missing required parameter Session")
	}
	if err := t.named(ctx); err != nil {
		return AuthResponse{}, err
	}
	var err error
	if t.ticket, err = t.openTicket(&t.app, in.Session); err != nil {
		return AuthResponse{}, err
	}
	if t.ticket.Asked == askedConfirm {
		return AuthResponse{}, errSession
	}
	who, err := t.SignIn.Speaker(ctx, t.ticket.at(t.origin), t.said["USERNAME"])
	if err != nil {
		return AuthResponse{}, err
	}
	if !who.Called(t.said["USERNAME"]) {
		return AuthResponse{}, errSession
	}
	if t.ticket.strays(in.ChallengeName) {
		return AuthResponse{}, exception("InvalidParameterException", in.ChallengeName+" is not what "+t.ticket.Flow+" asks.")
	}
	t.ticket.Asked = in.ChallengeName
	return do(t, ctx, who)
}

// srpAnswer reads the three values of an SRP answer.
func (t *talk) srpAnswer() (answer identity.SRPAnswer, err error) {
	for name, to := range map[string]*string{
		"PASSWORD_CLAIM_SIGNATURE": &answer.Signature, "PASSWORD_CLAIM_SECRET_BLOCK": &answer.SecretBlock, "TIMESTAMP": &answer.Timestamp,
	} {
		if *to, err = t.param(name); err != nil {
			return answer, err
		}
	}
	return answer, nil
}

func (t *talk) answerSRP(ctx context.Context, _ identity.Speaker) (AuthResponse, error) {
	answer, err := t.srpAnswer()
	if err != nil {
		return AuthResponse{}, err
	}
	return t.respond(ctx, answer)
}

func (t *talk) answerDevice(ctx context.Context, _ identity.Speaker) (AuthResponse, error) {
	answer, err := t.srpAnswer()
	if err != nil {
		return AuthResponse{}, err
	}
	return t.respond(ctx, identity.DeviceAnswer{SRPAnswer: answer})
}

func (t *talk) answerPassword(ctx context.Context, _ identity.Speaker) (AuthResponse, error) {
	word, err := t.param("PASSWORD")
	if err != nil {
		return AuthResponse{}, err
	}
	return t.respond(ctx, identity.PasswordAnswer{Password: word})
}

// answerSelect takes the way in that the person chose.
func (t *talk) answerSelect(ctx context.Context, _ identity.Speaker) (AuthResponse, error) {
	way, err := t.param("ANSWER")
	if err != nil {
		return AuthResponse{}, err
	}
	factor, known := ways[way]
	if !known {
		return AuthResponse{}, exception("InvalidParameterException", "The chosen challenge is not available.")
	}
	step, err := t.choose(ctx, factor, "")
	if err != nil {
		return AuthResponse{}, err
	}
	if way == "WEB_AUTHN" && t.said["CREDENTIAL"] != "" {
		return t.answerPasskey(ctx, identity.Speaker{})
	}
	return t.chosen(ctx, &step, way)
}

func (t *talk) answerSelectMFA(ctx context.Context, _ identity.Speaker) (AuthResponse, error) {
	kind, err := t.param("ANSWER")
	if err != nil {
		return AuthResponse{}, err
	}
	factor, known := factorOf(kind)
	if !known {
		return AuthResponse{}, exception("InvalidParameterException", "The chosen challenge is not available.")
	}
	step, err := t.choose(ctx, factor, "")
	return t.next(ctx, step, err)
}

// code answers with a code, of the factor that is asked, or that is being set up.
func (t *talk) code(ctx context.Context, who identity.Speaker, key string, factor identity.Factor) (AuthResponse, error) {
	code, err := t.param(key)
	if err != nil {
		return AuthResponse{}, err
	}
	if who.Asks() == identity.AskSetUp {
		return t.respond(ctx, identity.SetUpAnswer{Factor: factor, Code: code})
	}
	return t.respond(ctx, identity.CodeAnswer{Factor: factor, Code: code})
}

// answerEmail: codes by mail have one name here, as a way in and as a second factor.
func (t *talk) answerEmail(ctx context.Context, who identity.Speaker) (AuthResponse, error) {
	factor := identity.FactorEmail
	if who.Asks() == identity.AskEmailCode {
		factor = identity.FactorEmailCode
	}
	return t.code(ctx, who, "EMAIL_OTP_CODE", factor)
}

func (t *talk) answerSMSCode(ctx context.Context, who identity.Speaker) (AuthResponse, error) {
	return t.code(ctx, who, "SMS_OTP_CODE", identity.FactorSMSCode)
}

func (t *talk) answerSMS(ctx context.Context, who identity.Speaker) (AuthResponse, error) {
	return t.code(ctx, who, "SMS_MFA_CODE", identity.FactorSMS)
}

// answerApp: amazon-cognito-identity-js sends SMS_MFA_CODE beside it.
func (t *talk) answerApp(ctx context.Context, who identity.Speaker) (AuthResponse, error) {
	return t.code(ctx, who, "SOFTWARE_TOKEN_MFA_CODE", identity.FactorTOTP)
}

func (t *talk) answerRecovery(ctx context.Context, who identity.Speaker) (AuthResponse, error) {
	return t.code(ctx, who, "RECOVERY_CODE", identity.FactorRecovery)
}

// answerSetUp goes on after VerifySoftwareToken, or names what to set up: an address,
// or of Cognito's names the one in ANSWER. A new passkey comes in CREDENTIAL.
func (t *talk) answerSetUp(ctx context.Context, _ identity.Speaker) (AuthResponse, error) {
	if made := t.said["CREDENTIAL"]; made != "" {
		return t.respond(ctx, identity.SetUpAnswer{Factor: identity.FactorPasskey, Credential: []byte(made)})
	}
	if factor, known := factorOf(t.said["ANSWER"]); known {
		step, err := t.choose(ctx, factor, "")
		return t.next(ctx, step, err)
	}
	for key, factor := range map[string]identity.Factor{"EMAIL": identity.FactorEmail, "PHONE_NUMBER": identity.FactorSMS} {
		if address := t.said[key]; address != "" {
			step, err := t.choose(ctx, factor, address)
			return t.next(ctx, step, err)
		}
	}
	step, err := t.SignIn.Proceed(ctx, t.ticket.at(t.origin))
	return t.next(ctx, step, err)
}

func (t *talk) answerPasskey(ctx context.Context, _ identity.Speaker) (AuthResponse, error) {
	credential, err := t.param("CREDENTIAL")
	if err != nil {
		return AuthResponse{}, err
	}
	return t.respond(ctx, identity.PasskeyAnswer{Credential: []byte(credential)})
}

func (t *talk) answerCustom(ctx context.Context, _ identity.Speaker) (AuthResponse, error) {
	answer, err := t.param("ANSWER")
	if err != nil {
		return AuthResponse{}, err
	}
	return t.respond(ctx, identity.CustomAnswer{Answer: answer})
}

func (t *talk) answerNewPassword(ctx context.Context, _ identity.Speaker) (AuthResponse, error) {
	word, err := t.param("NEW_PASSWORD")
	if err != nil {
		return AuthResponse{}, err
	}
	given := map[string]string{}
	for key, value := range t.said {
		if name, ok := strings.CutPrefix(key, attributePrefix); ok {
			given[name] = value
		}
	}
	return t.respond(ctx, identity.NewPasswordAnswer{Password: word, Attributes: given})
}
