package cognito

import (
	"context"
	"encoding/json"

	"poolhouse.dev/identity"
)

// Enabled is SoftwareTokenMfaConfigType.
type Enabled struct {
	Enabled bool `json:"Enabled"`
}

// SMSMFAConfiguration is SmsMfaConfigType; that it is there switches codes by
// SMS on. The transport is the server's: SmsConfiguration is given back as it came.
type SMSMFAConfiguration struct {
	SMSAuthenticationMessage string          `json:"SmsAuthenticationMessage,omitempty"`
	SMSConfiguration         json.RawMessage `json:"SmsConfiguration,omitempty"`
}

// EmailMFAConfiguration is EmailMfaConfigType; that it is there switches codes
// by mail on. Its texts are those of codes to sign in with, too.
type EmailMFAConfiguration struct {
	Message string `json:"Message,omitempty"`
	Subject string `json:"Subject,omitempty"`
}

// WebAuthnConfiguration is WebAuthnConfigurationType.
type WebAuthnConfiguration struct {
	RelyingPartyID      string `json:"RelyingPartyId,omitempty"`
	UserVerification    string `json:"UserVerification,omitempty"`
	FactorConfiguration string `json:"FactorConfiguration,omitempty"`
}

// MFAConfig is the output of GetUserPoolMfaConfig and SetUserPoolMfaConfig.
type MFAConfig struct {
	SMSMFAConfiguration           *SMSMFAConfiguration   `json:"SmsMfaConfiguration,omitempty"`
	SoftwareTokenMFAConfiguration *Enabled               `json:"SoftwareTokenMfaConfiguration,omitempty"`
	EmailMFAConfiguration         *EmailMFAConfiguration `json:"EmailMfaConfiguration,omitempty"`
	MFAConfiguration              string                 `json:"MfaConfiguration,omitempty"`
	WebAuthnConfiguration         *WebAuthnConfiguration `json:"WebAuthnConfiguration,omitempty"`
}

// SetUserPoolMFAConfigRequest is the input of SetUserPoolMfaConfig. With
// MfaConfiguration, the kinds that are not named are switched off, and passkeys go
// back to their defaults.
type SetUserPoolMFAConfigRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	MFAConfig
}

func mfaConfigOf(p *identity.Pool) MFAConfig {
	out := MFAConfig{MFAConfiguration: p.MFAConfiguration}
	if out.MFAConfiguration == "" {
		out.MFAConfiguration = "OFF"
	}
	if out.MFAConfiguration != "OFF" && p.Takes(identity.FactorTOTP) || givenMember(p.Beside, softwareToken, new(Enabled)) {
		out.SoftwareTokenMFAConfiguration = &Enabled{p.Takes(identity.FactorTOTP)}
	}
	if p.Takes(identity.FactorSMS) {
		out.SMSMFAConfiguration = &SMSMFAConfiguration{p.SMSAuthentication, p.Beside.Given("SmsConfiguration")}
	}
	if p.Takes(identity.FactorEmail) {
		out.EmailMFAConfiguration = &EmailMFAConfiguration{p.EmailMFA.Message, p.EmailMFA.Subject}
	}
	w := WebAuthnConfiguration{p.WebAuthn.RelyingPartyID, p.WebAuthn.UserVerification, p.WebAuthn.FactorConfiguration}
	if w != (WebAuthnConfiguration{}) {
		out.WebAuthnConfiguration = &w
	}
	return out
}

func (h *Handler) getUserPoolMFAConfig(ctx context.Context, in OnePool) (MFAConfig, error) {
	p, err := h.Settings.Pool(ctx, in.UserPoolID)
	if err != nil {
		return MFAConfig{}, err
	}
	return mfaConfigOf(&p), nil
}

func (h *Handler) setUserPoolMFAConfig(ctx context.Context, in SetUserPoolMFAConfigRequest) (MFAConfig, error) {
	if in.MFAConfiguration == "OFF" && in.SMSMFAConfiguration != nil {
		return MFAConfig{}, exception("InvalidParameterException", "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.")
	}
	p, err := h.Settings.ChangePool(ctx, in.UserPoolID, func(p *identity.Pool) error {
		in.apply(p)
		in.keep(p)
		return nil
	})
	if err != nil {
		return MFAConfig{}, err
	}
	return mfaConfigOf(&p), nil
}

// softwareToken is kept so that a configuration that was given as off is told
// from none.
const softwareToken = "SoftwareTokenMfaConfiguration"

// keep stores what is given back as it came.
func (c *MFAConfig) keep(p *identity.Pool) {
	members := map[string]json.RawMessage{}
	if c.MFAConfiguration != "" || c.SoftwareTokenMFAConfiguration != nil {
		members[softwareToken] = keptMembers(*c)[softwareToken]
	}
	if s := c.SMSMFAConfiguration; s != nil {
		members["SmsConfiguration"] = s.SMSConfiguration
	}
	p.Beside = p.Beside.Keep(members)
}

func (c *MFAConfig) apply(p *identity.Pool) {
	whole := c.MFAConfiguration != ""
	if whole {
		p.MFAConfiguration = c.MFAConfiguration
	}
	kind := func(s *identity.Switch, named, on bool) {
		if named || whole {
			s.Enabled = &on
		}
	}
	app := c.SoftwareTokenMFAConfiguration
	kind(&p.SoftwareTokenMFA, app != nil, app != nil && app.Enabled)
	kind(&p.SMSMFA, c.SMSMFAConfiguration != nil, c.SMSMFAConfiguration != nil)
	kind(&p.EmailMFA.Switch, c.EmailMFAConfiguration != nil, c.EmailMFAConfiguration != nil)
	if s := c.SMSMFAConfiguration; s != nil {
		p.SMSAuthentication = s.SMSAuthenticationMessage
	}
	if m := c.EmailMFAConfiguration; m != nil {
		p.EmailMFA.Message, p.EmailMFA.Subject = m.Message, m.Subject
	}
	w := c.WebAuthnConfiguration
	if w == nil && whole { // Terraform leaves it out to take it away
		w = &WebAuthnConfiguration{}
	}
	if w != nil {
		p.WebAuthn.RelyingPartyID, p.WebAuthn.UserVerification, p.WebAuthn.FactorConfiguration = w.RelyingPartyID, w.UserVerification, w.FactorConfiguration
	}
}
