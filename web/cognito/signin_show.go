package cognito

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"poolhouse.dev/identity"
	"poolhouse.dev/oauth"
)

// askedConfirm stands in the Session of a sign-up, which only InitiateAuth takes.
const askedConfirm = "CONFIRM_SIGN_UP"

// next shows what follows, or gives the tokens.
func (t *talk) next(ctx context.Context, step identity.Step, err error) (AuthResponse, error) {
	if err != nil {
		return AuthResponse{}, slowed(err)
	}
	if step.Done != nil {
		return t.tokens(ctx, step.Done)
	}
	return t.shown(ctx, &step, "")
}

// slowed says in Cognito's words that a person's password was tried too often.
func slowed(err error) error {
	var refusal *identity.Error
	if errors.As(err, &refusal) && refusal.Code == identity.TooManyAttempts && refusal.Limit == "back_off" {
		e := refused(refusal)
		e.Type, e.Message = "NotAuthorizedException", "Password attempts exceeded"
		return e
	}
	return err
}

// shown is a challenge as Cognito names it. way is the way in that the app asked
// for, where the core's challenge has several names.
func (t *talk) shown(ctx context.Context, step *identity.Step, way string) (AuthResponse, error) {
	if step.Done != nil {
		return t.tokens(ctx, step.Done)
	}
	ch := step.Challenge
	name, params := t.name(ch, way), map[string]string{}
	t.ticket = t.ticket.after(step, name)
	who, err := t.SignIn.Speaker(ctx, t.ticket.at(t.origin), t.said["USERNAME"])
	if err != nil {
		return AuthResponse{}, err
	}
	params["USERNAME"], params["USER_ID_FOR_SRP"] = who.Username, who.Username
	out := AuthResponse{ChallengeName: name, ChallengeParameters: params}
	if name == "SELECT_CHALLENGE" {
		out.AvailableChallenges = t.available(ch)
	}
	if err := describe(ch, name, params); err != nil {
		return AuthResponse{}, err
	}
	out.Session, err = t.sealTicket(&t.app, t.ticket)
	return out, err
}

// name is a challenge's name here.
func (t *talk) name(ch *identity.Challenge, way string) string {
	switch {
	case ch.Name == identity.AskPassword && t.ticket.Flow == "CUSTOM_AUTH" && !ch.Second:
		return "PASSWORD_SRP"
	case ch.Name == identity.AskPassword && (way != "" || ch.Second):
		if way == "" {
			way = "PASSWORD"
		}
		return way
	case ch.Name == identity.AskPassword || ch.Name == identity.AskSelect:
		return "SELECT_CHALLENGE"
	case ch.Name == identity.AskEmail:
		return "EMAIL_OTP"
	case ch.Name == identity.AskSetUp && ch.SetUp != nil && ch.SetUp.Delivery.Destination != "":
		return settingName(ch.SetUp.Factor) // a code is on its way to the address that is being set up
	}
	return string(ch.Name)
}

// available lists the ways in; of a password there are two.
func (t *talk) available(ch *identity.Challenge) []string {
	var names []string
	for _, option := range ch.Options {
		names = append(names, string(option.Factor))
		if option.Factor == identity.FactorPassword {
			names = append(names, "PASSWORD_SRP")
		}
	}
	return names
}

// describe fills the parameters of a challenge.
func describe(ch *identity.Challenge, name string, params map[string]string) (err error) {
	set := func(key string, value any) {
		text, failed := json.Marshal(value)
		params[key], err = string(text), errors.Join(err, failed)
	}
	if ch.Delivery.Destination != "" {
		params["CODE_DELIVERY_DELIVERY_MEDIUM"], params["CODE_DELIVERY_DESTINATION"] = ch.Delivery.Medium, ch.Delivery.Destination
	}
	switch name {
	case "NEW_PASSWORD_REQUIRED":
		required := []string{}
		for _, attribute := range ch.Missing {
			required = append(required, attributePrefix+attribute)
		}
		delete(ch.Attributes, "sub")
		set("userAttributes", ch.Attributes)
		set("requiredAttributes", required)
	case "SELECT_MFA_TYPE":
		set("MFAS_CAN_CHOOSE", kinds(ch))
	case "MFA_SETUP":
		set("MFAS_CAN_SETUP", kinds(ch))
		if up := ch.SetUp; err == nil && up != nil && len(up.Passkey) > 0 { // ours: Cognito sets up no passkey here
			params["CREDENTIAL_CREATION_OPTIONS"], err = publicKey(up.Passkey)
		}
	case "CUSTOM_CHALLENGE":
		maps.Copy(params, ch.Custom)
	case "WEB_AUTHN", "SELECT_CHALLENGE":
		if len(ch.Passkey) > 0 {
			params["CREDENTIAL_REQUEST_OPTIONS"], err = publicKey(ch.Passkey)
		}
	}
	return err
}

