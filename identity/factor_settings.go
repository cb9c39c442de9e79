package identity

import (
	"net/netip"
	"slices"

	"poolhouse.dev/identity/passkey"
)

// SignInPolicy says which single factor may open a sign-in (Cognito
// SignInPolicyType): PASSWORD, EMAIL_OTP, SMS_OTP, WEB_AUTHN. Empty is PASSWORD
// and WEB_AUTHN.
type SignInPolicy struct {
	AllowedFirstAuthFactors []Factor `json:"allowed_first_auth_factors,omitempty"`
}

// Switch turns one kind of second factor on or off; nil takes its default.
type Switch struct {
	Enabled *bool `json:"enabled,omitempty"`
}

func (s Switch) on(otherwise bool) bool {
	if s.Enabled == nil {
		return otherwise
	}
	return *s.Enabled
}

// WebAuthnConfiguration is how the pool takes passkeys (Cognito
// WebAuthnConfigurationType; the last three are ours).
type WebAuthnConfiguration struct {
	RelyingPartyID      string   `json:"relying_party_id,omitempty"`     // "" is the host of public_url; a change makes stored passkeys useless
	UserVerification    string   `json:"user_verification,omitempty"`    // required (default), preferred
	FactorConfiguration string   `json:"factor_configuration,omitempty"` // MULTI_FACTOR_WITH_USER_VERIFICATION (default): a verified passkey is both factors; SINGLE_FACTOR
	RelatedOrigins      []string `json:"related_origins,omitempty"`      // other origins that may use the pool's passkeys (WebAuthn Level 3 §5.11)
	Attestation         string   `json:"attestation,omitempty"`          // none (default), direct
	AllowedAAGUIDs      []string `json:"allowed_aaguids,omitempty"`      // with direct: only these models
}

// DeviceConfiguration is whether the pool remembers browsers (Cognito
// DeviceConfigurationType); nil remembers none.
type DeviceConfiguration struct {
	// ChallengeRequiredOnNewDevice lets a remembered browser skip the second factor.
	ChallengeRequiredOnNewDevice bool `json:"challenge_required_on_new_device,omitempty"`
	// DeviceOnlyRememberedOnUserPrompt remembers only whom the person asked to.
	DeviceOnlyRememberedOnUserPrompt bool `json:"device_only_remembered_on_user_prompt,omitempty"`
}

// AddOns holds the mode of threat protection (Cognito UserPoolAddOnsType).
type AddOns struct {
	AdvancedSecurityMode string `json:"advanced_security_mode,omitempty"` // OFF, AUDIT (default), ENFORCED
}

// RiskConfiguration is what happens to risky sign-ins (Cognito
// RiskConfigurationType). It acts when the mode is ENFORCED; the lists of
// networks and the compromised credentials always do.
type RiskConfiguration struct {
	AccountTakeover AccountTakeover `json:"account_takeover_risk_configuration"`
	Compromised     Compromised     `json:"compromised_credentials_risk_configuration"`
	Exceptions      RiskExceptions  `json:"risk_exception_configuration"`
}

// AccountTakeover names the action for each level of risk.
type AccountTakeover struct {
	Actions RiskActions         `json:"actions"`
	Notify  NotifyConfiguration `json:"notify_configuration,omitzero"`
}

// RiskActions holds an action for each level.
type RiskActions struct {
	Low    RiskAction `json:"low_action"`
	Medium RiskAction `json:"medium_action"`
	High   RiskAction `json:"high_action"`
}

// RiskAction is what happens at one level, and whether the person is written to.
type RiskAction struct {
	EventAction string `json:"event_action,omitempty"` // BLOCK, MFA_REQUIRED, MFA_IF_CONFIGURED, NO_ACTION (default)
	Notify      bool   `json:"notify,omitempty"`
}

// Compromised is what happens to breached passwords, where a list of them is
// configured. By default they are refused at sign-up and change, and not looked
// up at a sign-in.
type Compromised struct {
	EventFilter []string `json:"event_filter,omitempty"` // SIGN_IN, PASSWORD_CHANGE, SIGN_UP; empty is the latter two
	Actions     struct {
		EventAction string `json:"event_action,omitempty"` // BLOCK (default), NO_ACTION
		// SignInAction is the action at a sign-in, where it is another: to note
		// there what is refused at sign-up and change. It looks at sign-ins by
		// itself. Ours.
		SignInAction string `json:"sign_in_event_action,omitempty"`
	} `json:"actions"`
}

