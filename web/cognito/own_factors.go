package cognito

import (
	"context"

	"poolhouse.dev/identity"
)

// each lists what is set.
func (m *MFAPreferences) each() []identity.SetSecond {
	var set []identity.SetSecond
	for _, one := range []struct {
		kind identity.Factor
		to   *MFAPreference
	}{
		{identity.FactorSMS, m.SMSMFASettings}, {identity.FactorTOTP, m.SoftwareTokenMFASettings},
		{identity.FactorEmail, m.EmailMFASettings}, {identity.FactorPasskey, m.WebAuthnMFASettings},
	} {
		if one.to != nil {
			set = append(set, identity.SetSecond{Kind: one.kind, Enabled: one.to.Enabled, Preferred: one.to.PreferredMFA})
		}
	}
	return set
}

func (h *Handler) setUserMFAPreference(ctx context.Context, in SetUserMFAPreferenceRequest) (done, error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return done{}, err
	}
	return done{}, who.ended(h.Factors.SetSeconds(ctx, who.auth, in.each(), who.origin))
}

// setUserSettings switches codes by SMS on where they are named, else off.
func (h *Handler) setUserSettings(ctx context.Context, in SetUserSettingsRequest) (done, error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return done{}, err
	}
	set, err := smsAlone(in.MFAOptions)
	if err != nil {
		return done{}, err
	}
	return done{}, who.ended(h.Factors.SetSeconds(ctx, who.auth, []identity.SetSecond{set}, who.origin))
}

func (h *Handler) getUserAuthFactors(ctx context.Context, in OneToken) (out GetUserAuthFactorsResponse, err error) {
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return out, err
	}
	list, second, err := h.Factors.Mine(ctx, who.auth)
	return GetUserAuthFactorsResponse{
		Username: who.token.Username(), UserMFASettingList: settingList(second), PreferredMFASetting: preferred(list, second),
		ConfiguredUserAuthFactors: waysOf(list),
	}, who.ended(err)
}

// waysOf lists the ways in that somebody could take.
func waysOf(list identity.FactorList) []string {
	has := map[identity.Factor]bool{
		identity.FactorPassword: list.Password, identity.FactorPasskey: len(list.Passkeys) > 0,
		identity.FactorEmailCode: list.Email.Delivery.Destination != "", identity.FactorSMSCode: list.SMS.Delivery.Destination != "",
	}
	var names []string
	for _, way := range list.Ways {
		if has[way] {
			names = append(names, string(way))
		}
	}
	return names
}

// oneOfTwo refuses an input with both an access token and a Session, or neither.
func oneOfTwo(token, session Secret) error {
	if (token == "") == (session == "") {
		return invalid("AccessToken", "or Session must be there, and not both")
	}
	return nil
}

// noApps is a pool without authenticator apps.
var noApps = exception("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool.")

func appRefusal(err error) error {
	switch code, _ := identity.CodeOf(err); code {
	case identity.FactorNotFound:
		return noApps
	case identity.CodeMismatch, identity.CodeExpired:
		return exception("EnableSoftwareTokenMFAException", "Code mismatch")
	case identity.WrongAnswer:
		return errSession
	}
	return err
}

func (h *Handler) associateSoftwareToken(ctx context.Context, in AssociateSoftwareTokenRequest) (out AssociateSoftwareTokenResponse, err error) {
	if err := oneOfTwo(in.AccessToken, in.Session); err != nil {
		return out, err
	}
	if in.Session != "" {
		return h.associateInSession(ctx, in.Session)
	}
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return out, err
	}
	up, err := h.Factors.BeginKept(ctx, who.auth, identity.FactorTOTP, who.origin)
	return AssociateSoftwareTokenResponse{SecretCode: Secret(up.Secret)}, who.ended(appRefusal(err))
}

func (h *Handler) associateInSession(ctx context.Context, session Secret) (out AssociateSoftwareTokenResponse, err error) {
	a, t, err := h.ofSession(ctx, session)
	if err != nil {
		return out, err
	}
	step, err := h.SignIn.Choose(ctx, identity.Choice{Attempt: t.Attempt, Channel: t.channel(), Turn: t.Turn, Factor: identity.FactorTOTP, Origin: a.origin})
	if err != nil {
		return out, appRefusal(err)
	}
	if step.Challenge == nil || step.Challenge.SetUp == nil {
		return out, errSession // an app is asked for, not set up
	}
	out.SecretCode = Secret(step.Challenge.SetUp.Secret)
	out.Session, err = h.sealTicket(&a, t.after(&step, "MFA_SETUP"))
	return out, err
}

func (h *Handler) verifySoftwareToken(ctx context.Context, in VerifySoftwareTokenRequest) (out VerifySoftwareTokenResponse, err error) {
	if err := oneOfTwo(in.AccessToken, in.Session); err != nil {
		return out, err
	}
	answer := identity.SetUpAnswer{Factor: identity.FactorTOTP, Code: string(in.UserCode), Name: in.FriendlyDeviceName}
	out.Status = "SUCCESS"
	if in.Session != "" {
		out.Session, err = h.verifyInSession(ctx, in.Session, answer)
		return out, err
	}
	who, err := h.personOf(ctx, in.AccessToken)
	if err != nil {
		return out, err
	}
	err = h.Factors.FinishKept(ctx, who.auth, answer, who.origin)
	if code, _ := identity.CodeOf(err); code == identity.AttemptExpired {
		err = exception("SoftwareTokenMFANotFoundException", "Call AssociateSoftwareToken first.")
	}
	return out, who.ended(appRefusal(err))
}

func (h *Handler) verifyInSession(ctx context.Context, session Secret, answer identity.SetUpAnswer) (Secret, error) {
	a, t, err := h.ofSession(ctx, session)
	if err != nil {
		return "", err
	}
	step, err := h.SignIn.SetUp(ctx, identity.Reply{Attempt: t.Attempt, Channel: t.channel(), Turn: t.Turn, Answer: answer, Origin: a.origin})
	if err != nil {
		return "", appRefusal(err)
	}
	return h.sealTicket(&a, t.after(&step, "MFA_SETUP"))
}