const attributePrefix = "userAttributes."

// kinds lists second factors that may be chosen. Recovery codes are not among them:
// Cognito's clients know none.
func kinds(ch *identity.Challenge) []string {
	names := []string{}
	for _, option := range ch.Options {
		if option.Factor != identity.FactorRecovery {
			names = append(names, settingName(option.Factor))
		}
	}
	return names
}

// publicKey takes what stands within {"publicKey": …}, which is Cognito's form.
func publicKey(options []byte) (string, error) {
	var wrapped struct {
		PublicKey json.RawMessage `json:"publicKey"`
	}
	err := json.Unmarshal(options, &wrapped)
	return string(wrapped.PublicKey), err
}

// offerSRP answers the first half of SRP with the second.
func (t *talk) offerSRP(ctx context.Context, name string) (AuthResponse, error) {
	a, err := t.param("SRP_A")
	if err != nil {
		return AuthResponse{}, err
	}
	made, err := t.SignIn.OfferSRP(ctx, identity.SRPStart{
		Attempt: t.ticket.Attempt, Channel: t.ticket.channel(), Turn: t.ticket.Turn, A: a, Origin: t.origin,
	})
	if err != nil {
		return AuthResponse{}, slowed(err)
	}
	t.ticket.Turn, t.ticket.Asked = made.Turn, name
	out := AuthResponse{ChallengeName: name, ChallengeParameters: map[string]string{
		"SALT": made.Salt, "SRP_B": made.B, "SECRET_BLOCK": made.SecretBlock, "USERNAME": made.UserIDForSRP, "USER_ID_FOR_SRP": made.UserIDForSRP,
	}}
	if name == "DEVICE_PASSWORD_VERIFIER" {
		out.ChallengeParameters["DEVICE_KEY"], out.ChallengeParameters["USERNAME"] = made.UserIDForSRP, t.said["USERNAME"]
	}
	out.Session, err = t.sealTicket(&t.app, t.ticket)
	return out, err
}

// causes are what the triggers are told of tokens, by the challenge answered last.
var causes = map[string]string{
	"NEW_PASSWORD_REQUIRED": identity.TokensOfNewPassword, "DEVICE_PASSWORD_VERIFIER": identity.TokensOfDevice,
}

// tokens ends a sign-in. Where the tokens are refused it leaves no session.
func (t *talk) tokens(ctx context.Context, in *identity.SignedIn) (AuthResponse, error) {
	cause := causes[t.ticket.Asked]
	if cause == "" {
		cause = identity.TokensOfSignIn
	}
	got, err := t.OAuth.SignedIn(ctx, oauth.SignedIn{Auth: in.Auth, Cause: cause, Origin: t.origin})
	if err != nil {
		ended := t.Sessions.Revoke(ctx, t.pool.ID, in.Auth.User(), in.Auth.Session())
		return AuthResponse{}, errors.Join(tokenRefusal(err), faultOnly(ended))
	}
	out := result(got)
	if in.NewDevice != nil {
		out.NewDeviceMetadata = &NewDeviceMetadata{DeviceKey: in.NewDevice.Key, DeviceGroupKey: in.NewDevice.GroupKey}
	}
	return AuthResponse{ChallengeParameters: map[string]string{}, AuthenticationResult: &out}, nil
}

// faultOnly leaves refusals out.
func faultOnly(err error) error {
	if _, refused := identity.CodeOf(err); refused {
		return nil
	}
	return err
}

func result(got oauth.TokenResponse) AuthenticationResult {
	return AuthenticationResult{
		AccessToken: Secret(got.AccessToken), IDToken: Secret(got.IDToken), RefreshToken: Secret(got.RefreshToken),
		ExpiresIn: got.ExpiresIn, TokenType: got.TokenType,
	}
}

// factorOf answers the second factor that an app names; codes by mail have two names.
func factorOf(name string) (identity.Factor, bool) {
	if name == "EMAIL_OTP" {
		return identity.FactorEmail, true
	}
	known := []identity.Factor{
		identity.FactorSMS, identity.FactorTOTP, identity.FactorEmail, identity.FactorPasskey, identity.FactorPassword, identity.FactorRecovery,
	}
	return identity.Factor(name), slices.Contains(known, identity.Factor(name))
}