// RiskExceptions names networks in CIDR form (at most 200 each): those that get
// nothing but refusals, and those that no risk is seen in.
type RiskExceptions struct {
	Blocked []string `json:"blocked_ip_range_list,omitempty"`
	Skipped []string `json:"skipped_ip_range_list,omitempty"`
}

// MessageLimits bounds what the pool sends in a day; 0 is no bound.
type MessageLimits struct {
	EmailPerDay  int      `json:"email_per_day,omitempty"`
	SMSPerDay    int      `json:"sms_per_day,omitempty"`
	SMSCountries []string `json:"sms_countries,omitempty"` // calling codes such as +49; empty is all
}

// AccountDeletion: a deleted account can be kept by its person for so many days.
type AccountDeletion struct {
	GraceDays int `json:"grace_days,omitempty"` // 0 deletes at once
}

// The settings' values.
const (
	mfaOff, mfaOptional, mfaOn = "OFF", "OPTIONAL", "ON"
	singleFactor               = "SINGLE_FACTOR"
	multiFactor                = "MULTI_FACTOR_WITH_USER_VERIFICATION"
)

// firstFactors answers the ways in that the pool and the client allow and this
// host can do, in the order of the settings.
func (c *Core) firstFactors(p *Pool, cl *Client) []Factor {
	allowed := p.Policies.SignInPolicy.AllowedFirstAuthFactors
	if len(cl.AllowedFirstFactors) > 0 {
		allowed = cl.AllowedFirstFactors
	}
	if len(allowed) == 0 {
		allowed = []Factor{FactorPassword, FactorPasskey}
	}
	allowed = slices.Clone(allowed)
	if _, ok := c.site(p); !ok {
		allowed = slices.DeleteFunc(allowed, func(f Factor) bool { return f == FactorPasskey })
	}
	return allowed
}

// secondFactors answers the kinds of second factor that the pool takes.
func (c *Core) secondFactors(p *Pool) []Factor {
	if p.mfa() == mfaOff {
		return nil
	}
	var kinds []Factor
	if p.SoftwareTokenMFA.on(true) {
		kinds = append(kinds, FactorTOTP)
	}
	if _, ok := c.site(p); ok {
		kinds = append(kinds, FactorPasskey)
	}
	if p.SMSMFA.on(false) {
		kinds = append(kinds, FactorSMS)
	}
	if p.EmailMFA.on(false) {
		kinds = append(kinds, FactorEmail)
	}
	return kinds
}

func (p *Pool) mfa() string {
	if p.MFAConfiguration == "" {
		return mfaOff
	}
	return p.MFAConfiguration
}

// site is the relying party of the pool's passkeys; false where there can be
// none, as under a bare address. Its pages are at the pool's domains, too: a browser
// that meets the id under a host that may not claim it asks the host of the id
// whether the two are related (Settings.Related).
func (c *Core) site(p *Pool) (passkey.Site, bool) {
	id := p.WebAuthn.RelyingPartyID
	if id == "" {
		id = c.Host()
	}
	if c.PublicURL == "" || !passkey.Usable(id) || !c.claims(p, id) {
		return passkey.Site{}, false
	}
	s := passkey.Site{
		ID: id, Name: p.Name, Origins: append(c.Origins(p), p.WebAuthn.RelatedOrigins...),
		UserVerification: p.WebAuthn.UserVerification, Attestation: p.WebAuthn.Attestation, AllowedAAGUIDs: p.WebAuthn.AllowedAAGUIDs,
		Now: c.Now,
	}
	if s.UserVerification == "" {
		s.UserVerification = "required"
	}
	return s, true
}

// holdsAddress says that one of the networks holds the address.
func holdsAddress(networks []string, a netip.Addr) bool {
	return a.IsValid() && slices.ContainsFunc(networks, func(text string) bool {
		n, err := netip.ParsePrefix(text)
		return err == nil && n.Contains(a.Unmap())
	})
}
