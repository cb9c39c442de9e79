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
// SMS on. Transports are the server's: SmsConfiguration is taken and not used.
type SMSMFAConfiguration struct {
	SMSAuthenticationMessage string          `json:"SmsAuthenticationMessage,omitempty"`
	SMSConfiguration         json.RawMessage `json:"SmsConfiguration,omitempty"`
}

// EmailMFAConfiguration is EmailMfaConfigType; that it is there switches codes
// by mail on.
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
// MfaConfiguration, the kinds that are not named are switched off.
type SetUserPoolMFAConfigRequest struct {
	UserPoolID identity.PoolID `json:"UserPoolId"`
	MFAConfig
}

func mfaConfigOf(p *identity.Pool) MFAConfig {
	out := MFAConfig{MFAConfiguration: p.MFAConfiguration}
	if out.MFAConfiguration == "" {
		out.MFAConfiguration = "OFF"
	}
	if out.MFAConfiguration != "OFF" || p.SoftwareTokenMFA.Enabled != nil {
		out.SoftwareTokenMFAConfiguration = &Enabled{p.Takes(identity.FactorTOTP)}
	}
	if p.Takes(identity.FactorSMS) {
		out.SMSMFAConfiguration = &SMSMFAConfiguration{}
	}
	if p.Takes(identity.FactorEmail) {
		out.EmailMFAConfiguration = &EmailMFAConfiguration{}
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
	if err := in.words(); err != nil {
		return MFAConfig{}, err
	}
	p, err := h.Settings.Pool(ctx, in.UserPoolID)
	if err != nil {
		return MFAConfig{}, err
	}
	in.apply(&p)
	if p, err = h.Settings.PutPool(ctx, p); err != nil {
		return MFAConfig{}, err
	}
	return mfaConfigOf(&p), nil
}

// words refuses texts of messages: they are in the languages of the people here.
func (c *MFAConfig) words() error {
	if c.SMSMFAConfiguration != nil && c.SMSMFAConfiguration.SMSAuthenticationMessage != "" {
		return invalid("SmsMfaConfiguration.SmsAuthenticationMessage", "is not taken; messages have texts of their own in every language")
	}
	if e := c.EmailMFAConfiguration; e != nil && (e.Message != "" || e.Subject != "") {
		return invalid("EmailMfaConfiguration.Message", "is not taken; messages have texts of their own in every language")
	}
	return nil
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
	kind(&p.EmailMFA, c.EmailMFAConfiguration != nil, c.EmailMFAConfiguration != nil)
	if w := c.WebAuthnConfiguration; w != nil {
		p.WebAuthn.RelyingPartyID, p.WebAuthn.UserVerification, p.WebAuthn.FactorConfiguration = w.RelyingPartyID, w.UserVerification, w.FactorConfiguration
	}
}
